import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DataFactory, Parser, type Quad } from 'n3';
import { changedTriples, tripleKey } from '../../src/rdf/patch.ts';
import { scanTurtle } from '../../src/rdf/turtle-scanner.ts';
import { editTurtle } from '../../src/rdf/turtle-text.ts';
import { atOnce } from './graphs.ts';

const base = 'https://pod.example/alice/card';
const declared = '@prefix ex: <https://e.example/>. @prefix : <#>. @prefix xsd: <http://www.w3.org/2001/XMLSchema#>.';

function turtle(text: string): Quad[] {
  return new Parser({ baseIRI: base }).parse(text);
}

/** Triples as the tests write them, with some prefixes declared. */
function triples(text: string): Quad[] {
  return turtle(`${declared} ${text}`);
}

function edit(text: string, deletes: string, inserts: string): string | undefined {
  return atOnce(editTurtle(text, { deletes: triples(deletes), inserts: triples(inserts) }, { base }));
}

const card = `@prefix ex: <https://e.example/> .
@prefix : <#> .

# Who I am
:me a ex:Person ; # indeed
    ex:name "Alice", "Al" ;
    ex:knows <other#x>, # a friend
        <third> ;
    ex:age 30 .

# This document
<> a ex:Card ;
    ex:maker :me .

<other#x> ex:name "Bob" . # of Bob
`;

