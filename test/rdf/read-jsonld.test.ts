import assert from 'node:assert/strict';
import type { Quad } from '@rdfjs/types';
import fc from 'fast-check';
import { bundledContexts } from '../../src/rdf/contexts/bundled.ts';
import type { RdfDocument, ReadOptions } from '../../src/rdf/read.ts';
import { rdf, xsd } from '../../src/rdf/vocabulary.ts';
import { base, isomorphic, read } from './graphs.ts';

const ex = 'http://ex.example/';

async function readJson(value: unknown, options: Partial<ReadOptions> = {}): Promise<RdfDocument> {
  return await read(typeof value === 'string' ? value : JSON.stringify(value), { format: 'jsonld', ...options });
}

/** Documents, and the N-Quads that say the same. */
const good: [what: string, document: object, quads: string[]][] = [
  ['an empty object', {}, []],
  ['an empty array', [], []],
  ['values of each kind', { '@id': '#me', [`${ex}p`]: ['x', 1, 1.5, true, { '@value': 'v', '@language': 'en-GB' },
    { '@value': '01', '@type': xsd.integer }] }, [
    `<${base}#me> <${ex}p> "x" .`, `<${base}#me> <${ex}p> "1"^^<${xsd.integer}> .`,
    `<${base}#me> <${ex}p> "1.5E0"^^<${xsd.double}> .`, `<${base}#me> <${ex}p> "true"^^<${xsd.boolean}> .`,
    `<${base}#me> <${ex}p> "v"@en-GB .`, `<${base}#me> <${ex}p> "01"^^<${xsd.integer}> .`,
  ]],
  ['a context that comes last', { 'e:p': { '@id': '../x' }, '@context': { e: ex } },
    [`_:b <${ex}p> <http://pod.example/alice/x> .`]],
  ['lists', { [`${ex}p`]: { '@list': [{ '@id': '_:x' }, { '@list': [] }] } }, [
    `_:b <${ex}p> _:l .`, `_:l <${rdf.first}> _:x .`, `_:l <${rdf.rest}> _:m .`,
    `_:m <${rdf.first}> <${rdf.nil}> .`, `_:m <${rdf.rest}> <${rdf.nil}> .`,
  ]],
  ['named graphs', { '@id': '#g', '@graph': [{ '@id': '#a', '@type': `${ex}T` }] },
    [`<${base}#a> <${rdf.type}> <${ex}T> <${base}#g> .`]],
  ['what a node says beside a graph', { '@id': '#g', '@graph': [{ '@id': '#a', [`${ex}p`]: { [`${ex}q`]: 'in' } }],
    [`${ex}p`]: { [`${ex}q`]: 'out' } }, [
    `<${base}#a> <${ex}p> _:i <${base}#g> .`, `_:i <${ex}q> "in" <${base}#g> .`,
    `<${base}#g> <${ex}p> _:o .`, `_:o <${ex}q> "out" .`,
  ]],
  ['lists in a named graph', [{ '@graph': [{ '@id': '#a', [`${ex}p`]: [{ '@list': [1, 2] }] }], '@id': '#g' }], [
    `<${base}#a> <${ex}p> _:l <${base}#g> .`, `_:l <${rdf.first}> "1"^^<${xsd.integer}> <${base}#g> .`,
    `_:l <${rdf.rest}> _:m <${base}#g> .`, `_:m <${rdf.first}> "2"^^<${xsd.integer}> <${base}#g> .`,
    `_:m <${rdf.rest}> <${rdf.nil}> <${base}#g> .`,
  ]],
  ['lists in graphs, in the one of a node that is told apart later', { '@graph': { '@graph': [
    { '@id': '#a', [`${ex}p`]: { '@list': ['x'] } }], [`${ex}p`]: { '@list': ['y'] } } }, [
    `<${base}#a> <${ex}p> _:l _:g .`, `_:l <${rdf.first}> "x" _:g .`, `_:l <${rdf.rest}> <${rdf.nil}> _:g .`,
    `_:g <${ex}p> _:m .`, `_:m <${rdf.first}> "y" .`, `_:m <${rdf.rest}> <${rdf.nil}> .`,
  ]],
  ['a graph whose node has a label, which comes last', { '@graph': [{ '@id': '#a', [`${ex}p`]: 'v' }], '@id': '_:g' },
    [`<${base}#a> <${ex}p> "v" _:g .`]],
  ['types, however they are nested', [
    ...Array.from({ length: 8 }, () => ({ '@id': '#a', '@type': [`${ex}A`], [`${ex}p`]: 'v' })),
    { '@id': '#x', '@type': [`${ex}X`], [`${ex}p`]: { '@id': '#y', '@type': `${ex}Y`, [`${ex}p`]: 'v' } },
    { '@id': '#z', '@type': `${ex}Z`, [`${ex}p`]: 'v' },
  ], [
    ...['A', 'X', 'Y', 'Z'].map((type) => `<${base}#${type.toLowerCase()}> <${rdf.type}> <${ex}${type}> .`),
    ...['a', 'y', 'z'].map((node) => `<${base}#${node}> <${ex}p> "v" .`), `<${base}#x> <${ex}p> <${base}#y> .`,
  ]],
  ['reverse properties', { '@id': '#a', '@reverse': { [`${ex}p`]: { '@id': '#b' } } },
    [`<${base}#b> <${ex}p> <${base}#a> .`]],
  ['blank nodes in several nodes', [{ '@id': '_:a', [`${ex}p`]: { '@id': '_:b' } }, { '@id': '_:b',
    [`${ex}p`]: { '@id': '_:a' } }], [
    `_:1 <${ex}p> _:2 .`, `_:2 <${ex}p> _:1 .`,
  ]],
  ['empty nodes after others', { [`${ex}p`]: [{ '@id': '#a' }, {}, {}], [`${ex}q`]: {},
    [`${ex}r`]: { [`${ex}s`]: 'x' } }, [
    `_:b <${ex}p> <${base}#a> .`, `_:b <${ex}p> _:c .`, `_:b <${ex}p> _:d .`, `_:b <${ex}q> _:e .`,
    `_:b <${ex}r> _:f .`, `_:f <${ex}s> "x" .`,
  ]],
  ['names that objects have by nature', { constructor: 'x', toString: 'y', hasOwnProperty: 'z', [`${ex}p`]: 'v' },
    [`_:b <${ex}p> "v" .`]],
  ['members that mean nothing', { unknown: 'x', 'not an iri': 'y', '@unknown': 'z', [`${ex}p`]: 'v' },
    [`_:b <${ex}p> "v" .`]],
  ['base directions, which RDF 1.1 lacks', { [`${ex}p`]: { '@value': 'v', '@language': 'ar', '@direction': 'rtl' } },
    [`_:b <${ex}p> "v"@ar .`]],
  ['Activity Streams with notification terms', {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://www.w3.org/ns/solid/notification/v1'],
    id: 'urn:n', type: 'Update', object: '#me', state: 'v1', published: '2026-01-01T00:00:00Z',
  }, [
    `<urn:n> <${rdf.type}> <https://www.w3.org/ns/activitystreams#Update> .`,
    `<urn:n> <https://www.w3.org/ns/activitystreams#object> <${base}#me> .`,
    '<urn:n> <http://www.w3.org/ns/solid/notifications#state> "v1" .',
    `<urn:n> <https://www.w3.org/ns/activitystreams#published> "2026-01-01T00:00:00Z"^^<${xsd.dateTime}> .`,
  ]],
  ['a client identifier document (Solid-OIDC, section 5)', {
    '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld',
    client_id: 'https://app.example/id', redirect_uris: ['https://app.example/cb'], scope: 'openid webid',
  }, [
    '<https://app.example/id> <http://www.w3.org/ns/solid/oidc#redirect_uris> <https://app.example/cb> .',
    '<https://app.example/id> <http://www.w3.org/ns/solid/oidc#scope> "openid webid" .',
  ]],
];

