import assert from 'node:assert/strict';
import { Parser as SparqlParser } from '@traqula/parser-sparql-1-1';
import fc from 'fast-check';
import { Parser } from 'n3';
import * as rdflib from 'rdflib';
import { Problem } from '../../src/problem.ts';
import { parseN3Patch } from '../../src/rdf/n3-patch.ts';
import { applyPatch, changedTriples, tripleKey } from '../../src/rdf/patch.ts';
import { parseSparqlUpdate } from '../../src/rdf/sparql-update.ts';
import { atOnce } from './graphs.ts';

const base = 'https://pod.example/notes/doc.ttl';

function turtle(text: string) {
  return new Parser({ baseIRI: base }).parse(text);
}

/** The triples of a graph, sorted, with every blank node written alike. */
function lines(quads: Parameters<typeof changedTriples>[0]): string[] {
  return quads.map((quad) => tripleKey(quad).replace(/_:\S+/g, '_:')).sort();
}

function update(before: string, sparql: string): string[] {
  const quads = turtle(before);
  return lines(atOnce(changedTriples(quads, atOnce(applyPatch(quads, parseSparqlUpdate(sparql, base))))));
}

const prefix = 'PREFIX ex: <https://e.example/> ';

// What an update makes of a document: [what it shows, update, before, after].
const good: [string, string, string, string][] = [
  ['an empty text', '', '<a> <b> <c>.', '<a> <b> <c>.'],
  ['blanks and a comment', ' \n# nothing\n', '', ''],
  ['only declarations', 'BASE <x> PREFIX a: <b>', '', ''],
  ['INSERT DATA', 'INSERT DATA { <a> <b> <c> }', '', '<a> <b> <c>.'],
  ['INSERT DATA with a dot', 'INSERT DATA { <a> <b> <c> . }', '', '<a> <b> <c>.'],
  ['INSERT DATA without triples', 'INSERT DATA {}', '<a> <b> <c>.', '<a> <b> <c>.'],
  ['INSERT DATA of what is there', 'INSERT DATA { <a> <b> <c> }', '<a> <b> <c>.', '<a> <b> <c>.'],
  ['DELETE DATA', 'DELETE DATA { <a> <b> <c> }', '<a> <b> <c>, <d>.', '<a> <b> <d>.'],
  ['keywords in lower case', 'insert data { <a> <b> <c> } ; delete data { <a> <b> <c> }', '', ''],
  ['a keyword at once before its brace', 'INSERT DATA{<a><b><c>}', '', '<a> <b> <c>.'],
  ['a trailing semicolon', 'DELETE DATA { <a> <b> 1 } ; INSERT DATA { <a> <b> 2 };', '<a> <b> 1.', '<a> <b> 2.'],
  ['semicolons alone', ';;', '', ''],
  ['empty operations in between', 'INSERT DATA { <a> <b> 1 } ; ; INSERT DATA {} ;', '', '<a> <b> 1.'],
  ['deleting what was inserted before', 'INSERT DATA { <a> <b> 1 } ; DELETE DATA { <a> <b> 1 }', '', ''],
  ['inserting what was deleted before', 'DELETE DATA { <a> <b> 1 } ; INSERT DATA { <a> <b> 1 }', '<a> <b> 1.',
    '<a> <b> 1.'],
  ['PREFIX', `${prefix}INSERT DATA { ex:a ex:b ex:c }`, '',
    '<https://e.example/a> <https://e.example/b> <https://e.example/c>.'],
  ['the empty prefix', 'PREFIX : <#> INSERT DATA { :a :b : }', '', '<#a> <#b> <#>.'],
  ['PREFIX between operations', 'INSERT DATA {} ; PREFIX e: <e/> INSERT DATA { e:a e:b e:c }', '',
    '<e/a> <e/b> <e/c>.'],
  ['BASE', 'BASE <../x/> INSERT DATA { <a> <b> <#c> }', '', '@base <../x/>. <a> <b> <#c>.'],
  ['BASE between operations', 'INSERT DATA { <a> <b> 1 } ; BASE </r/> INSERT DATA { <a> <b> 1 }', '',
    '<a> <b> 1. </r/a> </r/b> 1 .'],
  ['relative IRIs', 'INSERT DATA { <> <#b> <../c?d> . <?q> </e> <//f.example/g/./h/../i> }', '',
    '<> <#b> <../c?d>. <?q> </e> <//f.example/g/./h/../i>.'],
  ['predicate and object lists', 'INSERT DATA { <a> <b> 1, 2 ; <c> 3 ; ; <d> 4 ; . <e> <f> 5 }', '',
    '<a> <b> 1, 2; <c> 3; <d> 4. <e> <f> 5.'],
  ['"a" for rdf:type', 'INSERT DATA { <a> a <c> }', '', '<a> a <c>.'],
  ['names that begin with "a"', 'PREFIX a: <a/> PREFIX add: <add/> INSERT DATA { a:a a:a add:a . add:b a a:b }', '',
    '<a/a> <a/a> <add/a>. <add/b> a <a/b>.'],
  ['numbers and booleans', 'INSERT DATA { <a> <b> 1, -1, +1, 1.50, .5, 1e3, -1.5E-3, true, false }', '',
    '<a> <b> 1, -1, +1, 1.50, .5, 1e3, -1.5E-3, true, false.'],
  ['numbers before punctuation', 'INSERT DATA{<a><b>1,2;<c>3.<d><e>4}', '', '<a> <b> 1, 2; <c> 3. <d> <e> 4 .'],
  ['datatypes as they are written',
    'INSERT DATA { <a> <b> "01"^^<http://www.w3.org/2001/XMLSchema#integer>, "x"^^<d> }', '',
    '<a> <b> "01"^^<http://www.w3.org/2001/XMLSchema#integer>, "x"^^<d>.'],
  ['language tags', 'INSERT DATA { <a> <b> "x"@en-GB }', '', '<a> <b> "x"@en-GB.'],
  ['language tags in another letter case', 'DELETE DATA { <a> <b> "x"@en-gb }', '<a> <b> "x"@en-GB.', ''],
  ['all kinds of quotes', `INSERT DATA { <a> <b> 'x', "y", '''z'"
''', """w"" '"""}`, '', `<a> <b> 'x', "y", '''z'"
''', """w"" '""".`],
  ['escapes', String.raw`INSERT DATA { <\u0061> <b> "\t\"\\\n\u00e9\U0001F600", "{}.#" }`, '',
    String.raw`<a> <b> "\t\"\\\n\u00e9\U0001F600", "{}.#".`],
  ['escapes in names', String.raw`PREFIX e: <e/> INSERT DATA { e:a\.b e:c%20 e:d.e. }`, '',
    '<e/a.b> <e/c%20> <e/d.e>.'],
  ['comments', 'INSERT # { \n DATA { <a> # }\n <b> "#" . # x\n }', '', '<a> <b> "#".'],
  ['blank nodes to insert', 'INSERT DATA { <a> <b> _:x . _:x <c> [], [ <d> 1 ] }', '',
    '<a> <b> _:x. _:x <c> [], [ <d> 1 ].'],
  ['a blank node as subject', 'INSERT DATA { [ <a> 1 ] . [ <b> 2 ] <c> 3 }', '', '[ <a> 1 ]. [ <b> 2 ] <c> 3 .'],
  ['lists to insert', 'INSERT DATA { <a> <b> (1 (2) ()) }', '', '<a> <b> (1 (2) ()).'],
  ['DELETE WHERE', 'DELETE WHERE { ?s <b> ?o }', '<a> <b> 1, 2. <c> <b> 3 ; <d> 4 .', '<c> <d> 4 .'],
  ['DELETE and INSERT for every match', 'DELETE { ?s <b> ?o } INSERT { ?s <c> ?o } WHERE { ?s <b> ?o }',
    '<a> <b> 1, 2. <d> <b> 3 .', '<a> <c> 1, 2. <d> <c> 3 .'],
  ['DELETE with WHERE only', 'DELETE { <a> <b> ?o } WHERE { <a> <b> ?o . ?o <c> 1 }', '<a> <b> <x>, <y>. <x> <c> 1 .',
    '<a> <b> <y>. <x> <c> 1 .'],
  ['INSERT with WHERE only', 'INSERT { $s <c> $o } WHERE { $s <b> ?o }', '<a> <b> 1.', '<a> <b> 1; <c> 1 .'],
  ['WHERE without patterns', 'DELETE { <a> <b> 1 } INSERT { <a> <b> 2 } WHERE {}', '<a> <b> 1.', '<a> <b> 2.'],
  ['a variable as predicate', 'DELETE { <a> ?p 1 } WHERE { <a> ?p 1 }', '<a> <b> 1; <c> 2 .', '<a> <c> 2 .'],
  ['one variable twice in a pattern', 'DELETE WHERE { ?x <b> ?x }', '<a> <b> <a>, <c>.', '<a> <b> <c>.'],
  ['blank nodes in WHERE, which match anything', 'INSERT { ?s <ok> 1 } WHERE { ?s <b> [ <c> _:x ] . _:x <d> 1 }',
    '<a> <b> <n>. <n> <c> <m>. <m> <d> 1 . <z> <b> <m>.',
      '<a> <b> <n>; <ok> 1 . <n> <c> <m>. <m> <d> 1 . <z> <b> <m>.'],
  ['a list in WHERE', 'INSERT { ?s <ok> 1 } WHERE { ?s <b> (1 ?x) }', '<a> <b> (1 2).', '<a> <b> (1 2); <ok> 1 .'],
  ['blank nodes of the document, through variables', 'DELETE { ?x <c> 1 } INSERT { ?x <c> 2 } WHERE { <a> <b> ?x }',
    '<a> <b> [ <c> 1 ].', '<a> <b> [ <c> 2 ].'],
  ['a new blank node for every match', 'INSERT { ?s <c> [ <d> ?o ] } WHERE { ?s <b> ?o }', '<a> <b> 1, 2.',
    '<a> <b> 1, 2; <c> [ <d> 1 ], [ <d> 2 ].'],
  ['patterns that share no variable', 'INSERT { ?x <p> ?y } WHERE { ?x a <X> . ?y a <Y> }', '<a> a <X>. <b> a <Y>.',
    '<a> a <X>; <p> <b>. <b> a <Y>.'],
  // Soukai: relative IRIs, meant against the resource.
  ['what Soukai sends',
    'DELETE DATA { <#it> <https://schema.org/name> "Old" . } ;\nINSERT DATA { <#it> <https://schema.org/name> "New" . }',
    '<#it> <https://schema.org/name> "Old".', '<#it> <https://schema.org/name> "New".'],
  // LDO, changesToSparqlUpdate.
  ['what LDO sends',
    'DELETE DATA { <a> <b> "x"^^<http://www.w3.org/2001/XMLSchema#string> . }; INSERT DATA { <a> <b> "y" . }',
    '<a> <b> "x".', '<a> <b> "y".'],
  // @inrupt/solid-client 3.0.0, prepareSolidDatasetUpdate, captured from saveSolidDatasetAt.
  ['what solid-client sends', `DELETE DATA {<${base}#it> <https://e/name> "Old".}; INSERT DATA {<${base}#it> <https://e/n> 6;
    <https://e/name> "New \\"q\\"\\nline";
    <https://e/l> "hej"@sv-se;
    <https://e/d> "1970-01-01T00:00:00.000Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>;
    <https://e/b> true.};`, '<#it> <https://e/name> "Old".', `<#it> <https://e/n> 6;
    <https://e/name> "New \\"q\\"\\nline"; <https://e/l> "hej"@sv-se; <https://e/b> true;
    <https://e/d> "1970-01-01T00:00:00.000Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>.`],
  ['what solid-client sends when nothing changed', ' ', '<a> <b> <c>.', '<a> <b> <c>.'],
];