// [what, before, deletes, inserts, after]
const table: [string, string, string, string, string][] = [
  ['replaces a value where it stands', card, ':me ex:name "Al".', ':me ex:name "Ally".', card.replace('"Al"',
    '"Ally"')],
  ['replaces as many values as there are', card, ':me ex:name "Al", "Alice".', ':me ex:name "A".',
    card.replace('"Alice", "Al"', '"A"')],
  ['takes out a value at the end of a list', card, ':me ex:name "Al".', '', card.replace(', "Al"', '')],
  ['takes out a value at the start of a list', card, ':me ex:name "Alice".', '', card.replace('"Alice", ', '')],
  ['keeps the comment of a value that it takes out', card, ':me ex:knows <other#x>.', '',
    card.replace('<other#x>, # a friend', '# a friend')],
  ['takes out a value on a line of its own', card, ':me ex:knows <third>.', '',
    card.replace('<other#x>, # a friend\n        <third> ;', '<other#x> # a friend\n        ;')],
  ['takes out a predicate', card, ':me ex:name "Alice", "Al".', '', card.replace('    ex:name "Alice", "Al" ;\n', '')],
  ['takes out the last predicate', card, ':me ex:age 30 .', '', card.replace('<third> ;\n    ex:age 30 .',
    '<third> .')],
  ['takes out the first predicate, and keeps its comment', card, ':me a ex:Person.', '',
    card.replace('a ex:Person ; # indeed', '# indeed')],
  ['takes out the first predicate of several', card, '<> a ex:Card.', '', card.replace('a ex:Card ;\n    ex:maker',
    'ex:maker')],
  ['takes out a subject, and keeps the comment before', card, '<> a ex:Card; ex:maker :me.', '',
    card.replace('<> a ex:Card ;\n    ex:maker :me .\n', '')],
  ['takes out a subject, and keeps the comment after', card, '<other#x> ex:name "Bob".', '',
    card.replace('<other#x> ex:name "Bob" . ', '')],
  ['takes out subjects that follow each other', '<a> <b> 1 .\n\n<c> <d> 2 .\n<e> <f> 3 .\n', '<a> <b> 1. <c> <d> 2.',
    '', '<e> <f> 3 .\n'],
  ['leaves one blank line where a subject was', '<a> <b> 1 .\n\n<c> <d> 2 .\n\n<e> <f> 3 .\n', '<c> <d> 2.', '',
    '<a> <b> 1 .\n\n<e> <f> 3 .\n'],
  ['takes out every statement of a triple', '<a> <b> 1, 1 .\n<a> <b> 1 ; <c> 2 .\n', '<a> <b> 1.', '', '<a> <c> 2 .\n'],
  ['takes out all there is', '<a> <b> 1 .\n', '<a> <b> 1.', '', ''],
  ['adds a value to a predicate', card, '', ':me ex:name "A".', card.replace('"Al"', '"Al", "A"')],
  ['adds a value on a line of its own where the others have theirs', card, '', ':me ex:knows :you.',
    card.replace('<third>', '<third>,\n        :you')],
  ['adds a predicate with the indentation of the others', card, '', ':me ex:mail "a@b.c".', card.replace('30 .',
    '30 ;\n    ex:mail "a@b.c" .')],
  ['adds to a subject of one triple', card, '', '<other#x> ex:age 5 .', card.replace('"Bob" .',
    '"Bob" ;\n    ex:age 5 .')],
  ['adds to a subject on one line', '<a> <b> 1; <c> 2.', '', '<a> <d> 3 .', '<a> <b> 1; <c> 2; <d> 3.'],
  ['adds to a subject with tabs', '<a>\n\t<b> 1;\n\t<c> 2.\n', '', '<a> <d> 3 .',
    '<a>\n\t<b> 1;\n\t<c> 2;\n\t<d> 3.\n'],
  ['keeps a semicolon before the dot', '<a> <b> 1 ;\n  <c> 2 ;\n.\n', '<a> <c> 2 .', '<a> <d> 3 .',
    '<a> <b> 1 ;\n  <d> 3 ;\n.\n'],
  ['adds a subject at the end', card, '', ':you a ex:Person; ex:name "You", "U".',
    `${card}\n:you a ex:Person ;\n    ex:name "You", "U" .\n`],
  ['adds a subject to a document without blank lines', '<a> <b> 1.\n<c> <d> 2.\n', '', '<e> <f> 3 .',
    '<a> <b> 1.\n<c> <d> 2.\n<e> <f> 3.\n'],
  ['adds a line end where one lacks', '<a> <b> 1. # end', '', '<e> <f> 3 .', '<a> <b> 1. # end\n\n<e> <f> 3.\n'],
  ['begins an empty document', '', '', '<> a <#T>; <#p> 1.', '<> a <#T> ;\n    <#p> 1 .\n'],
  ['begins after comments', '# hello\n', '', '<> <#p> 1.', '# hello\n\n<> <#p> 1 .\n'],
  ['begins after prefixes', '@prefix : <#>.\n', '', ':a :p 1.', '@prefix : <#>.\n\n:a :p 1 .\n'],
  ['replaces and adds at once', '<a> <b> 1 .', '<a> <b> 1 .', '<a> <b> 2, 3 ; <c> 4 .', '<a> <b> 2, 3 ;\n    <c> 4 .'],
  ['keeps CRLF', '<a> <b> 1 ;\r\n  <c> 2 .\r\n', '<a> <c> 2 .', '<a> <d> 3 . <e> <f> 4 .',
    '<a> <b> 1 ;\r\n  <d> 3 .\r\n\r\n<e> <f> 4 .\r\n'],
  ['keeps a byte order mark', '\ufeff<a> <b> 1 .', '<a> <b> 1 .', '<a> <b> 2 .', '\ufeff<a> <b> 2 .'],
  ['keeps what it does not touch in brackets', '<a> <b> [ <c> 1 ; <d> ( 2 [] ) ], 3 .', '<a> <b> 3 .', '<a> <e> 4 .',
    '<a> <b> [ <c> 1 ; <d> ( 2 [] ) ] ;\n    <e> 4 .'],
  ['keeps statements of brackets', '[ <b> 1 ] . ( 1 ) <c> 2 . [] <d> 3 .\n<a> <b> 4 .\n', '<a> <b> 4 .', '<a> <b> 5 .',
    '[ <b> 1 ] . ( 1 ) <c> 2 . [] <d> 3 .\n<a> <b> 5 .\n'],
  ['keeps labelled blank nodes, and gives new ones other labels', '_:b1 <b> _:b2 .\n', '', '_:b1 <c> [].',
    '_:b1 <b> _:b2 .\n\n_:b3 <c> _:b4 .\n'],
  ['finds triples in every notation', `PREFIX x: <https://e.example/>
BASE <sub/>
x:a\\.b x:a 'one', '''two
"''', 1.50, true, "x"@EN, "5"^^x:t ,<y\\u0061>, () .`, `<https://e.example/a.b> ex:a
    "one", "two\\n\\"", 1.50, "x"@en, "5"^^ex:t, <sub/ya>, () .`, '', `PREFIX x: <https://e.example/>
BASE <sub/>
x:a\\.b x:a true .`],
  ['uses the prefixes and the base in effect at the place', `@prefix p: <https://e.example/>.
<a> <b> 1 .
@prefix p: <x#>.
@base <x/>.
<c> <d> 2 .
`, '', '<a> ex:q <x#y>. <x/c> <x#y> ex:q . <x/n> <x#y> ex:q .', `@prefix p: <https://e.example/>.
<a> <b> 1 ;
    p:q <x#y> .
@prefix p: <x#>.
@base <x/>.
<c> <d> 2 ;
    p:y <https://e.example/q> .
<n> p:y <https://e.example/q> .
`],
  ['invents no prefixes', '<a> <b> 1 .', '', '<a> ex:c ex:d .',
    '<a> <b> 1 ;\n    <https://e.example/c> <https://e.example/d> .'],
  ['escapes what must be', '<a> <b> 1 .', '', '<a> <c> "\\"\\\\\\n\\u0001", "1"^^ex:t, 1e3, "a"^^xsd:integer .', `<a> <b> 1 ;
    <c> "\\"\\\\\\n\\u0001", "1"^^<https://e.example/t>, 1e3, "a"^^<http://www.w3.org/2001/XMLSchema#integer> .`],
  ['changes nothing for no change', card, '', '', card],
];

