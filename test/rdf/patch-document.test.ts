import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Parser } from 'n3';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { applyPatch, changedTriples, tripleKey } from '../../src/rdf/patch.ts';
import { patchDocument } from '../../src/rdf/patch-document.ts';
import { readRdf } from '../../src/rdf/read.ts';
import { parseSparqlUpdate } from '../../src/rdf/sparql-update.ts';
import { atOnce } from './graphs.ts';

const base = 'https://pod.example/alice/card';

async function patched(before: string | undefined, sparql: string, format: RdfFormat = 'turtle', maxQuads = 1000) {
  const bytes = before === undefined ? undefined : new TextEncoder().encode(before);
  const result = await patchDocument(bytes, parseSparqlUpdate(sparql, base), { format, base, maxQuads });
  return { ...result, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(result.bytes) };
}

/** The statements of a document as sorted lines, blank nodes all alike. */
async function lines(text: string, format: RdfFormat): Promise<string[]> {
  const { quads } = await readRdf(new TextEncoder().encode(text), { format, base, maxQuads: Infinity });
  return quads.map((quad) => `${tripleKey(quad)} ${quad.graph.value}`.replace(/_:\S+/g, '_:')).sort();
}

describe('patching a document', () => {
  it('changes Turtle as text', async () => {
    const before = '# me\n<#me> <p> "old" ; # note\n    <q> [ <r> 1 ] .\n';
    const { text, changed, deletes, inserts } = await patched(before,
      'DELETE DATA { <#me> <p> "old" } ; INSERT DATA { <#me> <p> "new" }');
    assert.equal(text, before.replace('old', 'new'));
    assert.deepEqual([changed, deletes.length, inserts.length], [true, 1, 1]);
  });

  it('gives the very bytes back when nothing changes', async () => {
    const bytes = new TextEncoder().encode('<a><b>1,\t1.');
    const patch = parseSparqlUpdate('DELETE DATA { <a> <b> 1 } ; INSERT DATA { <a> <b> 1 }', base);
    const result = await patchDocument(bytes, patch, { format: 'turtle', base, maxQuads: 10 });
    assert.equal(result.bytes, bytes);
    assert.deepEqual(result, { bytes, changed: false, deletes: [], inserts: [] });
  });

  it('starts a document that does not exist from an empty graph', async () => {
    for (const format of ['turtle', 'jsonld', 'ntriples'] as const) {
      const { text, changed } = await patched(undefined, 'INSERT DATA { <#me> a <#Person> }', format);
      assert.equal(changed, true);
      assert.deepEqual(await lines(text, format),
        [`${base}#me http://www.w3.org/1999/02/22-rdf-syntax-ns#type ${base}#Person `]);
      const empty = await patched(undefined, '', format);
      assert.equal(empty.changed, false);
      assert.deepEqual(await lines(empty.text, format), []);
    }
    await assert.rejects(patched(undefined, 'DELETE DATA { <a> <b> 1 }'), { kind: 'conflict' });
  });

  // [what, before, update, after]
  const rewritten: [string, string, string, string][] = [
    ['a triple in brackets', '<a> <b> [ <c> 1 ], [ <c> 2 ] .',
      'DELETE { ?x <c> 1 } INSERT { ?x <c> 3 } WHERE { ?x <c> 1 }', '<a> <b> [ <c> 3 ], [ <c> 2 ] .'],
    ['a triple with a labelled blank node', '<a> <b> _:x . _:x <c> 1 .', 'DELETE WHERE { ?x <b> ?y }', '_:x <c> 1 .'],
    ['a triple added to a blank node', '_:x <c> 1 . _:y <c> 2 .', 'INSERT { ?x <d> 3 } WHERE { ?x <c> 1 }',
      '_:x <c> 1 ; <d> 3 . _:y <c> 2 .'],
    ['an item of a list', '<a> <b> (1 2) .', `PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
      DELETE { ?x rdf:first 2 } INSERT { ?x rdf:first 3 } WHERE { ?x rdf:first 2 }`, '<a> <b> (1 3) .'],
  ];
  for (const [what, before, sparql, after] of rewritten) {
    it(`writes Turtle anew to change ${what}, and keeps its prefixes`, async () => {
      const { text } = await patched(`@prefix ex: <https://e.example/> .\n${before} ex:a ex:b ex:c .`, sparql);
      assert.match(text, /@prefix ex: <https:\/\/e\.example\/> ?\./);
      assert.deepEqual(await lines(text, 'turtle'),
        await lines(`@prefix ex: <https://e.example/> .\n${after} ex:a ex:b ex:c .`, 'turtle'));
    });
  }

  it('does not mix up new blank nodes with those of the document', async () => {
    const { text } = await patched('_:b1 <p> _:b2 . # kept\n', 'INSERT DATA { _:b1 <q> _:b2, [ <r> _:b1 ] }');
    assert.match(text, /# kept/);
    const subjects = new Parser().parse(text).filter(({ predicate }) => ['p',
      'q'].includes(predicate.value)).map(({ subject }) => subject.value);
    assert.equal(new Set(subjects).size, 2);
  });

  for (const format of ['jsonld', 'ntriples', 'nquads', 'trig'] as const) {
    it(`changes the default graph of ${format}, and keeps the others`, async () => {
      const graph = format === 'nquads' || format === 'trig' ? ['<urn:a> <urn:b> "1" <urn:g> .\n'] : [];
      const before = {
        jsonld: '{"@id":"urn:a","urn:b":"1","@included":[]}', ntriples: '<urn:a> <urn:b> "1" .\n',
        nquads: `<urn:a> <urn:b> "1" .\n${graph.join('')}`,
          trig: '<urn:a> <urn:b> "1" . <urn:g> { <urn:a> <urn:b> "1" }',
      }[format];
      const { text } = await patched(before,
        'DELETE DATA { <urn:a> <urn:b> "1" } ; INSERT DATA { <urn:a> <urn:b> "2"@en }', format);
      assert.deepEqual(await lines(text, format), await lines(`<urn:a> <urn:b> "2"@en .\n${graph.join('')}`, 'nquads'));
    });
  }

  it('does not let a document grow past its limit', async () => {
    const before = '<a> <b> 1, 2 .';
    assert.equal((await patched(before, 'INSERT DATA { <a> <b> 3 }', 'turtle', 3)).changed, true);
    await assert.rejects(patched(before, 'INSERT DATA { <a> <b> 3, 4 }', 'turtle', 3), { kind: 'too-large' });
    await assert.rejects(patched(before, 'INSERT DATA { <a> <b> 3 }', 'turtle', 1), { kind: 'too-large' });
  });

  it('writes Turtle anew for thousands of changes, and keeps its prefixes', async () => {
    const before = `@prefix ex: <https://e.example/> . # comment\n${
      Array.from({ length: 3000 }, (_, index) => `ex:a ex:p ${index} .`).join('\n')}`;
    const values = Array.from({ length: 1500 }, (_, index) => `<https://e.example/p> ${index}`);
    const deletion = `DELETE DATA { <https://e.example/a> ${values.join(' ; ')} }`;
    const few = await patched(before, deletion, 'turtle', 10_000);
    assert.match(few.text, /# comment/);
    const insertion = `INSERT DATA { <https://e.example/a> ${values.join(' ; ').replaceAll('/p>', '/q>')} }`;
    const many = await patched(before, `${deletion} ; ${insertion}`, 'turtle', 10_000);
    assert.deepEqual([many.deletes.length, many.inserts.length], [1500, 1500]);
    assert.deepEqual([many.text.includes('# comment'), many.text.includes('ex:p 1500')], [false, true]);
    assert.equal((await lines(many.text, 'turtle')).length, 3000);
  });

  for (const [what, update] of [
    ['inserts', (index: number) => `<#x${index}> <#p> ${index}`],
    ['inserts at what is there', (index: number) => `<#${index}> <#p> ${index}`],
  ] as const) {
    it(`lets other work run during 20,000 ${what} in a document of 5 MB`, async () => {
      const before = Array.from({ length: 75_000 }, (_, index) => (
        `<#${index}> <#name> "the thing with number ${index}" ; <#next> <#${index + 1}> .\n`
      )).join('');
      assert.ok(before.length > 5_000_000, `${before.length}`);
      const patch = parseSparqlUpdate(
        `INSERT DATA { ${Array.from({ length: 20_000 }, (_, index) => update(index)).join(' . ')} }`, base);
      const bytes = new TextEncoder().encode(before);
      const ticks = [performance.now()];
      const timer = setInterval(() => { ticks.push(performance.now()); }, 1);
      const { inserts } = await patchDocument(bytes, patch, { format: 'turtle', base, maxQuads: 1_000_000 });
      clearInterval(timer);
      ticks.push(performance.now());
      assert.equal(inserts.length, 20_000);
      assert.ok(ticks.length > 80, `${ticks.length} ticks`);
      const longest = Math.max(...ticks.slice(1).map((tick, index) => tick - ticks[index]!));
      const all = ticks.at(-1)! - ticks[0]!;
      assert.ok(longest < all / 8, `${longest} ms of ${all} in one go`);
    }).timeout(30_000);
  }

  it('does not change what it cannot read', async () => {
    await assert.rejects(patched('<a> <b> .', 'INSERT DATA { <a> <b> 1 }'), { kind: 'invalid' });
  });

  it('says in the end what the graph said with the change, patch after patch', async () => {
    const subject = fc.constantFrom('<#a>', '<b>', '<#c>');
    const object = fc.constantFrom('1', '"x"', '<b>', '"y"@en', '[]', '_:n', '( 1 <b> )', '[ <q> 2 ]');
    const triple = fc.tuple(subject, fc.constantFrom('a', '<p>', '<q>'), object).map((parts) => parts.join(' '));
    const steps = fc.array(fc.oneof(
      fc.array(triple, { minLength: 1, maxLength: 3 }).map((list) => `INSERT DATA { ${list.join(' . ')} }`),
      fc.tuple(subject, fc.constantFrom('<p>', '<q>')).map(([s, p]) => `DELETE WHERE { ${s} ${p} ?o }`),
      fc.constant('DELETE { ?s <q> ?o } INSERT { ?s <p> ?o, "z" } WHERE { ?s <q> ?o }'),
    ), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(steps, async (updates) => {
      let document = '@prefix : <#> . # comment\n';
      for (const sparql of updates) {
        const { quads } = await readRdf(new TextEncoder().encode(document), { format: 'turtle', base, maxQuads: 1000 });
        let expected: string[];
        try {
          expected = atOnce(changedTriples(quads, atOnce(applyPatch(quads, parseSparqlUpdate(sparql, base)))))
            .map((quad) => `${tripleKey(quad)} `.replace(/_:\S+/g, '_:')).sort();
        } catch {
          await assert.rejects(patched(document, sparql), { kind: 'conflict' });
          continue;
        }
        const { text } = await patched(document, sparql);
        assert.deepEqual(await lines(text, 'turtle'), expected, `${document}\n${sparql}\n${text}`);
        document = text;
      }
    }), { numRuns: 150 });
  });
});
