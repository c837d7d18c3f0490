import assert from 'node:assert/strict';
import fc from 'fast-check';
import { relativeTo } from '../../src/rdf/relative-iri.ts';
import { read } from './graphs.ts';

describe('IRIs relative to a document', () => {
  it('are as short as they can be without doubt', () => {
    for (const [base, iri, expected] of [
      ['http://h/alice/card', 'http://h/alice/card', ''],
      ['http://h/alice/card', 'http://h/alice/card#me', '#me'],
      ['http://h/alice/card#me', 'http://h/alice/card#you', '#you'],
      ['http://h/alice/card?v=1', 'http://h/alice/card?v=1#me', '#me'],
      ['http://h/alice/card?v=1', 'http://h/alice/card', 'card'],
      ['http://h/alice/card', 'http://h/alice/card?v=1', 'card?v=1'],
      ['http://h/alice/card', 'http://h/alice/card2', 'card2'],
      ['http://h/alice/card', 'http://h/alice/', './'],
      ['http://h/alice/card', 'http://h/alice/?x', './?x'],
      ['http://h/alice/card', 'http://h/alice/#x', './#x'],
      ['http://h/alice/card', 'http://h/alice/a:b', './a:b'],
      ['http://h/alice/card', 'http://h/alice/x/a:b', 'x/a:b'],
      ['http://h/alice/card', 'http://h/bob/', '../bob/'],
      ['http://h/alice/card', 'http://h/', '../'],
      ['http://h/a/b/c/d/e', 'http://h/a/x', '../../../x'],
      ['http://h/a/b/c/d/e', 'http://h/x', 'http://h/x'],
      ['http://h/alice/', 'http://h/alice/', ''],
      ['http://h/alice/', 'http://h/alice/photo.jpg', 'photo.jpg'],
      ['http://h/alice/', 'http://h/alice', '../alice'],
      ['http://h', 'http://h/x', 'x'],
      ['http://h', 'http://h/', './'],
      ['http://h/', 'http://h', 'http://h'],
      ['http://h/alice/card', 'https://h/alice/card', 'https://h/alice/card'],
      ['http://h/alice/card', 'http://h2/alice/card', 'http://h2/alice/card'],
      ['http://h/alice/card', 'http://h/alice/a/../b', 'http://h/alice/a/../b'],
      ['http://h/alice/card', 'http://h/alice/.', 'http://h/alice/.'],
      ['http://h/alice/card', 'http://h/alice//x', 'http://h/alice//x'],
      ['http://h/alice/card', 'http://h/alice/x?q=/../y', 'x?q=/../y'],
      ['urn:doc', 'urn:doc#me', '#me'],
      ['urn:doc', 'urn:other', 'urn:other'],
    ] as const) {
      assert.equal(relativeTo(base)(iri), expected, `${iri} at ${base}`);
    }
  });

  it('resolve to exactly the IRI that they stand for (RFC 3986, section 5)', async () => {
    const piece = fc.constantFrom('a', 'b', '.', '..', '...', '', '/', '//', ':', '?', '#', '%2F', 'é', 'x.y', '.a',
      ';');
    const tail = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
    const iri = fc.tuple(fc.constantFrom('http://h', 'http://h/', 'http://h/a/', 'https://h:1/', 'urn:a',
      'http://h/a/b/'), tail)
      .map((parts) => parts.join(''));
    await fc.assert(fc.asyncProperty(iri, fc.array(iri, { minLength: 1, maxLength: 12 }), async (base, iris) => {
      const relative = relativeTo(base);
      const text = iris.map((object) => `<urn:s> <urn:p> <${relative(object)}> .`).join('\n');
      const { quads } = await read(text, { base });
      assert.deepEqual(quads.map(({ object }) => object.value), iris);
    }), { numRuns: 1500 });
  });
});
