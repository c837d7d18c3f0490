import assert from 'node:assert/strict';
import { DataFactory, Parser } from 'n3';
import { maxPatterns } from '../../src/rdf/graph-match.ts';
import { applyPatch, changedTriples, patchNeeds, tripleKey } from '../../src/rdf/patch.ts';
import { parseSparqlUpdate } from '../../src/rdf/sparql-update.ts';
import { atOnce } from './graphs.ts';

const base = 'https://pod.example/doc.ttl';

function turtle(text: string) {
  return new Parser({ baseIRI: base }).parse(text);
}

function change(before: string, sparql: string) {
  const { deletes, inserts } = atOnce(applyPatch(turtle(before), parseSparqlUpdate(sparql, base)));
  return { deletes: deletes.map(tripleKey), inserts: inserts.map(tripleKey) };
}

function keys(text: string): string[] {
  return turtle(text).map(tripleKey);
}

// [what, before, update, deletes, inserts]
const table: [string, string, string, string, string][] = [
  ['nothing', '<a> <b> 1 .', '', '', ''],
  ['an insertion', '<a> <b> 1 .', 'INSERT DATA { <a> <b> 2 }', '', '<a> <b> 2 .'],
  ['an insertion of what is there', '<a> <b> 1 .', 'INSERT DATA { <a> <b> 1 }', '', ''],
  ['an insertion twice', '', 'INSERT DATA { <a> <b> 1, 1 } ; INSERT DATA { <a> <b> 1 }', '', '<a> <b> 1 .'],
  ['a deletion', '<a> <b> 1 .', 'DELETE DATA { <a> <b> 1 }', '<a> <b> 1 .', ''],
  ['a deletion of what is stated twice', '<a> <b> 1, 1 .', 'DELETE DATA { <a> <b> 1 }', '<a> <b> 1 .', ''],
  ['a deletion taken back', '<a> <b> 1 .', 'DELETE DATA { <a> <b> 1 } ; INSERT DATA { <a> <b> 1 }', '', ''],
  ['an insertion taken back', '', 'INSERT DATA { <a> <b> 1 } ; DELETE DATA { <a> <b> 1 }', '', ''],
  ['deleting in one step, inserting in the same', '<a> <b> 1 .', 'DELETE { <a> <b> 1 } INSERT { <a> <b> 1 } WHERE {}',
    '', ''],
  ['a step that sees what the one before inserted', '<a> <b> 1 .',
    'INSERT DATA { <a> <c> 1 } ; DELETE WHERE { ?x <c> 1 ; <b> ?y }', '<a> <b> 1 .', ''],
  ['a step that no longer sees what the one before deleted', '<a> <b> 1, 2 .',
    'DELETE DATA { <a> <b> 1 } ; DELETE WHERE { <a> <b> ?x }', '<a> <b> 1, 2 .', ''],
  ['one triple deleted for two matches', '<a> <b> 1, 2; <c> 3 .', 'DELETE { ?x <c> 3 } WHERE { ?x <b> ?y }',
    '<a> <c> 3 .', ''],
  ['literals that differ in form', '<a> <b> 1, 01, 1.0 .', 'DELETE DATA { <a> <b> 01 }', '<a> <b> 01 .', ''],
  ['a language tag in another letter case', '<a> <b> "x"@EN .',
    'DELETE DATA { <a> <b> "x"@en } ; INSERT DATA { <a> <b> "x"@En }', '', ''],
];

// [what, before, update, words]
const conflicts: [string, string, string, RegExp][] = [
  ['a triple to delete that is missing', '<a> <b> 1 .', 'DELETE DATA { <a> <b> 2 }',
    /not in the document: <.*a> <.*b> "2"\^\^.*integer\.$/],
  ['a triple to delete that differs in datatype', '<a> <b> "1" .', 'DELETE DATA { <a> <b> 1 }', /not in the document/],
  ['a triple to delete that was deleted before', '<a> <b> 1 .',
    'DELETE DATA { <a> <b> 1 } ; DELETE DATA { <a> <b> 1 }', /not in the document/],
  ['a triple to delete for one of the matches', '<a> <b> 1 . <c> <b> 1 ; <d> 2 .',
    'DELETE { ?x <d> 2 } WHERE { ?x <b> 1 }', /<.*a> <.*d> /],
  ['patterns that do not match', '<a> <b> 1 .', 'INSERT { ?x <c> 1 } WHERE { ?x <b> 2 }', /do not match/],
  ['patterns in an empty document', '', 'DELETE WHERE { ?x ?y ?z }', /do not match/],
  ['a literal that would become a subject', '<a> <b> "1" .', 'INSERT { ?x <c> 1 } WHERE { <a> <b> ?x }',
    /subject would have to be/],
  ['a blank node that would become a predicate', '<a> <b> [] .', 'INSERT { <a> ?x 1 } WHERE { <a> <b> ?x }',
    /predicate an IRI/],
];