// [what is refused, the update, words that the answer must hold]
const refused: [string, string, RegExp][] = [
  ['LOAD', 'LOAD <x>', /LOAD/],
  ['CLEAR', 'CLEAR ALL', /CLEAR/],
  ['CREATE', 'CREATE GRAPH <x>', /CREATE/],
  ['DROP', 'DROP DEFAULT', /DROP/],
  ['COPY', 'COPY <a> TO <b>', /COPY/],
  ['MOVE', 'MOVE <a> TO <b>', /MOVE/],
  ['ADD', 'ADD <a> TO <b>', /ADD/],
  ['WITH', 'WITH <g> DELETE { ?a ?b ?c } WHERE { ?a ?b ?c }', /WITH/],
  ['USING', 'DELETE { ?a ?b ?c } USING <g> WHERE { ?a ?b ?c }', /USING/],
  ['GRAPH in data', 'INSERT DATA { GRAPH <g> { <a> <b> <c> } }', /GRAPH/],
  ['GRAPH in WHERE', 'DELETE { ?a ?b ?c } WHERE { GRAPH <g> { ?a ?b ?c } }', /GRAPH/],
  ['SERVICE', 'DELETE { ?a ?b ?c } WHERE { SERVICE <g> { ?a ?b ?c } }', /SERVICE/],
  ['OPTIONAL', 'DELETE { ?a <b> ?c } WHERE { ?a <b> ?c OPTIONAL { ?a <c> ?d } }', /OPTIONAL/],
  ['FILTER', 'DELETE { ?a <b> ?c } WHERE { ?a <b> ?c . FILTER(?c > 3) }', /FILTER/],
  ['UNION', 'DELETE { ?a <b> ?c } WHERE { { ?a <b> ?c } UNION { ?a <c> ?c } }', /UNION/],
  ['MINUS', 'DELETE { ?a <b> ?c } WHERE { ?a <b> ?c MINUS { ?a <c> ?c } }', /MINUS/],
  ['BIND', 'INSERT { <a> <b> ?c } WHERE { BIND(1 AS ?c) }', /BIND/],
  ['VALUES', 'INSERT { <a> <b> ?c } WHERE { VALUES ?c { 1 } }', /VALUES/],
  ['a subquery', 'INSERT { <a> <b> ?c } WHERE { { SELECT ?c { ?a ?b ?c } } }', /SELECT/],
  ['a sequence path', 'INSERT { ?a <b> ?c } WHERE { ?a <b>/<c> ?c }', /property paths/],
  ['an alternative path', 'INSERT { ?a <b> ?c } WHERE { ?a a|<c> ?c }', /property paths/],
  ['an inverse path', 'INSERT { ?a <b> ?c } WHERE { ?a ^<b> ?c }', /property paths/],
  ['a negated path', 'INSERT { ?a <b> ?c } WHERE { ?a !<b> ?c }', /property paths/],
  ['a repeated path', 'INSERT { ?a <b> ?c } WHERE { ?a <b>* ?c }', /property paths/],
  ['an optional path', 'INSERT { ?a <b> ?c } WHERE { ?a <b>? ?c }', /property paths/],
  ['a path of one or more', 'INSERT { ?a <b> ?c } WHERE { ?a <b>+ ?c }', /property paths/],
  ['a query', 'SELECT * { ?s ?p ?o }', /SELECT/],
  ['a variable that WHERE does not bind', 'INSERT { <a> <b> ?c } WHERE { <a> <b> ?d }', /\?c/],
  ['a label in two operations', 'INSERT DATA { _:x <b> 1 } ; INSERT DATA { _:x <c> 1 }', /_:x/],
  ['a label in WHERE and INSERT', 'INSERT { _:x <b> 1 } WHERE { _:x <c> 1 }', /_:x/],
  ['deep nesting', `INSERT DATA { <a> <b> ${'['.repeat(50_000)}`, /expected|nested/],
  ['deep lists', `INSERT DATA { <a> <b> ${'('.repeat(50_000)}`, /nested more than 100 deep/],
];

