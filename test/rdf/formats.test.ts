import assert from 'node:assert/strict';
import { formatOf, formats, mediaTypeOf, type RdfFormat } from '../../src/rdf/formats.ts';

const all = Object.keys(formats) as RdfFormat[];

describe('The formats of RDF', () => {
  it('are known by their media types, whatever the case and the parameters', () => {
    for (const [mediaType, format] of [
      ['text/turtle', 'turtle'],
      ['Text/Turtle; charset=utf-8', 'turtle'],
      ['application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"', 'jsonld'],
      ['application/n-triples ', 'ntriples'],
      ['APPLICATION/N-QUADS', 'nquads'],
      ['application/trig', 'trig'],
      ['text/n3', undefined],
      ['text/html', undefined],
      ['text/turtlex', undefined],
      ['', undefined],
    ] as const) {
      assert.equal(formatOf(mediaType), format, mediaType);
    }
  });

  it('have a media type that leads back to them', () => {
    for (const format of all) assert.equal(formatOf(mediaTypeOf(format)), format);
  });

  it('can hold named graphs only in JSON-LD, N-Quads and TriG', () => {
    assert.deepEqual(all.filter((format) => formats[format].datasets), ['jsonld', 'nquads', 'trig']);
  });
});
