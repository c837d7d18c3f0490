import assert from 'node:assert/strict';
import { Parser } from 'n3';
import { parseN3Patch } from '../../src/rdf/n3-patch.ts';
import { applyPatch, changedTriples, patchNeeds, tripleKey, type Patch } from '../../src/rdf/patch.ts';
import { atOnce } from './graphs.ts';

const base = 'https://pod.example/doc.ttl';
const prefixes = '@prefix solid: <http://www.w3.org/ns/solid/terms#>. @prefix ex: <https://e.example/>.\n';
const before = '<#a> <b> 1, 2; <c> <#x>. <#x> <d> "x"@en .';

function turtle(text: string) {
  return new Parser({ baseIRI: base }).parse(text);
}

function parse(text: string): Patch {
  return parseN3Patch(prefixes + text, base);
}

function lines(quads: Parameters<typeof changedTriples>[0]): string[] {
  return quads.map((quad) => tripleKey(quad).replace(/_:\S+/g, '_:')).sort();
}

function patched(text: string): string[] {
  const quads = turtle(before);
  return lines(atOnce(changedTriples(quads, atOnce(applyPatch(quads, parse(text))))));
}

function is(after: string): (text: string) => void {
  return (text) => assert.deepEqual(patched(text), lines(turtle(after)));
}

function refused(kind: string, words: RegExp): (text: string) => void {
  return (text) => {
    assert.throws(() => patched(text), { name: 'Problem', kind, message: words });
  };
}

