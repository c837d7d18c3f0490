import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { readRdf } from '../../src/rdf/read.ts';
import { rdf, xsd } from '../../src/rdf/vocabulary.ts';
import { base, isomorphic, read } from './graphs.ts';

const nt = 'http://n.example/';

/** Notable cases of the W3C test suites: a document, and the N-Triples that say the same. */
const good: [format: RdfFormat, text: string, triples: string][] = [
  ['turtle', '', ''],
  ['turtle', '# no more than a comment', ''],
  ['turtle', '<s> <p> <o>.', `<${nt}s> <${nt}p> <${nt}o> .`],
  ['turtle', '<s> <p> <o> ; <q> <r> , <t> ;; .',
    `<${nt}s> <${nt}p> <${nt}o> .\n<${nt}s> <${nt}q> <${nt}r> .\n<${nt}s> <${nt}q> <${nt}t> .`],
  ['turtle', '@prefix p: <#> . p:a a p: .', `<${nt}doc#a> <${rdf.type}> <${nt}doc#> .`],
  ['turtle', 'PREFIX p: <#>\nBaSe <http://b.example/x/>\np:a <p> <y> .',
    `<${nt}doc#a> <http://b.example/x/p> <http://b.example/x/y> .`],
  ['turtle', '@prefix p: <urn:1:> . @prefix p: <urn:2:> . p:s p:p p:o .', '<urn:2:s> <urn:2:p> <urn:2:o> .'],
  ['turtle', '@prefix : <urn:> . :a.b :c\\~d :%41e, :f: .',
    '<urn:a.b> <urn:c~d> <urn:%41e> .\n<urn:a.b> <urn:c~d> <urn:f:> .'],
  ['turtle', '@prefix é: <urn:> . é:ü é:1 é:日本 .', '<urn:ü> <urn:1> <urn:日本> .'],
  ['turtle', '<s> <p> 1, -1.5, .5, 1e0, 01, true .', [
    ['1', xsd.integer], ['-1.5', xsd.decimal], ['.5', xsd.decimal], ['1e0', xsd.double], ['01', xsd.integer],
    ['true', xsd.boolean],
  ].map(([value, type]) => `<${nt}s> <${nt}p> "${value}"^^<${type}> .`).join('\n')],
  ['turtle', '<s> <p> "a\\tb\\u00e9\\U0001F600", \'it"s\', """a\n"b\\""""\n, \'\'\'x\'\'\' .', [
    'a\\tbé😀', 'it\\"s', 'a\\n\\"b\\"', 'x',
  ].map((value) => `<${nt}s> <${nt}p> "${value}" .`).join('\n')],
  ['turtle', '<s> <p> "x"@en-GB, "1"^^<urn:t> .', `<${nt}s> <${nt}p> "x"@en-GB .\n<${nt}s> <${nt}p> "1"^^<urn:t> .`],
  ['turtle', '<s\\u00e9> <p> <http://h/\\U0001F600> .', `<${nt}sé> <${nt}p> <http://h/😀> .`],
  ['turtle', '_:a <p> _:b.c . _:a <q> [] .', `_:1 <${nt}p> _:2 .\n_:1 <${nt}q> _:3 .`],
  ['turtle', '[ <p> <o> ; <q> [ <r> 1 ] ] .',
    `_:1 <${nt}p> <${nt}o> .\n_:1 <${nt}q> _:2 .\n_:2 <${nt}r> "1"^^<${xsd.integer}> .`],
  ['turtle', '( <x> () ) <p> () .', [
    `_:1 <${rdf.first}> <${nt}x>`, `_:1 <${rdf.rest}> _:2`, `_:2 <${rdf.first}> <${rdf.nil}>`,
    `_:2 <${rdf.rest}> <${rdf.nil}>`, `_:1 <${nt}p> <${rdf.nil}>`,
  ].map((line) => `${line} .`).join('\n')],
  ['turtle', '<> <#p> <?q>, <../x>, </y>, <//h.example/z>, <./>, <a/./b/../c> .', [
    `${nt}doc?q`, `${nt}x`, `${nt}y`, 'http://h.example/z', nt, `${nt}a/c`,
  ].map((iri) => `<${nt}doc> <${nt}doc#p> <${iri}> .`).join('\n')],
  ['trig', '<s> <p> <o> . { <s> <p> <o2> } <g> { <s> <p> <o> } GRAPH _:g { <s> <p> <o> . }', [
    `<${nt}s> <${nt}p> <${nt}o> .`, `<${nt}s> <${nt}p> <${nt}o2> .`,
    `<${nt}s> <${nt}p> <${nt}o> <${nt}g> .`, `<${nt}s> <${nt}p> <${nt}o> _:1 .`,
  ].join('\n')],
  ['ntriples', '<a:s> <a:p> "x"@en . # comment\r\n\r\n_:b <a:p> "y"^^<a:t>.',
    '<a:s> <a:p> "x"@en .\n_:1 <a:p> "y"^^<a:t> .'],
  ['nquads', '<a:s> <a:p> <a:o> <a:g> .\n<a:s> <a:p> <a:o> _:g .',
    '<a:s> <a:p> <a:o> <a:g> .\n<a:s> <a:p> <a:o> _:1 .'],
];