// [why, before, deletes, inserts]
const notDone: [string, string, string, string][] = [
  ['a triple to delete is not in the text', card, ':me ex:name "Nobody".', ''],
  ['a triple to delete is in brackets', '<a> <b> [ <c> 1 ].', '[] <c> 1 .', ''],
  ['a triple to delete has an unlabelled object', '<a> <b> [].', '<a> <b> [].', ''],
  ['the text has triple terms', '<a> <b> 1 . <c> <d> <<( <e> <f> 2 )>> .', '<a> <b> 1 .', ''],
  ['the text changes its prefixes all the time', Array.from({ length: 200 }, (_,
    n) => `@prefix p: <${n}>. <a> <b> ${n}.`).join('\n'), '', '<a> <b> 1000 .'],
];

describe('Turtle edited as text', () => {
  for (const [what, before, deletes, inserts, after] of table) {
    it(what, () => assert.equal(edit(before, deletes, inserts), after));
  }

  for (const [why, before, deletes, inserts] of notDone) {
    it(`is left to a writer when ${why}`, () => assert.equal(edit(before, deletes, inserts), undefined));
  }

  it('is left to a writer when an IRI cannot be written', () => {
    const inserts = [DataFactory.quad(DataFactory.namedNode('a:b c'), DataFactory.namedNode('a:b'),
      DataFactory.namedNode('a:b'))];
    assert.equal(atOnce(editTurtle('', { deletes: [], inserts }, { base })), undefined);
  });

  it('says what was asked, and keeps its comments, whatever its layout and the change', () => {
    fc.assert(fc.property(documents, changes, (text, { picked, added }) => {
      const before = turtle(text);
      const ground = before.filter(({ subject,
        object }) => subject.termType !== 'BlankNode' && object.termType !== 'BlankNode');
      const keys = new Set(before.map(tripleKey));
      const deletes = [...new Map(picked.filter(() => ground.length > 0).map((index) => {
        const quad = ground[index % ground.length]!;
        return [tripleKey(quad), quad];
      })).values()];
      const inserts = triples(added.join('\n')).filter((quad, index, all) =>
        !keys.has(tripleKey(quad)) && all.findIndex((other) => tripleKey(other) === tripleKey(quad)) === index);

      const after = atOnce(editTurtle(text, { deletes, inserts }, { base }));
      assert.ok(after !== undefined, text);
      const shown = (quads: readonly Quad[]) => [...new Set(graphLines(quads))].sort();
      assert.deepEqual(shown(turtle(after)), shown(atOnce(changedTriples(before, { deletes, inserts })) as Quad[]),
        `${text}\n=>\n${after}`);
      assert.deepEqual(comments(after), comments(text), `${text}\n=>\n${after}`);
      assert.deepEqual(after.match(/(?:@prefix|PREFIX) .*?>/g), text.match(/(?:@prefix|PREFIX) .*?>/g));
    }), { numRuns: 600 });
  });

  it('is scanned in a time proportional to its length, whatever it says', () => {
    for (const part of ['a.', '"', '<', 'a.a', '_:a.', '\\', "'''", '#\n', '%20', '(', '[ ', '@prefix p: <x>. ',
      '<a> <b> 1 . ']) {
      const start = performance.now();
      atOnce(scanTurtle(`<a> <b> ${part.repeat(100_000)}`, base, new Set([`${base}#a`])));
      assert.ok(performance.now() - start < 5000, `${part} repeated took ${performance.now() - start} ms`);
    }
  });
});