/** Texts that are not JSON or not to be read as such, the line and column where, and something that the detail says. */
const badJson: [text: string, line: number, column: number, says: RegExp][] = [
  ['', 1, 1, /too early/],
  ['5', 1, 1, /object or an array/],
  ['"x"', 1, 1, /object or an array/],
  ['// c\n{}', 1, 1, /object or an array/],
  ['{', 1, 2, /too early/],
  ['{]', 1, 2, /"\]"/],
  ['{"a":}', 1, 6, /"\}"/],
  ['{"a" 1}', 1, 6, /expected ":"/],
  ['{"a":1,}', 1, 8, /"\}"/],
  ['[1,]', 1, 4, /"\]"/],
  ['[1 2]', 1, 4, /expected ","/],
  ['{a:1}', 1, 2, /double quotes/],
  ["{'a':1}", 1, 2, /double quotes/],
  ['{"a":"\n"}', 1, 7, /control characters/],
  ['{"a":"x}', 1, 6, /not closed/],
  ['{"a":"\\x"}', 1, 7, /escape/],
  ['{"a":"\\u12"}', 1, 7, /escape/],
  ['{"a":"\\ud800"}', 1, 7, /surrogate/],
  ['{"a":"\\ud800\\ud800"}', 1, 7, /surrogate/],
  ['{"a":"\\udc00"}', 1, 7, /surrogate/],
  ['{"a":01}', 1, 7, /"1"/],
  ['{"a":+1}', 1, 6, /"\+"/],
  ['{"a":1.}', 1, 7, /"\."/],
  ['{"a":\r\n  nul}', 2, 3, /"n"/],
  ['[]]', 1, 3, /after the end/],
  ['{}\n{}', 2, 1, /after the end/],
  ['[12345678901234567890]', 1, 2, /too large/],
  ['[-9007199254740993]', 1, 2, /too large/],
  ['[1e999]', 1, 2, /too large/],
  ['{"__proto__":{"a":1}}', 1, 2, /__proto__/],
  ['{"\\u005f_proto__":{"a":1}}', 1, 2, /__proto__/],
  ['['.repeat(10_000) + ']'.repeat(10_000), 1, 101, /deeper than 100/],
  ['{"a":'.repeat(10_000), 1, 501, /deeper than 100/],
];

