import assert from 'node:assert/strict';
import type { Quad } from '@rdfjs/types';
import fc from 'fast-check';
import {
  identityChanges, identityDocuments, identityStatements, noIdentityStatements, refuseIdentityChange, webIdsAt,
} from '../../src/access/identity-statements.ts';
import { parsePath } from '../../src/pods/path.ts';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { dataFactory } from '../../src/rdf/terms.ts';
import { cert, foaf, security, solid } from '../../src/rdf/vocabulary.ts';
import { read } from '../rdf/graphs.ts';

const { blankNode, defaultGraph, literal, namedNode, quad } = dataFactory;

const prefixes = `@prefix cert: <${cert.namespace}>. @prefix foaf: <${foaf.namespace}>. @prefix sec: <${security.namespace}>.
  @prefix solid: <${solid.namespace}>. `;
const issuer = '<#me> solid:oidcIssuer <https://issuer.example/>. ';
const key = '<#me> cert:key [ a cert:RSAPublicKey; cert:modulus "c0ffee"; cert:exponent 65537 ]. ';

async function identityOf(text: string, format: RdfFormat = 'turtle') {
  return identityStatements((await read(format === 'jsonld' ? text : prefixes + text, { format })).quads);
}

describe('the statements that decide who someone is', () => {
  /** Two documents, and the kinds of statement in which they differ. */
  const pairs: [what: string, before: string, after: string, changes: string[], format?: RdfFormat][] = [
    ['nothing and nothing', '', '', []],
    ['a name', `${issuer} <#me> foaf:name "Ann".`, `${issuer} <#me> foaf:name "Anna"; foaf:knows [ foaf:name "Bo" ].`, []],
    ['the order', issuer + key, key + issuer, []],
    ['what is said twice', issuer, issuer + issuer, []],
    ['the way a key is written', key, '_:k cert:exponent 65537; cert:modulus "c0ffee"; a cert:RSAPublicKey. <#me> cert:key _:k.', []],
    ['an issuer that comes', '', issuer, ['solid:oidcIssuer']],
    ['an issuer that goes', issuer, '', ['solid:oidcIssuer']],
    ['an issuer more', issuer, `${issuer} <#me> solid:oidcIssuer <https://evil.example/>.`, ['solid:oidcIssuer']],
    ['another issuer', issuer, '<#me> solid:oidcIssuer <https://evil.example/>.', ['solid:oidcIssuer']],
    ['an issuer by a slash', issuer, '<#me> solid:oidcIssuer <https://issuer.example>.', ['solid:oidcIssuer']],
    ['an issuer as text', issuer, '<#me> solid:oidcIssuer "https://issuer.example/".', ['solid:oidcIssuer']],
    ['whose issuer', issuer, '<#you> solid:oidcIssuer <https://issuer.example/>.', ['solid:oidcIssuer']],
    ['an issuer of nobody', '', '[] solid:oidcIssuer <https://evil.example/>.', ['solid:oidcIssuer']],
    ['what else is said of a blank node with an issuer', '[] solid:oidcIssuer <a>; foaf:name "Ann".', '[] solid:oidcIssuer <a>.', []],
    ['one blank node with an issuer and a key, or two', '[] solid:oidcIssuer <a>; sec:publicKey <k>.',
      '[] solid:oidcIssuer <a>. [] sec:publicKey <k>.', ['solid:oidcIssuer', 'sec:publicKey']],
    ['a modulus', key, key.replace('c0ffee', 'c0ffed'), ['cert:key', 'cert:modulus', 'cert:exponent']],
    ['the type of a key', key, key.replace('RSAPublicKey', 'Key'), ['cert:key', 'cert:modulus', 'cert:exponent']],
    ['a key twice', key, key + key, ['cert:key', 'cert:modulus', 'cert:exponent']],
    ['what is deep in a key', '<#me> sec:verificationMethod [ <a> [ <b> [ <c> 1 ] ] ].',
      '<#me> sec:verificationMethod [ <a> [ <b> [ <c> 2 ] ] ].', ['sec:verificationMethod']],
    ['a list', '<#me> sec:authentication (<#a> <#b>).', '<#me> sec:authentication (<#b> <#a>).', ['sec:authentication']],
    ['what is said of a key with a name of its own', '<#me> sec:publicKey <#k>. <#k> foaf:name "old".',
      '<#me> sec:publicKey <#k>. <#k> foaf:name "new".', []],
    ['the text of a key with a name of its own', '<#k> sec:publicKeyPem "old".', '<#k> sec:publicKeyPem "new".', ['sec:publicKeyPem']],
    ['a named graph', `${issuer} <#g> { <#me> foaf:name "Ann". }`, `${issuer} <#g> { <#me> foaf:name "Anna". }`, [], 'trig'],
    ['an issuer in a named graph', issuer, `${issuer} <#g> { <#me> solid:oidcIssuer <https://evil.example/>. }`, ['solid:oidcIssuer'], 'trig'],
    ['an issuer that moves to a named graph', issuer, `<#g> { ${issuer} }`, ['solid:oidcIssuer'], 'trig'],
    ['a part of a key that moves to a named graph', '<#me> cert:key _:k. _:k <in> 1.', '<#me> cert:key _:k. <#g> { _:k <in> 1. }', ['cert:key'], 'trig'],
    ['the same in JSON-LD', '{"@id": "#me", "http://www.w3.org/ns/solid/terms#oidcIssuer": {"@id": "https://issuer.example/"}}',
      '{"@id": "#me", "http://www.w3.org/ns/solid/terms#oidcIssuer": {"@id": "https://evil.example/"}}', ['solid:oidcIssuer'], 'jsonld'],
    ...Object.values({ ...solid, ...cert, ...security, '': solid.oidcIssuer })
      .filter((iri) => iri === solid.oidcIssuer || (iri.startsWith(cert.namespace) || iri.startsWith(security.namespace)) && !iri.endsWith('#'))
      .map((iri): [string, string, string, string[]] => [iri, '', `<#me> <${iri}> <#x>.`,
        [iri.replace(solid.namespace, 'solid:').replace(cert.namespace, 'cert:').replace(security.namespace, 'sec:')]]),
  ];
  for (const [what, before, after, changes, format] of pairs) {
    it(`${changes.length === 0 ? 'do not depend on' : 'change with'} ${what}`, async () => {
      const [one, other] = [await identityOf(before, format), await identityOf(after, format)];
      assert.deepEqual(identityChanges(one, other), changes);
      assert.deepEqual(identityChanges(other, one), changes);
      assert.deepEqual(identityChanges(one, await identityOf(before, format)), []);
    });
  }

  it('are the same in all formats', async () => {
    const jsonld = JSON.stringify({ '@context': { cert: cert.namespace }, '@id': '#me', 'cert:key': {
      '@type': 'cert:RSAPublicKey', 'cert:exponent': 65537, 'cert:modulus': 'c0ffee' } });
    assert.deepEqual(identityChanges(await identityOf(key), await identityOf(jsonld, 'jsonld')), []);
  });

  /** Not even with itself: what cannot be compared in good time counts as changed. */
  const incomparable: [what: string, text: string][] = [
    ['blank nodes in a circle', '<#me> cert:key _:a. _:a <in> _:b. _:b <in> _:a.'],
    ['a blank node in itself', '_:a cert:key _:a.'],
    ['blank nodes too deep in each other', `<#me> cert:key ${'[ <in> '.repeat(400)} 1 ${' ]'.repeat(400)}.`],
    ['too many of them', `<#me> cert:key ${Array.from({ length: 1001 }, (_, i) => `<#${i}>`).join()}.`],
    ['a key of too many statements', `<#me> cert:key [ <in> ${Array.from({ length: 1001 }, (_, i) => `<#${i}>`).join()} ].`],
  ];
  for (const [what, text] of incomparable) {
    it(`never agree when there are ${what}`, async () => {
      const [one, same] = [await identityOf(text), await identityOf(text)];
      assert.ok(identityChanges(one, same).includes('cert:key'));
      assert.ok(identityChanges(one, noIdentityStatements).includes('cert:key'));
    });
  }

  it('take no longer for what unfolds to millions than for what is written, nor for the largest documents', async () => {
    const five = [0, 1, 2, 3, 4];
    const layers = Array.from({ length: 14 }, (_, i) => five.map((j) =>
      `_:n${i}x${j} <in> ${five.map((to) => `_:n${i + 1}x${to}`).join()}.`).join('\n')).join('\n');
    const wide = await read(`${prefixes} <#me> cert:key _:n0x0. ${layers}`);
    const large = Array.from({ length: 300_000 }, (_, i) => quad(blankNode(`b${i}`), namedNode(cert.key), blankNode(`b${i + 1}`), defaultGraph()));
    // If it took as long as what unfolds, it would not end within the time that a test has.
    assert.ok(identityChanges(identityStatements(large), noIdentityStatements).length > 0);
    assert.deepEqual(identityChanges(identityStatements(wide.quads), identityStatements(wide.quads)), []);
  });

  it('are refused with the reason, the WebID and the kind of statement', async () => {
    const [before, after] = [await identityOf(issuer + key), await identityOf('')];
    assert.throws(() => refuseIdentityChange(['https://ann.example/#me'], before, after), {
      kind: 'forbidden',
      message: 'The statements that decide who <https://ann.example/#me> is (solid:oidcIssuer, cert:key, cert:modulus, ' +
        'cert:exponent) change only through the account, not with an app: leave them as they are.',
    });
    refuseIdentityChange(['https://ann.example/#me'], before, before);
  });
});

/** Blank nodes refer only to those after them, so that there is no circle, which never agrees with anything. */
const nodes = 8;
const statement: fc.Arbitrary<Quad> = fc.tuple(
  fc.integer({ min: -2, max: nodes - 1 }),
  fc.constantFrom(solid.oidcIssuer, cert.key, cert.modulus, security.publicKey, foaf.Agent, 'urn:p', 'urn:q', 'urn:r'),
  fc.oneof(fc.integer({ min: 0, max: nodes }), fc.constantFrom(namedNode('urn:a'), namedNode('urn:b'), literal('a'), literal('a', 'EN'))),
  fc.constantFrom(defaultGraph(), defaultGraph(), namedNode('urn:g')),
).map(([s, p, o, graph]) => {
  const subject = s < 0 ? namedNode(`urn:s${-s}`) : blankNode(`n${s}`);
  const object = typeof o === 'number' ? blankNode(`n${Math.max(o, s + 1)}`) : o;
  return quad(subject, namedNode(p), object, graph);
});
const document = fc.uniqueArray(statement, { maxLength: 30, comparator: (a, b) => a.equals(b) });

/** What is protected, found in the plainest way. */
function protectedIn(quads: readonly Quad[]): Set<Quad> {
  const found = new Set(quads.filter(({ predicate }) => /oidcIssuer$|auth\/cert#|\/security#/.test(predicate.value)));
  for (let size = -1; size < found.size;) {
    size = found.size;
    const reached = [...found].map(({ object }) => object).filter(({ termType }) => termType === 'BlankNode');
    for (const one of quads) if (reached.some((node) => node.equals(one.subject))) found.add(one);
  }
  return found;
}

describe('the statements that decide who someone is, in any document', () => {
  it('do not depend on names of blank nodes, on the order, on repetition', () => {
    fc.assert(fc.property(document, fc.infiniteStream(fc.integer()), fc.shuffledSubarray([...Array(nodes + 1).keys()], { minLength: nodes + 1 }),
      (quads, random, names) => {
        const renamed = (term: Quad['subject'] | Quad['object']) =>
          (term.termType === 'BlankNode' ? blankNode(`m${names[Number(term.value.slice(1))]}`) : term);
        const other = quads.map((one) => ({ by: random.next().value!, one }));
        const shuffled = [...other, ...other.slice(0, 3)].sort((a, b) => a.by - b.by)
          .map(({ one: { subject, predicate, object, graph } }) => quad(renamed(subject) as Quad['subject'], predicate, renamed(object), graph));
        assert.deepEqual(identityChanges(identityStatements(quads), identityStatements(shuffled)), []);
      }));
  });

  it('change with each of them that goes, comes or becomes another, and with nothing else', () => {
    fc.assert(fc.property(document, (quads) => {
      const whole = identityStatements(quads);
      const guarded = protectedIn(quads);
      for (const one of quads) {
        const without = quads.filter((other) => other !== one);
        const changed = [...without, quad(one.subject, one.predicate, literal('another'), one.graph)];
        for (const other of [without, changed]) {
          const found = identityStatements(other);
          assert.equal(identityChanges(whole, found).length > 0, guarded.has(one));
          assert.deepEqual(identityChanges(found, whole), identityChanges(whole, found));
        }
      }
    }));
  });
});

describe('the document of a WebID', () => {
  const base = 'https://pod.example/ann/';
  /** What a write changes, and whether that is the document of the WebID. */
  const places: [webId: string, path: string, is: boolean][] = [
    [`${base}profile/card#me`, '/profile/card', true],
    [`${base}profile/card#me`, '/profile/card.acl', false],
    [`${base}profile/card#me`, '/profile/card.meta', false],
    [`${base}profile/card#me`, '/profile/', false],
    [`${base}profile/card#me`, '/profile/card/x', false],
    // A reader is redirected there when there is no such document.
    [`${base}profile/card#me`, '/profile/card/', true],
    [`${base}profile/card#me`, '/profile/card/.meta', true],
    [`${base}card`, '/card', true],
    [`${base}card?v=2#me`, '/card', true],
    ['HTTPS://POD.example:443/ann/profile/../%63ard#me', '/card', true],
    [`${base}a|b`, '/a|b', true],
    [`${base}%c3%a9`, '/%C3%A9', true],
    [`${base}#me`, '/', true],
    [`${base}#me`, '/.meta', true],
    [`${base}#me`, '/.acl', false],
    ['https://pod.example/ann#me', '/.meta', true],
    [`${base}id/#me`, '/id/', true],
    [`${base}id/#me`, '/id/.meta', true],
    [`${base}id/#me`, '/id', true],
    [`${base}x/.meta#me`, '/x/', true],
    ['https://pod.example/anna/card#me', '/card', false],
    ['https://pod.example/', '/', false],
    ['http://pod.example/ann/card#me', '/card', false],
    ['https://other.example/ann/card#me', '/card', false],
    [`${base}a//b#me`, '/a/b', false],
    [`${base}a%00#me`, '/a', false],
    ['mailto:ann@pod.example', '/', false],
    ['ann', '/ann', false],
  ];
  for (const [webId, path, is] of places) {
    it(`of <${webId}> is ${is ? '' : 'not '}what a write to ${path} changes`, () => {
      const parsed = parsePath(path, { maxPathLength: 100, maxPathDepth: 10 });
      const documents = identityDocuments(base, ['https://else.example/#me', webId]);
      assert.deepEqual(webIdsAt(documents, parsed), is ? [webId] : []);
    });
  }
});