// [update, line, column]
const broken: [string, number, number][] = [
  ['INSERT DATA { <a> <b> }', 1, 23],
  ['INSERT DATA { <a> <b> <c>', 1, 26],
  ['INSERT DATA {\n  <a> ex:b <c> }', 2, 7],
  ['INSERT DATA {\r\n\r\n <a> <b> "x }', 3, 10],
  ['INSERT DATA { <a> <b> "x\ny" }', 1, 23],
  ['INSERT DATA { <a> <b> "\\q" }', 1, 24],
  ['INSERT DATA { <a> <b> "\\uD800" }', 1, 24],
  ['INSERT DATA { <a> <b c> 1 }', 1, 19],
  ['INSERT DATA { <a> <b> 1 <c> 2 }', 1, 25],
  ['INSERT DATA { 1 <b> 2 }', 1, 16],
  ['INSERT DATA { <a> "b" 2 }', 1, 19],
  ['INSERT DATA { <a> <b> ?x }', 1, 23],
  ['DELETE DATA { <a> <b> _:x }', 1, 23],
  ['DELETE DATA { <a> <b> (1) }', 1, 23],
  ['DELETE { <a> <b> [] } WHERE {}', 1, 18],
  ['DELETE WHERE { <a> <b> [] }', 1, 24],
  ['DELETE { <a> <b> 1 } INSERT { <a> <b> 2 }', 1, 42],
  ['INSERT DATA { <a> <b> 1 } INSERT DATA {}', 1, 27],
  ['INSERT { <a> <b> 1 }', 1, 21],
  ['UPSERT DATA {}', 1, 1],
  ['PREFIX ex <x>', 1, 8],
  ['PREFIX ex: x', 1, 12],
  ['INSERT DATA { <a> <b> [ <c> 1 ) }', 1, 31],
];