/** Contexts that would take long to process. */
const heavyContexts: [what: string, context: unknown][] = [
  ['that is long', Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`t${index}`, `${ex}${index}`]))],
  ['that holds many contexts', Object.fromEntries(Array.from({ length: 60 }, (_, index) => (
    [`t${index}`, { '@id': `${ex}${index}`, '@context': { u: ex } }]
  )))],
  ['that is an array of many', Array.from({ length: 60 }, () => 'https://www.w3.org/ns/activitystreams')],
];

/** JSON that is not JSON-LD, the path where it is not, and something that the detail says. */
const badJsonLd: [what: string, document: object, path: string, says: RegExp][] = [
  ['a remote context', { '@context': 'http://evil.example/c', '@id': 'x' }, '$["@context"]',
    /<http:\/\/evil\.example\/c> is not known.*not loaded/],
  ['a relative context', { '@context': 'c' }, '$["@context"]', /<http:\/\/pod\.example\/alice\/profile\/c>/],
  ['@import', { '@context': { '@import': 'http://evil.example/c' } }, '$["@context"]', /evil/],
  ['a remote context of a term', { '@context': { p: { '@id': `${ex}p`, '@context': 'http://evil.example/c' } } },
    '$["@context"]', /evil/],
  ['a remote context inside', { [`${ex}p`]: [1, { '@context': 'http://evil.example/c' }] },
    `$["${ex}p"][1]["@context"]`, /evil/],
  ['terms that define each other', { '@context': { a: { '@id': 'b' }, b: { '@id': 'a' } } }, '$["@context"]', /./],
  ['a context that is a number', { '@context': 5 }, '$["@context"]', /5/],
  ['a term that is a number', { '@context': { a: 5 } }, '$["@context"]', /'a'/],
  ['an unknown container', { '@context': { a: { '@id': `${ex}a`, '@container': '@bag' } } }, '$["@context"]', /@bag/],
  ['a number as @id', { '@id': 5 }, '$["@id"]', /@id/],
  ['an object as @id', { '@id': { '@id': 'x' } }, '$["@id"]', /@id/],
  ['a number as @type', { '@type': 5 }, '$["@type"]', /@type/],
  ['an object as @value', { [`${ex}p`]: { '@value': {} } }, `$["${ex}p"]`, /@value/],
  ['a space in an IRI', { [`${ex}p`]: { '@id': 'http://h/a b' } }, `$["${ex}p"]["@id"]`, /IRI/],
  ['a space in the IRI of a node', { '@id': 'http://h/a b', [`${ex}p`]: 1 }, '$["@id"]', /IRI/],
  ['a control character in an IRI', { [`${ex}p`]: { '@id': 'http://h/\u0001' } }, '$', /IRI/],
  ['a language that is none', { [`${ex}p`]: { '@value': 'x', '@language': 'e n' } }, `$["${ex}p"]`, /language/i],
  ['a deep mistake', [1, { [`${ex}p`]: [{}, { [`${ex}q`]: { '@id': 5 } }] }], `$[1]["${ex}p"][1]["${ex}q"]["@id"]`,
    /@id/],
];