describe('a patch', () => {
  for (const [what, before, sparql, deletes, inserts] of table) {
    it(`makes of ${what} the net change`, () => {
      assert.deepEqual(change(before, sparql), { deletes: keys(deletes), inserts: keys(inserts) });
    });
  }

  for (const [what, before, sparql, words] of conflicts) {
    it(`is in conflict with the document over ${what}`, () => {
      assert.throws(() => change(before, sparql), { name: 'Problem', kind: 'conflict', message: words });
    });
  }

  it('in SPARQL needs the access that an N3 Patch would need', () => {
    for (const [sparql, expected] of [
      ['', { read: false, append: false, write: false }],
      ['INSERT DATA { <a> <b> 1 }', { read: false, append: true, write: false }],
      ['DELETE DATA { <a> <b> 1 }', { read: true, append: false, write: true }],
      ['INSERT { ?x <b> 1 } WHERE { ?x <c> 1 }', { read: true, append: true, write: false }],
      ['DELETE WHERE { ?x <b> 1 }', { read: true, append: false, write: true }],
      ['DELETE DATA { <a> <b> 1 } ; INSERT DATA { <a> <b> 2 }', { read: true, append: true, write: true }],
    ] as const) {
      assert.deepEqual(patchNeeds(parseSparqlUpdate(sparql, base)), expected, sparql);
    }
  });

  it('gives new blank nodes labels that the document does not have, and others at every application', () => {
    const existing = DataFactory.quad(DataFactory.blankNode('new1'), DataFactory.namedNode('b:'),
      DataFactory.blankNode('new3'));
    const patch = parseSparqlUpdate('INSERT DATA { _:new1 <b> _:x . _:x <c> _:new1 }', base);
    const once = atOnce(changedTriples([existing], atOnce(applyPatch([existing], patch))));
    const twice = atOnce(changedTriples(once, atOnce(applyPatch(once, patch))));
    assert.equal(new Set(twice.flatMap(({ subject, object }) => [subject.value, object.value])).size, 6);
    assert.deepEqual(once.slice(1).map(({ subject, object }) => [subject.value, object.value]), [['new2', 'new4'],
      ['new4', 'new2']]);
  });

  describe('of a large document', () => {
    const large = turtle(Array.from({ length: 20_000 }, (_, index) => `<#m${index}> a <Message>;
      <content> "message ${index}"; <after> <#m${index - 1}>; <in> <#chat>; <maker> <#u${index % 10}>.`).join('\n'));

    it('finds its matches among 100,000 triples without much work', () => {
      const patch = parseSparqlUpdate(`DELETE { ?m <content> ?c } INSERT { ?m <content> "x" } WHERE {
        ?m a <Message> ; <content> ?c ; <in> <#chat> ; <after> ?n . ?n <content> "message 7000" }`, base);
      assert.deepEqual(atOnce(applyPatch(large, patch)).deletes.map(({ object }) => object.value), ['message 7001']);
    });

    for (const [what, sparql] of [
      ['joins that multiply', 'INSERT { ?a <x> ?b } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }'],
      ['joins over a value that all share', 'INSERT { ?a <x> ?b } WHERE { ?a <in> ?c . ?b <in> ?c }'],
      ['very many steps', 'INSERT { <a> <x> 1 } WHERE { ?m a <Message> } ;'.repeat(5000)],
      ['very many insertions for very many matches',
        `INSERT { ${'?m <x> ?c . '.repeat(5000)} } WHERE { ?m <content> ?c }`],
      ['a long prefix that is used many times',
        `PREFIX a: <http://e/${'a'.repeat(100_000)}> INSERT DATA { ${Array.from({ length: 1000 }, (_, i) => `a:x a:y a:${i} .`).join('')} }`],
      ['a long value that is given to many',
        `INSERT { ?m <x> "${'a'.repeat(100_000)}" } WHERE { ?m <content> ?c }`],
      ['too many patterns', `INSERT { <a> <x> 1 } WHERE { ${'?m a <Message> . '.repeat(maxPatterns + 1)} }`],
    ] as const) {
      it(`gives up on ${what}`, () => {
        const patch = parseSparqlUpdate(sparql, base);
        assert.throws(() => atOnce(applyPatch(large, patch)), { name: 'Problem', kind: 'unprocessable' });
      });
    }
  });
});
