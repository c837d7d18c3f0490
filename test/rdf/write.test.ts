import assert from 'node:assert/strict';
import type { BlankNode, NamedNode, Quad, Term } from '@rdfjs/types';
import fc from 'fast-check';
import { DataFactory } from 'n3';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { dataFactory } from '../../src/rdf/terms.ts';
import { rdf, xsd } from '../../src/rdf/vocabulary.ts';
import { writeRdf } from '../../src/rdf/write.ts';
import { base, isomorphic, read } from './graphs.ts';

const namedNode = (iri: string): NamedNode => DataFactory.namedNode(iri);
const blankNode = (label: string): BlankNode => DataFactory.blankNode(label);
const quad = (subject: Term, predicate: Term, object: Term, graph: Term = DataFactory.defaultGraph()): Quad => (
  DataFactory.quad(subject as never, predicate as never, object as never, graph as never)
);

async function rewritten(text: string, format: RdfFormat = 'turtle', from: RdfFormat = 'turtle'): Promise<string> {
  return await writeRdf(await read(text, { format: from }), { format, base });
}

const iri: fc.Arbitrary<Term> = fc.constantFrom(
  base, `${base}#me`, `${base}#`, 'http://pod.example/', 'http://pod.example/alice/',
  'http://pod.example/alice/profile/', 'http://pod.example/alice/profile/a:b', 'urn:x',
  'http://pod.example/bob/card#me', 'http://pod.example/é?q=1&r=/../', 'mailto:a@b.example', 'http://xmlns.com/foaf/0.1/name',
  'http://xmlns.com/foaf/0.1/a.b.', 'http://xmlns.com/foaf/0.1/-x',
).map((value) => namedNode(value));
const blank: fc.Arbitrary<Term> = fc.constantFrom('a', 'b', 'c', 'd', 'e').map((label) => blankNode(label));
const predicate: fc.Arbitrary<Term> = fc.oneof(
  fc.constantFrom(rdf.type, rdf.first, rdf.rest, rdf.rest).map((value) => namedNode(value)),
  iri,
);
const literal: fc.Arbitrary<Term> = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => dataFactory.literal(value)),
  fc.tuple(fc.string(), fc.constantFrom('en', 'en-GB', 'DE-de-1996'))
    .map(([value, tag]) => dataFactory.literal(value, tag)),
  fc.tuple(
    fc.constantFrom('1', '01', '+1', '-0', '1.0', '1.00', '.5', '5.', '1e3', '1.E3', 'true', 'INF', '', '"\\', '\r\n'),
    fc.constantFrom(xsd.integer, xsd.decimal, xsd.double, xsd.boolean, xsd.dateTime, 'http://xmlns.com/foaf/0.1/t'),
  ).map(([value, datatype]) => dataFactory.literal(value, namedNode(datatype))),
);
const object: fc.Arbitrary<Term> = fc.oneof(iri, blank, blank, literal, fc.constant(namedNode(rdf.nil)));
const graphName: fc.Arbitrary<Term> = fc.oneof(
  fc.constant<Term>(DataFactory.defaultGraph()), fc.constantFrom(namedNode('urn:g'), namedNode(`${base}#g`)), blank,
);

function statements(graph: fc.Arbitrary<Term>): fc.Arbitrary<Quad[]> {
  const one = fc.tuple(fc.oneof(iri, blank, blank), predicate, object, graph);
  return fc.array(one.map(([s, p, o, g]) => quad(s, p, o, g)), { maxLength: 14 });
}

const prefixes = new Map([
  ['', `${base}#`], ['foaf', 'http://xmlns.com/foaf/0.1/'], ['pod', 'http://pod.example/'], ['-', 'urn:'],
  ['xsd', xsd.namespace],
]);

async function assertRoundTrip(quads: Quad[], format: RdfFormat): Promise<void> {
  const text = await writeRdf({ quads, prefixes }, { format, base });
  const again = await read(text, { format });
  assert.ok(isomorphic(again.quads, quads), text);
}