describe('Reading JSON-LD', () => {
  for (const [what, document, lines] of good) {
    it(`reads ${what}`, async () => {
      const [{ quads }, expected] = [await readJson(document), await read(lines.join('\n'), { format: 'nquads' })];
      assert.ok(isomorphic(quads, expected.quads), JSON.stringify(quads, undefined, 1));
    });
  }

  for (const [text, line, column, says] of badJson) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, async () => {
      await assert.rejects(readJson(text), (error: Error & { kind?: string }) => {
        assert.equal(error.kind, 'invalid', error.stack);
        assert.ok(error.message.startsWith(`JSON-LD, line ${line}, column ${column}: `), error.message);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  for (const [what, document, path, says] of badJsonLd) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(readJson(document), (error: Error & { kind?: string }) => {
        assert.equal(error.kind, 'invalid', error.stack);
        assert.ok(error.message.startsWith(`JSON-LD, at ${path}: `), error.message);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  for (const [what, context] of heavyContexts) {
    it(`refuses a context ${what}, at the top or inside`, async () => {
      const refusal = { kind: 'invalid', message: /line 1, column \d+: a context .* not accepted/ };
      await assert.rejects(readJson({ '@context': context }), refusal);
      await assert.rejects(readJson([{ [`${ex}p`]: [{ '@context': context }] }]), refusal);
    });
  }

  it('takes any number of contexts in different nodes', async () => {
    const nodes = Array.from({ length: 60 }, (_, index) => ({ '@context': [{ p: `${ex}p` }], p: index }));
    assert.equal((await readJson(nodes)).quads.length, 60);
  });

  it('gives what can serve as prefixes', async () => {
    const { prefixes } = await readJson({ '@context': [{ e: ex, name: `${ex}name`, '@vocab': ex, t: { '@id': ex } }],
      'e:p': 1 });
    assert.deepEqual([...prefixes], [['e', ex]]);
  });

  it('stops at the limit of statements', async () => {
    await assert.rejects(readJson({ [`${ex}p`]: [1, 2, 3] }, { maxQuads: 2 }), { kind: 'too-large' });
    assert.equal((await readJson({ [`${ex}p`]: [1, 2, 3] }, { maxQuads: 3 })).quads.length, 3);
    const values = Array.from({ length: 3500 }, (_, i) => ({ '@id': `a:${i}` }));
    const bomb = { '@context': { a: `http://e/${'a'.repeat(30_000)}/` }, '@id': 'a:x', 'a:y': values };
    await assert.rejects(readJson(bomb, { maxQuads: 4000 }), { kind: 'too-large', message: /written out/ });
  });

  it('knows only contexts that it can read', async () => {
    for (const url of bundledContexts.keys()) await readJson({ '@context': url, [`${ex}p`]: 1 });
  });

  for (const [shape, wrap] of [
    ['an array', (nodes: object[]) => nodes.map((node) => ({ '@context': { e: ex }, ...node }))],
    ['a graph', (nodes: object[]) => ({ '@context': { e: ex }, '@graph': nodes })],
    ['a graph before its context', (nodes: object[]) => ({ '@graph': nodes, '@context': { e: ex } })],
    ['a named graph', (nodes: object[]) => ({ '@graph': nodes, '@context': { e: ex }, '@id': '#g' })],
  ] as const) {
    const nodes = Array.from({ length: 1500 }, (_, index) => (
      { '@id': `#${index}`, '@type': 'e:T', 'e:p': [`é ${index}`, { '@id': `_:b${index % 100}` }] }
    ));

    it(`reads ${shape} of many nodes, lets other work run, and tells the place of a mistake`, async () => {
      let turns = 0;
      const timer = setInterval(() => { turns += 1; }, 1);
      const { quads } = await readJson(wrap(nodes));
      clearInterval(timer);
      const expected = nodes.flatMap(({ '@id': id }, index) => [
        `<${base}${id}> <${rdf.type}> <${ex}T> .`,
        `<${base}${id}> <${ex}p> "é ${index}" .`,
        `<${base}${id}> <${ex}p> _:b${index % 100} .`,
      ]);
      assert.deepEqual(summary(quads), summary((await read(expected.join('\n'), { format: 'ntriples' })).quads));
      assert.ok(turns >= 5, `${turns} turns`);
      const path = shape === 'an array' ? '$[1500]["@id"]' : '$["@graph"][1500]["@id"]';
      await assert.rejects(readJson(wrap([...nodes, { '@id': 5 }])),
        (error: Error) => error.message.startsWith(`JSON-LD, at ${path}: `));
    }).timeout(20_000);
  }

  for (const [shape, wrap] of [
    ['a named graph', (nodes: object[]) => [{ '@id': '#g', '@graph': nodes, [`${ex}p`]: [{ [`${ex}q`]: 1 }] }]],
    ['the values of a property', (nodes: object[]) => [{ '@id': '#a', [`${ex}p`]: nodes }]],
  ] as const) {
    it(`takes for ${shape} of ten times as many nodes about ten times as long`, async () => {
      const spent = async (count: number): Promise<number> => {
        const nodes = Array.from({ length: count }, (_, index) => (
          { '@id': `#${index}`, '@type': [`${ex}T`], [`${ex}p`]: [{ '@value': 'v' }] }
        ));
        const started = performance.now();
        await readJson(wrap(nodes));
        return performance.now() - started;
      };
      await spent(300);
      const [few, many] = [await spent(300), await spent(3000)];
      assert.ok(many < 25 * few, `${few} ms, then ${many} ms`);
    }).timeout(20_000);
  }

  it('refuses more values than it could keep in memory', async () => {
    const refusal = { kind: 'too-large', message: /more than 1000000 JSON values/ };
    await assert.rejects(readJson(`[${'0,'.repeat(1_000_000)}0]`), refusal);
  });

  it('ends in a document or in a problem, whatever the JSON', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => { unhandled.push(reason); };
    process.on('unhandledRejection', note);
    const name = fc.constantFrom(
      '@id', '@type', '@value', '@language', '@list', '@set', '@graph', '@context', '@reverse', '@included', '@nest',
      '@version', '@vocab', '@base', '@container', '@propagate', '@protected', '@prefix', '@json', '@none', '@import',
      '@index', '@direction', 'a', 'b', 'T', 'type', `${ex}p`, '_:p', 'constructor', 'valueOf', '', 'x:y', '@',
    );
    const scalar = fc.oneof(name, fc.constantFrom('http://evil.example/c', 'https://www.w3.org/ns/activitystreams', 1,
      1.5, true, null, 'en', '..', 'x y'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 })),
    }));
    await fc.assert(fc.asyncProperty(value, fc.dictionary(name, value, { maxKeys: 4 }), async (context, document) => {
      const outcome = await readJson({ '@context': context, ...document }).catch((error: unknown) => error);
      assert.ok(outcome instanceof Error ? outcome.name === 'Problem' : outcome, String(outcome));
    }), { numRuns: 600 });
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });
});

/** The statements as sorted lines, with blank nodes numbered by the order of their literal companions. */
function summary(quads: readonly Quad[]): string[] {
  const labels = new Map<string, string>();
  return quads.filter(({ object }) => object.termType !== 'Literal').map(({ subject, predicate, object }) => {
    if (object.termType !== 'BlankNode') return `${subject.value} ${predicate.value} ${object.value}`;
    if (!labels.has(object.value)) labels.set(object.value, String(labels.size));
    return `${subject.value} ${predicate.value} _:${labels.get(object.value)}`;
  }).sort();
}