// [requirement of the Solid Protocol, what it comes to, patch, what must happen]
const requirements: [string, string, string, (text: string) => void][] = [
  ['server-patch-n3-patches', 'a document without a patch is refused', '<x> <y> <z>.', refused('unprocessable',
    /no patch/)],
  ['server-patch-n3-patches', 'an empty document is refused', '', refused('unprocessable', /no patch/)],
  ['server-patch-n3-patch-identifier', 'the patch may be a labelled blank node',
    '_:p a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', is(`${before} <n> <n> 1 .`)],
  ['server-patch-n3-patch-identifier', 'the patch may be an unlabelled blank node',
    '[] a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', is(`${before} <n> <n> 1 .`)],
  ['server-patch-n3-patch-identifier', 'the patch may be an IRI',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', is(`${before} <n> <n> 1 .`)],
  ['server-patch-n3-patch-identifier', 'the patch may not be a literal',
    '"p" a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', refused('unprocessable', /IRI or a blank node/)],
  ['server-patch-n3-patch-identifier', 'the patch may not be a variable',
    '?p a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', refused('unprocessable', /IRI or a blank node/)],
  ['server-patch-n3-type', 'the patch may also be a solid:Patch',
    '<> a solid:Patch, solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }.', is(`${before} <n> <n> 1 .`)],
  ['server-patch-n3-simple-type', 'a patch without type is refused', '<> solid:inserts { <n> <n> 1 }.',
    refused('unprocessable', /type solid:InsertDeletePatch/)],
  ['server-patch-n3-simple-type', 'a patch that is a solid:Patch only is refused',
    '<> a solid:Patch; solid:inserts { <n> <n> 1 }.',
    refused('unprocessable', /type solid:InsertDeletePatch/)],
  ['server-patch-n3-deletes', 'two deletes are refused',
    '<> a solid:InsertDeletePatch; solid:deletes { <#a> <b> 1 }, { <#a> <b> 2 }.',
    refused('unprocessable', /at most one triple with solid:deletes/)],
  ['server-patch-n3-inserts', 'two inserts are refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }; solid:inserts { <n> <n> 2 }.',
    refused('unprocessable', /at most one triple with solid:inserts/)],
  ['server-patch-n3-where', 'two wheres are refused',
    '<> a solid:InsertDeletePatch; solid:where { ?x <b> 1 }, { ?x <b> 2 }.',
    refused('unprocessable', /at most one triple with solid:where/)],
  ['server-patch-n3-formulae', 'an IRI is no formula', '<> a solid:InsertDeletePatch; solid:inserts <n>.',
    refused('unprocessable', /must be a formula/)],
  ['server-patch-n3-formulae', 'a blank node is no formula', '<> a solid:InsertDeletePatch; solid:inserts [ <n> 1 ].',
    refused('unprocessable', /must be a formula/)],
  ['server-patch-n3-formulae', 'a list of formulae is no formula',
    '<> a solid:InsertDeletePatch; solid:inserts ({ <n> <n> 1 }).',
    refused('unprocessable', /must be a formula/)],
  ['server-patch-n3-formulae', 'nested formulae are refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> { <n> <n> 1 } }.',
    refused('unprocessable', /nested/)],
  ['server-patch-n3-formulae', 'rules are refused',
    '<> a solid:InsertDeletePatch; solid:inserts { { <n> <n> 1 } => { <n> <n> 2 } }.',
    refused('unprocessable', /nested/)],
  ['server-patch-n3-formulae', 'formulae elsewhere are refused',
    '<> a solid:InsertDeletePatch; solid:insert { <n> <n> 1 }.',
    refused('unprocessable', /no formulae but those of/)],
  ['server-patch-n3-formulae', 'a literal as subject is refused',
    '<> a solid:InsertDeletePatch; solid:inserts { "n" <n> 1 }.',
    refused('unprocessable', /triples and triple patterns/)],
  ['server-patch-n3-formulae', 'a blank node as predicate is refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> _:n 1 }.',
    refused('unprocessable', /triples and triple patterns/)],
  ['server-patch-n3-formulae', 'a triple term is refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> <<( <n> <n> 1 )>> }.',
    refused('unprocessable', /triples and triple patterns/)],
  ['server-patch-n3-formulae', 'a base direction, which is no RDF 1.1, is refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> "x"@en--ltr }.',
    refused('unprocessable', /triples and triple patterns/)],
  ['server-patch-n3-formulae', 'empty formulae are allowed',
    '<> a solid:InsertDeletePatch; solid:where {}; solid:deletes {}; solid:inserts {}.',
    is(before)],
  ['server-patch-n3-formulae', 'absent formulae are empty', '<> a solid:InsertDeletePatch.', is(before)],
  ['server-patch-n3-single', 'two patches are refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }. <y> a solid:InsertDeletePatch; solid:inserts { <n> <n> 2 }.',
    refused('unprocessable', /exactly one patch/)],
  ['server-patch-n3-single', 'parts of another resource are refused',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 }. <y> solid:deletes { <#a> <b> 1 }.',
    refused('unprocessable', /exactly one patch/)],
  ['server-patch-n3-variables', 'a variable of inserts must be in where',
    '<> a solid:InsertDeletePatch; solid:inserts { ?n <n> 1 }.',
    refused('unprocessable', /variable \?n /)],
  ['server-patch-n3-variables', 'a variable of deletes must be in where',
    '<> a solid:InsertDeletePatch; solid:where { ?x <b> 1 }; solid:deletes { ?y <b> 1 }.', refused('unprocessable',
      /variable \?y /)],
  ['server-patch-n3-blank-nodes', 'deletes with a blank node is refused',
    '<> a solid:InsertDeletePatch; solid:deletes { _:n <b> 1 }.',
    refused('unprocessable', /deletes formula must not contain blank nodes/)],
  ['server-patch-n3-blank-nodes', 'deletes with a list is refused',
    '<> a solid:InsertDeletePatch; solid:deletes { <#a> <b> (1) }.',
    refused('unprocessable', /deletes formula must not contain blank nodes/)],
  ['server-patch-n3-blank-nodes', 'inserts may have blank nodes',
    '<> a solid:InsertDeletePatch; solid:inserts { <n> <n> _:n, [ <n> _:n ], (1 _:n). _:n <n> 1 }.',
    is(`${before} <n> <n> _:n, [ <n> _:n ], (1 _:n). _:n <n> 1 .`)],
  ['server-patch-n3-blank-nodes', 'where may have blank nodes, which match anything',
    '<> a solid:InsertDeletePatch; solid:where { ?a <b> _:any; <c> [ <d> "x"@en ] }; solid:inserts { ?a <n> 1 }.',
    is(`${before} <#a> <n> 1 .`)],
  ['server-patch-n3-blank-nodes-syntax', 'a label in where and in inserts is refused',
    '<> a solid:InsertDeletePatch; solid:where { <#a> <c> _:n }; solid:inserts { _:n <n> 1 }.',
      refused('unprocessable', /_:n /)],
  ['server-patch-n3-blank-nodes-syntax', 'the label of the patch in a formula is refused',
    '_:p a solid:InsertDeletePatch; solid:inserts { _:p <n> 1 }.', refused('unprocessable', /_:p /)],
  ['server-patch-n3-blank-nodes-syntax', 'the label of the patch in brackets in where is refused',
    '_:p a solid:InsertDeletePatch; solid:where { <#a> <c> [ <d> _:p ] }.', refused('unprocessable', /_:p /)],
  ['server-n3-patch-where', 'matching by variables',
    '<> a solid:InsertDeletePatch; solid:where { ?x <d> ?y }; solid:deletes { ?x <d> ?y }; solid:inserts { ?x <e> ?y }.',
    is(before.replace('<d>', '<e>'))],
  ['server-patch-n3-semantics', 'deletions come before insertions',
    '<> a solid:InsertDeletePatch; solid:deletes { <#a> <b> 1 }; solid:inserts { <#a> <b> 1 }.', is(before)],
  ['server-patch-n3-semantics', 'what is there is not inserted again',
    '<> a solid:InsertDeletePatch; solid:inserts { <#a> <b> 1 }.', is(before)],
  ['server-patch-n3-semantics-no-mapping', 'where that does not match is a conflict',
    '<> a solid:InsertDeletePatch; solid:where { ?x <nowhere> ?y }; solid:inserts { ?x <n> 1 }.', refused('conflict',
      /do not match/)],
  ['server-patch-n3-semantics-no-mapping', 'a condition without variables that does not hold is a conflict',
    '<> a solid:InsertDeletePatch; solid:where { <#a> <b> 3 }; solid:inserts { <n> <n> 1 }.', refused('conflict',
      /do not match/)],
  ['server-patch-n3-semantics-no-mapping', 'where that matches in several ways is a conflict',
    '<> a solid:InsertDeletePatch; solid:where { <#a> <b> ?n }; solid:inserts { <#a> <n> ?n }.', refused('conflict',
      /in 2 ways/)],
  ['server-patch-n3-semantics-deletions-non-empty-all-triples', 'deleting what is not there is a conflict',
    '<> a solid:InsertDeletePatch; solid:deletes { <#a> <b> 1, 3 }.', refused('conflict',
      /<https:\/\/pod.example\/doc.ttl#a> <https:\/\/pod.example\/b> "3"/)],
];

// [requirement, patch, access needed]
const needs: [string, string, string][] = [
  ['an empty patch needs nothing', '', ''],
  ['server-n3-patch-where', 'solid:where { ?x <b> 1 }', 'read'],
  ['server-n3-patch-insert', 'solid:inserts { <n> <n> 1 }', 'append'],
  ['server-n3-patch-delete', 'solid:deletes { <#a> <b> 1 }', 'read write'],
  ['all of them', 'solid:where { ?x <b> 1 }; solid:deletes { ?x <b> 1 }; solid:inserts { ?x <b> 2 }',
    'read append write'],
];

describe('an N3 Patch (Solid Protocol 5.3.1)', () => {
  for (const [id, what, text, check] of requirements) {
    it(`${id}: ${what}`, () => check(text));
  }

  for (const [id, parts, expected] of needs) {
    it(`${id}: access needed is ${expected || 'none'}`, () => {
      const access = patchNeeds(parse(`<> a solid:InsertDeletePatch; ${parts}.`));
      assert.equal(Object.entries(access).filter(([, needed]) => needed).map(([mode]) => mode).join(' '), expected);
    });
  }

  it('may come in any order, with prefixes that are not used', () => {
    const patch = '<> solid:inserts { ?x <n> 1 }. <> solid:where { ?x <b> 2 }. <> a solid:InsertDeletePatch.';
    is(`${before} <#a> <n> 1 .`)(`@prefix un: <used>. ${patch}`);
  });

  it('may say more of itself, which changes nothing', () => {
    const patch = '<> a solid:InsertDeletePatch; ex:author [ ex:name "A" ]; solid:inserts { <n> <n> 1 }.';
    is(`${before} <n> <n> 1 .`)(patch);
  });

  it('keeps literals as they are', () => {
    const [step] = parse('<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1.50, "01"^^ex:n, "x"@en-GB }.').steps;
    assert.deepEqual(step?.inserts.map(({ object }) => [object.value, (object as { language?: string }).language]),
      [['1.50', ''], ['01', ''], ['x', 'en-GB']]);
  });

  for (const [text, line, column] of [
    ['<> a solid:InsertDeletePatch; solid:inserts { <n> <n> 1 ', 2, 57],
    ['<> a solid:InsertDeletePatch;\n  solid:inserts { <n> un:known 1 }.', 3, 23],
    ['<> a .', 2, 6],
  ] as const) {
    it(`that is not N3 is invalid, and the place is told: ${JSON.stringify(text)}`, () => {
      assert.throws(() => parse(text),
        { name: 'Problem', kind: 'invalid', message: new RegExp(`^N3 Patch, line ${line}, column ${column}: `) });
    });
  }

  it('that n3 trips over is invalid too', () => {
    for (const text of ['<> a solid:InsertDeletePatch; solid:inserts { <a b> <n> 1 }.', '<> <p> "x', '<> a', '{',
      '} .', '<> solid:inserts { <n> <n> }.', '( { ', '@prefix', '@forAll']) {
      assert.throws(() => parse(text), { name: 'Problem' }, text);
    }
  });
});