describe('a SPARQL update', () => {
  for (const [what, sparql, before, after] of good) {
    it(`does ${what}`, () => assert.deepEqual(update(before, sparql), lines(turtle(after))));
  }

  for (const [what, sparql, words] of refused) {
    it(`refuses ${what}, and says so`, () => {
      assert.throws(() => parseSparqlUpdate(sparql, base), { name: 'Problem', message: words });
    });
  }

  for (const [sparql, line, column] of broken) {
    it(`says where ${JSON.stringify(sparql)} is wrong`, () => {
      assert.throws(() => parseSparqlUpdate(sparql, base),
        { name: 'Problem', kind: 'invalid', message: new RegExp(`line ${line}, column ${column}:`) });
    });
  }

  it('is read in a time proportional to its length, whatever it says', () => {
    for (const part of ['a.', '"', '<', 'a.a', '_:a.', '\\', "'''", '#\n', '%20', '?x ', '(', '[ ']) {
      const text = `INSERT DATA { <a> <b> ${part.repeat(100_000)}`;
      const start = performance.now();
      assert.throws(() => parseSparqlUpdate(text, base), { name: 'Problem' });
      assert.ok(performance.now() - start < 5000, `${part} repeated took ${performance.now() - start} ms`);
    }
  });

  it('is read whole when long', () => {
    const long = 'x'.repeat(5_000_000);
    assert.equal(parseSparqlUpdate(`INSERT DATA { <a> <b> "${long}" }`, base).steps[0]?.inserts[0]?.object.value, long);
    const objects = Array.from({ length: 100_000 }, (_, index) => index).join(',');
    assert.equal(parseSparqlUpdate(`INSERT DATA { <a> <b> ${objects} }`, base).steps[0]?.inserts.length, 100_000);
  });

  it('is accepted exactly when it is SPARQL 1.1 (a full parser, traqula, as judge)', () => {
    const judge = new SparqlParser();
    const term = fc.constantFrom('<a>', 'e:b', '"x"', '"x"@en', '5', '-1.5', 'true', '?v', '_:x', '[]', '[ <p> 1 ]',
      '( 1 _:y )');
    const piece = fc.oneof(term, fc.constantFrom('a', '<p>', '.', ';', ',', '{', '}', '[', ')'));
    const triples = fc.array(fc.tuple(term, fc.constantFrom('a', '<p>', 'e:p'), fc.array(term, { minLength: 1,
      maxLength: 2 })))
      .map((list) => list.map(([s, p, o]) => `${s} ${p} ${o.join(' , ')}`).join(' . '));
    const body = fc.oneof({ weight: 3, arbitrary: triples }, { weight: 1,
      arbitrary: fc.array(piece).map((list) => list.join(' ')) });
    const form = fc.constantFrom('INSERT DATA { % }', 'DELETE DATA { % . };', 'DELETE WHERE { % }',
      'INSERT { ?v <q> 1 } WHERE { % }',
      'DELETE { % } INSERT { <a> <p> _:z } WHERE { ?v ?w ?u }', 'INSERT DATA { % } ; BASE <r> DELETE DATA {}');
    let accepted = 0;
    fc.assert(fc.property(form, body, (template, inner) => {
      const text = `PREFIX e: <e> ${template.replace('%', () => inner)}`;
      const judged = outcome(() => judge.parse(text));
      const ours = outcome(() => parseSparqlUpdate(text, base));
      // What is SPARQL but not done here is refused in another way. SPARQL's grammar lets literals be subjects, and
      // the judge overlooks blank nodes in DELETE that are subjects.
      if (ours === 'unprocessable' || /literal cannot be a subject|cannot have blank nodes/.test(ours)) return;
      assert.equal(ours === 'accepted', judged === 'accepted', text);
      if (ours === 'accepted') accepted += 1;
    }), { numRuns: 2000 });
    assert.ok(accepted > 100, `only ${accepted} were accepted`);
  });
});