/** Triples as lines, blank nodes by what is said of them, to a depth that tells those of the tests apart. */
function graphLines(quads: readonly Quad[]): string[] {
  const described = (label: string, depth: number): string => depth === 0 ? '_:' : `[${quads
    .filter(({ subject }) => subject.termType === 'BlankNode' && subject.value === label)
    .map(({ predicate, object }) => `${predicate.value} ${named(object, depth - 1)}`).sort().join(';')}]`;
  const named = (term: Quad['object'], depth: number): string =>
    term.termType === 'BlankNode' ? described(term.value, depth) : term.id;
  return quads.map(({ subject, predicate, object }) => `${named(subject, 4)} ${predicate.value} ${named(object, 4)}`);
}

/** The comments of a document made here, where each is marked and ends its line. */
function comments(text: string): string[] {
  return text.match(/#!.*$/gm) ?? [];
}

const subjects = ['<#a>', ':a', 'ex:a', '<other#x>', '<>', '_:n1', 'ex:b\\,c'];
const predicates = ['a', 'ex:p', '<#q>', ':q', 'ex:r'];
const simpleObjects = ['"x"', "'y'", '"""long "quoted"\nlines"""', "'''# no comment'''", '"z"@en-GB', '"z" @de', '5',
  '-1.50', '.5', '1e3',
  'true', 'false', '"1"^^ex:t', '"2" ^^ <#t>', ':a', '<#a>', '<../b?c#d>', 'ex:a.b', 'ex:', '_:n1', '_:n2',
    String.raw`"\t\"\\\u00e9;"`];

const blank = fc.constantFrom(' ', ' ', ' ', '\n    ', '\t', '  ', ' #! note; . ,\n  ', '\n\n', '\n#! "line\n');
const tight = fc.oneof(fc.constant(''), blank);
const simpleObject = fc.constantFrom(...simpleObjects);
const nested = fc.tuple(blank, simpleObject, blank).chain(([before, object, after]) => fc.constantFrom(
  `[]`, `()`, `[${before}ex:p${after}${object} ]`, `(${before}${object}${after}"w" )`,
    `[ ex:p [ ex:r ${object} ];${after}a ex:T ]`,
));
const object = fc.oneof({ weight: 5, arbitrary: simpleObject }, { weight: 1, arbitrary: nested });
const objectList = fc.tuple(object, fc.array(fc.tuple(blank, tight, object), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.map(([before, after, next]) => `${before},${after}${next}`).join(''));
const predicateObjects = fc.tuple(fc.constantFrom(...predicates), blank, objectList).map((parts) => parts.join(''));
const statement = fc.tuple(
  fc.constantFrom(...subjects), blank, predicateObjects, fc.array(fc.tuple(blank, fc.constantFrom(';', ';', '; ;'),
    tight, predicateObjects), { maxLength: 3 }),
  fc.constantFrom(' .', '\n.', ' ; .', ' #! before the dot\n.'), fc.constantFrom('\n', '\n\n', ' ', ' #! after\n'),
).map(([subject, space, first, rest, dot, end]) =>
  subject + space + first + rest.map((parts) => parts.join('')).join('') + dot + end);
const other = fc.constantFrom('#! a line\n', '\n', '[ ex:p 1 ] .\n', '@prefix ex: <https://e.example/> .\n',
  'PREFIX : <#>\n', '@prefix o: <other#> .\n');
const documents = fc.tuple(fc.array(fc.oneof({ weight: 4, arbitrary: statement }, { weight: 1, arbitrary: other }),
  { maxLength: 6 }), fc.boolean())
  .map(([parts, crlf]) => {
    const text = `@prefix ex: <https://e.example/> .\n@prefix : <#> .\n${parts.join('')}`;
    return crlf ? text.replaceAll('\n', '\r\n') : text;
  });
const changes = fc.record({
  picked: fc.array(fc.nat(50), { maxLength: 6 }),
  added: fc.array(fc.tuple(fc.constantFrom(':a', 'ex:a', '<new>', '<>'), fc.constantFrom(...predicates),
    simpleObject.filter((text) => !text.startsWith('_:')))
    .map((parts) => `${parts.join(' ')} .`), { maxLength: 5 }),
});