describe('Writing RDF', () => {
  for (const format of ['turtle', 'ntriples', 'jsonld'] as const) {
    it(`gives back every graph when it is read again: ${format}`, async () => {
      const graphs = statements(fc.constant(DataFactory.defaultGraph()));
      await fc.assert(fc.asyncProperty(graphs, (quads) => assertRoundTrip(quads, format)), { numRuns: 200 });
    });
  }

  for (const format of ['trig', 'nquads', 'jsonld'] as const) {
    it(`gives back every dataset when it is read again: ${format}`, async () => {
      await fc.assert(fc.asyncProperty(statements(graphName), (quads) => assertRoundTrip(quads, format)),
        { numRuns: 200 });
    });
  }

  for (const format of ['turtle', 'ntriples'] as const) {
    it(`leaves out named graphs where there is no place for them: ${format}`, async () => {
      assert.equal((await read(await rewritten('<a> <b> <c> . <g> { <d> <e> _:f }', format, 'trig'),
        { format })).quads.length, 1);
    });
  }

  it('lays out Turtle for reading, with the prefixes of the document that are used, and always the same', async () => {
    const text = [
      '@prefix foaf: <http://xmlns.com/foaf/0.1/> .',
      '@prefix : <#> .',
      '',
      ':me',
      '    a foaf:Person ;',
      '    foaf:name "Alice"@en-GB,',
      '        "Alis\\n" ;',
      '    foaf:age 42 ;',
      '    foaf:knows [',
      '        foaf:name "Bob" ;',
      '        foaf:based_near [ foaf:name "Ghent" ]',
      '    ],',
      '        _:b0 ;',
      '    foaf:topic ( <../../bob/> ( 1 2 ) () [] ) .',
      '',
      '<> foaf:maker _:b0 .',
      '',
      '[] a foaf:Agent .',
      '',
    ].join('\n');
    assert.equal(await rewritten(`@prefix unused: <http://unused.example/> .\n${text}`), text);
    assert.equal(await rewritten(text), text);
  });

  it('keeps the form of literals', async () => {
    const text = '<> <#p> 1,\n        "01"^^<http://www.w3.org/2001/XMLSchema#integer>,\n        1.0,\n        1.00'
      + ',\n        1e0,\n        true,\n        "1"^^<http://www.w3.org/2001/XMLSchema#boolean>,\n        "x"@EN .\n';
    assert.equal(await rewritten(text), text);
  });

  it('gives labels to blank nodes that are in several places, in cycles, or names of graphs', async () => {
    assert.equal(
      await rewritten('<a> <p> _:x . <b> <p> _:x . _:y <p> _:z . _:z <p> _:y . _:s <p> _:s .'),
      '<a> <p> _:b0 .\n\n<b> <p> _:b0 .\n\n_:b1 <p> [ <p> _:b1 ] .\n\n_:b2 <p> _:b2 .\n',
    );
    assert.equal(
      await rewritten('<a> <p> _:g . _:g { _:g <p> [] } <h> { <a> <p> _:s } <i> { <b> <p> _:s }', 'trig', 'trig'),
      '<a> <p> _:b0 .\n\n_:b0 {\n    _:b0 <p> [] .\n}\n\n'
        + '<h> {\n    <a> <p> _:b1 .\n}\n\n<i> {\n    <b> <p> _:b1 .\n}\n',
    );
  });

  it('writes as lists only what is well formed', async () => {
    const cell = `<${rdf.first}> 1 ; <${rdf.rest}>`;
    for (const text of [
      `<a> <p> [ ${cell} <nil> ] .`,
      `<a> <p> [ ${cell} (), ( 2 ) ] .`,
      `<a> <p> [ ${cell} () ; <q> 2 ] .`,
      `<a> <p> [ <${rdf.first}> 1, 2 ; <${rdf.rest}> () ] .`,
      `_:l ${cell} _:l . <a> <p> _:l .`,
      `_:l ${cell} ( 2 ) .`,
    ]) {
      const { quads } = await read(text);
      for (const format of ['turtle', 'jsonld'] as const) {
        const written = await writeRdf({ quads, prefixes: new Map() }, { format, base });
        assert.ok(written.includes(rdf.first), written);
        assert.ok(isomorphic((await read(written, { format })).quads, quads), written);
      }
    }
  });

  it('neither nests without end nor fails on nodes in nodes', async () => {
    const nodes = `${'[ <p> '.repeat(1000)}1${' ]'.repeat(1000)}`;
    const text = `<a> <p> ${nodes}, ${'( '.repeat(1000)}${') '.repeat(1000)} .`;
    const { quads } = await read(text);
    for (const format of ['turtle', 'jsonld'] as const) {
      const written = await writeRdf({ quads, prefixes: new Map() }, { format, base });
      assert.equal((await read(written, { format })).quads.length, quads.length);
    }
  });

  it('writes JSON-LD in expanded form', async () => {
    const text = await rewritten('<#me> a <#T> ; <#p> "x"@en, 1, ( "y" ), [ <#q> <> ], _:s . _:s <#p> _:s .', 'jsonld');
    assert.deepEqual(JSON.parse(text), [
      {
        '@id': `${base}#me`,
        '@type': [`${base}#T`],
        [`${base}#p`]: [
          { '@value': 'x', '@language': 'en' },
          { '@value': '1', '@type': xsd.integer },
          { '@list': [{ '@value': 'y' }] },
          { [`${base}#q`]: [{ '@id': base }] },
          { '@id': '_:b0' },
        ],
      },
      { '@id': '_:b0', [`${base}#p`]: [{ '@id': '_:b0' }] },
    ]);
  });

  it('writes an empty document as nothing, or as an empty array', async () => {
    for (const format of ['turtle', 'trig', 'ntriples', 'nquads'] as const) assert.equal(await rewritten('', format),
      '');
    assert.deepEqual(JSON.parse(await rewritten('', 'jsonld')), []);
  });

  it('refuses IRIs that would not be read again', async () => {
    for (const format of ['turtle', 'trig', 'ntriples', 'nquads', 'jsonld'] as const) {
      const quads = [quad(namedNode('urn:a'), namedNode('urn:b'), namedNode('http://h/a> <urn:c'))];
      await assert.rejects(writeRdf({ quads, prefixes: new Map() }, { format, base }), { name: 'Problem',
        kind: 'invalid' });
    }
  });

  it('lets other work run while it writes 50,000 statements', async () => {
    const quads = Array.from({ length: 50_000 }, (_, index) => (
      quad(namedNode(`urn:${index % 5000}`), namedNode(`urn:p${index % 7}`), blankNode(`x${index}`))
    ));
    for (const format of ['turtle', 'ntriples', 'jsonld'] as const) {
      let turns = 0;
      const timer = setInterval(() => { turns += 1; }, 1);
      await writeRdf({ quads, prefixes: new Map() }, { format, base });
      clearInterval(timer);
      assert.ok(turns >= 3, `${turns} turns in ${format}`);
    }
  });
});