function outcome(parse: () => unknown): string {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    return error instanceof Problem && error.kind === 'unprocessable' ? error.kind : String(error);
  }
}

describe('what rdflib sends', () => {
  const example = rdflib.Namespace('https://e.example/');
  const document = rdflib.sym(base);
  const before = `@prefix e: <https://e.example/> .
    e:a e:knows [ e:name "Bob"@en ]; e:p <https://e.example/b> .`;

  // The functions of UpdateManager that make the body of a PATCH are private to its types.
  interface Updater {
    bnodeContext(nodes: unknown, document: unknown): unknown;
    statementArrayBnodes(statements: unknown): unknown;
    constructSparqlUpdateQuery(deletes: unknown, inserts: unknown, context: unknown): string;
    constructN3PatchQuery(deletes: unknown, inserts: unknown, context: unknown): string;
  }

  function bodies(deletes: rdflib.Statement[], inserts: rdflib.Statement[], store: rdflib.IndexedFormula) {
    const updater = new rdflib.UpdateManager(store) as unknown as Updater;
    const context = updater.bnodeContext(updater.statementArrayBnodes([...deletes, ...inserts]), document);
    return {
      sparql: updater.constructSparqlUpdateQuery(deletes, inserts, context),
      n3: updater.constructN3PatchQuery(deletes, inserts, context),
    };
  }

  function both(deletes: rdflib.Statement[], inserts: rdflib.Statement[], store: rdflib.IndexedFormula): string[] {
    const { sparql, n3 } = bodies(deletes, inserts, store);
    const quads = turtle(before);
    const [bySparql, byN3] = [parseSparqlUpdate(sparql, base), parseN3Patch(n3, base)]
      .map((patch) => lines(atOnce(changedTriples(quads, atOnce(applyPatch(quads, patch))))));
    assert.deepEqual(bySparql, byN3);
    return bySparql!;
  }

  it('for triples without blank nodes', () => {
    const deletes = [rdflib.st(example('a'), example('p'), example('b'), document)];
    const inserts = [rdflib.st(example('a'), example('p'), rdflib.lit('x\n"y"', 'en'), document)];
    assert.deepEqual(both(deletes, inserts, rdflib.graph()),
      lines(turtle(before.replace('<https://e.example/b>', '"x\\n\\"y\\""@en'))));
  });

  it('for triples of a blank node, which its where clause finds', () => {
    const store = rdflib.graph();
    const bob = rdflib.blankNode('n1');
    store.add(example('a'), example('knows'), bob, document);
    store.add(bob, example('name'), rdflib.lit('Bob', 'en'), document);
    const deletes = [rdflib.st(bob, example('name'), rdflib.lit('Bob', 'en'), document)];
    const inserts = [rdflib.st(bob, example('name'), rdflib.lit('Rob', 'en'), document)];
    assert.deepEqual(both(deletes, inserts, store), lines(turtle(before.replace('Bob', 'Rob'))));
  });

  it('for a new blank node', () => {
    const inserts = [rdflib.st(rdflib.blankNode('z'), example('p'), example('b'), document)];
    assert.deepEqual(both([], inserts, rdflib.graph()),
      lines(turtle(`${before} [] <https://e.example/p> <https://e.example/b> .`)));
  });
});