/** What is refused: a document, the line and column where it goes wrong, and something that the detail says. */
const bad: [format: RdfFormat, text: string, line: number, column: number, says: RegExp][] = [
  ['turtle', '<a> <b> <c>', 1, 12, /punctuation/],
  ['turtle', '<a> <b> ', 1, 9, /the end of the document/],
  ['turtle', '<a> <b> .', 1, 9, /expected a term/],
  ['turtle', '<a> .', 1, 5, /unexpected/],
  ['turtle', '<a> <b> <c> ;\n  <d> .', 2, 7, /expected a term/],
  ['turtle', '<a> <b> <c> <d> .', 1, 13, /punctuation/],
  ['turtle', 'hello', 1, 1, /"hello"/],
  ['turtle', '<a> <b> ex:c .', 1, 9, /undefined prefix "ex:"/],
  ['turtle', '@prefix ex <http://ex/> .', 1, 9, /"ex"/],
  ['turtle', '@prefix ex: <http://ex/>\nex:a ex:b ex:c .', 2, 1, /dot/],
  ['turtle', 'PREFIX ex: <http://ex/> .', 1, 25, /./],
  ['turtle', '@base "x" .', 1, 7, /IRI/],
  ['turtle', '<a b> <c> <d> .', 1, 1, /not a valid IRI/],
  ['turtle', '<a> <b> <http://h/{x}> .', 1, 9, /not a valid IRI/],
  ['turtle', '<a> <b>\n\t<http://h/<x> .', 2, 2, /not a valid IRI/],
  ['turtle', '<a> <b> <http://h/\\u0020x> .', 1, 9, /not a valid IRI/],
  ['turtle', '<a> <b> <1:2> .', 1, 9, /<1:2> is not a valid IRI/],
  ['turtle', '<a> <b> "open .', 1, 9, /string/],
  ['turtle', '<a> <b> "two\nlines" .', 1, 9, /string/],
  ['turtle', '<a> <b> "bad \\q escape" .', 1, 9, /escape/],
  ['turtle', '<a> <b> """open\n\n', 1, 9, /string/],
  ['turtle', '<a> <b> "\\uD800" .', 1, 9, /escape/],
  ['turtle', '<a> <b> "x"@ .', 1, 12, /"@"/],
  ['turtle', '<a> <b> "x"@averylongsubtag .', 1, 12, /language tag/],
  ['turtle', '<a> <b> "x"^^ .', 1, 12, /./],
  ['turtle', '<a> <b> 1.2.3 .', 1, 9, /"1.2.3"/],
  ['turtle', '<a> "b" <c> .', 1, 5, /literal/],
  ['turtle', '"a" <b> <c> .', 1, 1, /literal/],
  ['turtle', '<a> _:b <c> .', 1, 5, /blank node as predicate/],
  ['turtle', '<a> <b> ( 1 2 .', 1, 15, /expected a term/],
  ['turtle', '<a> <b> [ <c> <d> .', 1, 19, /punctuation/],
  ['turtle', '<a> <b> <c> ] .', 1, 13, /./],
  ['turtle', '[] .', 1, 4, /unexpected/],
  ['turtle', '\n\n  # comment\r\n   <a> <b> <c> . %%', 4, 18, /"%%"/],
  ['turtle', '<a> <b> """x\ny""" . !', 2, 8, /"!"/],
  ['turtle', '<g> { <a> <b> <c> }', 1, 5, /\{/],
  ['turtle', '{ <a> <b> <c> }', 1, 1, /graph/],
  ['turtle', 'GRAPH <g> { }', 1, 1, /GRAPH/],
  ['turtle', '<a> => <b> .', 1, 5, /"=>"/],
  ['turtle', '<a> <b> ?x .', 1, 9, /"\?x"/],
  ['turtle', '<a>!<b> <c> <d> .', 1, 4, /"!<b>"/],
  ['turtle', '@forAll <a> .', 1, 1, /"@forAll"/],
  ['turtle', '<a> is <b> of <c> .', 1, 5, /"is"/],
  ['turtle', '<< <a> <b> <c> >> <d> <e> .', 1, 1, /RDF 1\.2/],
  ['turtle', '<a> <b>\n<<( <a> <b> <c> )>> .', 2, 1, /RDF 1\.2/],
  ['turtle', '<a> <b> <c> {| <d> <e> |} .', 1, 13, /RDF 1\.2/],
  ['turtle', '<a> <b> <c> ~ <d> .', 1, 13, /RDF 1\.2/],
  ['turtle', '<a> <b> "x"@en--ltr .', 1, 15, /RDF 1\.2/],
  ['turtle', 'VERSION "1.2"', 1, 1, /RDF 1\.2/],
  ['trig', '<g> { <a> <b> <c>', 1, 18, /./],
  ['trig', '<g> { <a> <b> <c> . } }', 1, 23, /./],
  ['ntriples', '<a> <b:b> <c:c> .', 1, 1, /<a> is not a valid IRI/],
  ['ntriples', '@prefix a: <a:> .', 1, 1, /"@prefix"/],
  ['ntriples', '<a:a> a <c:c> .', 1, 7, /"a"/],
  ['ntriples', '<a:a> <b:b> 1 .', 1, 13, /"1"/],
  ['ntriples', "<a:a> <b:b> 'x' .", 1, 13, /string/],
  ['ntriples', '<a:a> <b:b> """x""" .', 1, 13, /string/],
  ['ntriples', '<a:a> <b:b> "x", "y" .', 1, 16, /","/],
  ['ntriples', '<a:a> <b:b> "x" . <a:a> <b:b> "y" .', 1, 19, /line of its own/],
  ['ntriples', '<a:a> <b:b>\n"x" .', 2, 1, /broken into lines/],
  ['ntriples', '<a:a> <b:b> <c:c> <g:g> .', 1, 19, /punctuation/],
  ['nquads', '<a:a> <b:b> <c:c> <g:g> <h:h> .', 1, 25, /dot/],
  ['nquads', '<a:a> <b:b> <c:c> "g" .', 1, 19, /./],
];

describe('Reading Turtle, TriG, N-Triples and N-Quads', () => {
  for (const [format, text, triples] of good) {
    it(`reads ${format} ${JSON.stringify(text)}`, async () => {
      const { quads } = await read(text, { format, base: `${nt}doc` });
      assert.ok(isomorphic(quads, (await read(triples, { format: 'nquads' })).quads), JSON.stringify(quads, undefined,
        1));
    });
  }

  for (const [format, text, line, column, says] of bad) {
    it(`refuses ${format} ${JSON.stringify(text)}`, async () => {
      await assert.rejects(read(text, { format }), (error: Error & { kind?: string }) => {
        assert.equal(error.kind, 'invalid', error.stack);
        assert.match(error.message, new RegExp(`^[\\w-]+, line ${line}, column ${column}: `));
        assert.match(error.message, says);
        return true;
      });
    });
  }

  it('gives the prefixes as they are declared last, resolved', async () => {
    const text = '@prefix a: <#> . PREFIX : <urn:1> @prefix : <urn:2> . @prefix constructor: <urn:3> .';
    const { prefixes } = await read(text);
    assert.deepEqual([...prefixes], [['a', `${base}#`], ['', 'urn:2'], ['constructor', 'urn:3']]);
  });

  it('gives blank nodes labels of their own in every reading', async () => {
    const [first, second] = [await read('_:a <p> [] .'), await read('_:a <p> [] .')];
    const labels = [first, second].flatMap(({ quads }) => quads.flatMap(({ subject, object }) => [subject.value,
      object.value]));
    assert.equal(new Set(labels).size, 4);
  });

  it('keeps the letter case of language tags, by which terms are not told apart (RDF 1.1 Concepts, 3.3)', async () => {
    const [upper, lower] = (await read('<a> <b> "x"@EN-gb, "x"@en-GB .')).quads.map(({ object }) => object);
    assert.deepEqual([upper, lower].map((literal) => literal?.termType === 'Literal' && literal.language), ['EN-gb',
      'en-GB']);
    assert.ok(upper?.equals(lower));
  });

  it('stops at the limit of statements', async () => {
    await assert.rejects(read('<a> <b> 1, 2, 3 .', { maxQuads: 2 }), { kind: 'too-large' });
    assert.equal((await read('<a> <b> 1, 2, 3 .', { maxQuads: 3 })).quads.length, 3);
  });

  it('refuses a short text that stands for more than memory holds', async () => {
    const bomb = `@prefix a: <http://e/${'a'.repeat(300_000)}>. ${'a:x a:y "z"^^a:d. '.repeat(400)}`;
    await assert.rejects(read(bomb, { maxQuads: 1000 }), { kind: 'too-large' });
  });

  it('takes a byte order mark, and refuses what is not UTF-8 with the offset of the byte', async () => {
    const options = { format: 'turtle', base, maxQuads: 10 } as const;
    const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
    assert.equal((await readRdf(Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8('<a> <b> <c> .')]), options)).quads.length,
      1);
    for (const [bytes, offset] of [
      [[...utf8('<a> <b> "é'), 0xff, ...utf8('" .')], 11],
      [[0xef, 0xbb, 0xbf, 0x80], 3],
      [[...utf8('# '), 0xe2, 0x82], 2],
      [[0xed, 0xa0, 0x80], 0],
    ] as const) {
      await assert.rejects(readRdf(Uint8Array.from(bytes), options), { kind: 'invalid',
        message: new RegExp(`offset ${offset} `) });
    }
  });

  it('ends in a document or in a problem, whatever the text', async () => {
    const token = fc.constantFrom(
      '<a>', '_:b', '"s"', '"""l\n"""', '@en', '^^', '[', ']', '(', ')', '.', ';', ',', 'a', '1', 'p:q', '@prefix',
        'p:',
      'PREFIX', '@base', '{', '}', 'GRAPH', '<<', '>>', '#\n', '?v', '=>', '<a b>', '\u0000', 'é', '\\', '"',
    );
    const format = fc.constantFrom<RdfFormat>('turtle', 'trig', 'ntriples', 'nquads');
    await fc.assert(fc.asyncProperty(format, fc.array(token, { maxLength: 20 }), async (given, tokens) => {
      const outcome = await read(tokens.join(' '), { format: given }).catch((error: unknown) => error);
      assert.ok(outcome instanceof Error ? outcome.name === 'Problem' : outcome, String(outcome));
    }), { numRuns: 1000 });
  });

  it('takes nesting of any depth', async () => {
    assert.equal((await read(`<a> <p> ${'[ <p> '.repeat(100_000)}1${' ]'.repeat(100_000)} .`)).quads.length, 100_001);
    await assert.rejects(read('('.repeat(100_000)), { kind: 'invalid' });
  });

  it('reads long documents in slices as it reads them whole', async () => {
    const statement = (index: number): string => (
      `<#s${index}> a <#T>, ex:t${index} ; <#p> "é😀 ${index}"@en-GB, `
      + `"""line ${'x'.repeat(index % 97)}\n"two" """, ${index}.5, `
      + `[ <#q> ( 1 _:b${index % 10} ) ] . # comment ${index}\r\n`
    );
    const texts = Array.from({ length: 4000 }, (_, index) => statement(index));
    const { quads } = await read(`@prefix ex: <urn:ex:> .\n${texts.join('')}`);
    const single: typeof quads = [];
    for (const text of texts) single.push(...(await read(`@prefix ex: <urn:ex:> .\n${text}`)).quads);
    const plain = (all: typeof quads): string[] => all.map((quad) => (
      [quad.subject, quad.predicate,
        quad.object].map((term) => term.termType === 'BlankNode' ? '_' : term.value).join(' ')
    ));
    assert.deepEqual(plain(quads), plain(single));
    const broken = read(`@prefix ex: <urn:ex:> .\n${texts.join('')}\n  oops`);
    await assert.rejects(broken, { message: /line 8003, column 3:/ });
  });

  it('lets other work run while it reads 10 MB', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => (
      `<http://pod.example/alice/things/${index}> <http://schema.example/name> "The name of thing ${index} is long" .\n`
    ));
    const text = lines.join('');
    assert.ok(text.length > 10_000_000);
    let turns = 0;
    const timer = setInterval(() => { turns += 1; }, 1);
    assert.equal((await read(text)).quads.length, 100_000);
    clearInterval(timer);
    assert.ok(turns >= 50, `${turns} turns`);
  }).timeout(60_000);
});
