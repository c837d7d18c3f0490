import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { rootPath } from '../../src/pods/path.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { aclText } from './graph.ts';
import { request } from './request.ts';
import type { Answer } from './request.ts';

const turtle = 'text/turtle';
const jsonld = 'application/ld+json';
const sparql = 'application/sparql-update';
const n3 = 'text/n3';
const writer = 'https://writer.example/#me';
const reader = 'https://reader.example/#me';

const prefixes = `@prefix cert: <http://www.w3.org/ns/auth/cert#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.
@prefix solid: <http://www.w3.org/ns/solid/terms#>.\n`;
const sparqlPrefixes = prefixes.replace(/@(prefix [^<]*<[^>]*>)\./g, '$1');
const n3Patch = (body: string): string => `${prefixes} _:patch a solid:InsertDeletePatch; ${body}.`;
const update = (body: string): string => `${sparqlPrefixes} ${body}`;

const profile = ({ issuer = 'https://issuer.example/', name = 'Ann', modulus = 'c0ffee' } = {}): string => `${prefixes}
  <#me> a foaf:Person; foaf:name "${name}"; solid:oidcIssuer <${issuer}>; cert:key [ cert:modulus "${modulus}"; cert:exponent 65537 ].\n`;
const jsonProfile = ({ issuer = 'https://issuer.example/', name = 'Ann', modulus = 'c0ffee' } = {}): string => JSON.stringify({
  '@context': { cert: 'http://www.w3.org/ns/auth/cert#', foaf: 'http://xmlns.com/foaf/0.1/', solid: 'http://www.w3.org/ns/solid/terms#' },
  '@id': '#me', '@type': 'foaf:Person', 'foaf:name': name, 'solid:oidcIssuer': { '@id': issuer },
  'cert:key': { 'cert:modulus': modulus, 'cert:exponent': 65537 },
});

describe('the statements that decide who an owner is', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  let count = 0;
  /** A pod of its own for a test, whose owner has a WebID within it. `writer` may do all there, `reader` may read. */
  async function makePod(webId: string, path?: string, mediaType = turtle, text = profile()) {
    const base = `${server.url}pod${count += 1}/`;
    const owner = base + webId;
    const acl = aclText(base, { [owner]: 'Read Write Control', [writer]: 'Read Write Control', [reader]: 'Read' });
    const file = (at: string, type: string, content: string) => ({ path: at, mediaType: type, bytes: Buffer.from(content) });
    await server.app.pods.create({ base, owners: [owner] },
      [file('.acl', turtle, acl), ...path === undefined ? [] : [file(path, mediaType, text)]]);
    return { base, owner };
  }

  function assertRefused(answer: Answer, owner: string, what: string): void {
    assert.deepEqual([answer.status, answer.problem?.kind], [403, 'forbidden'], `${what}: ${answer.text}`);
    assert.ok(answer.problem!.detail.includes(`<${owner}>`), answer.text);
    assert.match(answer.problem!.detail, /only through the account, not with an app/);
  }

  /** Attempts to change them; `detail` is in the refusal. */
  const attempts: [what: string, detail: string, method: string, type?: string, body?: string][] = [
    ['PUT of another issuer', '(solid:oidcIssuer)', 'PUT', turtle, profile({ issuer: 'https://evil.example/' })],
    ['PUT of another issuer in JSON-LD', '(solid:oidcIssuer)', 'PUT', jsonld, jsonProfile({ issuer: 'https://evil.example/' })],
    ['PUT of one issuer more', '(solid:oidcIssuer)', 'PUT', turtle, `${profile()} <#me> solid:oidcIssuer <https://evil.example/>.`],
    ['PUT of another key', 'cert:modulus', 'PUT', turtle, profile({ modulus: 'c0ffed' })],
    ['PUT of another key in JSON-LD', 'cert:modulus', 'PUT', jsonld, jsonProfile({ modulus: 'c0ffed' })],
    ['PUT of a name alone', '(solid:oidcIssuer, cert:key, cert:modulus, cert:exponent)', 'PUT', turtle, `${prefixes} <#me> foaf:name "Ann".`],
    ['PUT of nothing', 'solid:oidcIssuer', 'PUT', turtle, ''],
    ['PUT of an issuer in a named graph', 'solid:oidcIssuer', 'PUT', 'application/trig',
      `${profile()} <#g> { <#me> solid:oidcIssuer <https://evil.example/>. }`],
    ['PUT of an image', 'solid:oidcIssuer', 'PUT', 'image/png', 'x'],
    ['PUT of HTML', 'solid:oidcIssuer', 'PUT', 'text/html', '<p property="http://www.w3.org/ns/solid/terms#oidcIssuer" href="https://evil.example/">'],
    ['N3 Patch that adds an issuer', '(solid:oidcIssuer)', 'PATCH', n3, n3Patch('solid:inserts { <#me> solid:oidcIssuer <https://evil.example/>. }')],
    ['N3 Patch that takes the issuer away', '(solid:oidcIssuer)', 'PATCH', n3,
      n3Patch('solid:where { <#me> solid:oidcIssuer ?one. }; solid:deletes { <#me> solid:oidcIssuer ?one. }')],
    ['update that replaces the issuer', '(solid:oidcIssuer)', 'PATCH', sparql,
      update('DELETE DATA { <#me> solid:oidcIssuer <https://issuer.example/> }; INSERT DATA { <#me> solid:oidcIssuer <https://evil.example/> }')],
    ['update of all that matches', 'solid:oidcIssuer', 'PATCH', sparql, update('DELETE WHERE { <#me> ?p ?o }')],
    ['update that gives somebody else an issuer', '(solid:oidcIssuer)', 'PATCH', sparql,
      update('INSERT DATA { <#you> solid:oidcIssuer <https://issuer.example/> }')],
    ['update within a key', 'cert:key', 'PATCH', sparql, update('INSERT { ?key foaf:name "mine" } WHERE { <#me> cert:key ?key }')],
    ['update of a name and a key', 'cert:key', 'PATCH', sparql,
      update('DELETE { <#me> foaf:name "Ann" } INSERT { <#me> foaf:name "Eve"; cert:key [ cert:modulus "e1" ] } WHERE { }')],
    ['DELETE', '(solid:oidcIssuer, cert:key, cert:modulus, cert:exponent)', 'DELETE'],
  ];
  for (const [stored, text] of [[turtle, profile()], [jsonld, jsonProfile()]] as const) {
    it(`cannot be changed with any method, by owners or whoever has Control, in a document in ${stored}`, async () => {
      const { base, owner } = await makePod('profile/card#me', 'profile/card', stored, text);
      const url = `${base}profile/card`;
      const { etag } = (await request('GET', url, as(owner))).headers;
      for (const [what, detail, method, type, body] of attempts) {
        for (const who of [owner, writer]) {
          for (const condition of [{}, { 'if-match': etag! }]) {
            const answer = await request(method, url, { ...as(who), ...condition, ...type && { 'content-type': type } }, body);
            assertRefused(answer, owner, what);
            assert.ok(answer.problem!.detail.includes(detail), `${what}: ${answer.text}`);
          }
        }
      }
      const after = await request('GET', url, as(owner));
      assert.deepEqual([after.text, after.headers.etag, after.headers['content-type']], [text, etag, stored]);
    });
  }

  it('do not hinder a profile editor, which changes all else', async () => {
    const { base, owner } = await makePod('profile/card#me', 'profile/card');
    const url = `${base}profile/card`;
    const edits: [what: string, method: string, type: string, body: string][] = [
      ['N3 Patch of the name', 'PATCH', n3, n3Patch('solid:deletes { <#me> foaf:name "Ann". }; solid:inserts { <#me> foaf:name "Anna". }')],
      ['update of the name', 'PATCH', sparql, update('DELETE DATA { <#me> foaf:name "Anna" }; INSERT DATA { <#me> foaf:name "Ann"; foaf:knows [ foaf:name "Bo" ] }')],
      ['patch that says what is so', 'PATCH', sparql, update('INSERT DATA { <#me> solid:oidcIssuer <https://issuer.example/> }')],
      ['PUT with another name', 'PUT', turtle, profile({ name: 'Anna' })],
      ['PUT in JSON-LD', 'PUT', jsonld, jsonProfile({ name: 'Anne' })],
      ['patch of JSON-LD', 'PATCH', sparql, update('INSERT DATA { <#me> foaf:nick "a" }')],
      ['PUT in N-Triples', 'PUT', 'application/n-triples', `<${url}#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <https://issuer.example/> .
<${url}#me> <http://www.w3.org/ns/auth/cert#key> _:k .\n_:k <http://www.w3.org/ns/auth/cert#modulus> "c0ffee" .
_:k <http://www.w3.org/ns/auth/cert#exponent> "65537"^^<http://www.w3.org/2001/XMLSchema#integer> .`],
      ['PUT of more than fits into the database', 'PUT', turtle, `${profile()} <#me> foaf:name "${'x'.repeat(400_000)}".`],
      ['patch of that', 'PATCH', sparql, update('INSERT DATA { <#me> foaf:nick "b" }')],
      ['PUT in Turtle', 'PUT', turtle, profile()],
    ];
    for (const [i, [what, method, type, body]] of edits.entries()) {
      const { etag } = (await request('HEAD', url, as(owner))).headers;
      const who = i % 2 === 0 ? owner : writer;
      const answer = await request(method, url, { ...as(who), 'content-type': type, 'if-match': etag }, body);
      assert.equal(answer.status, 204, `${what}: ${answer.text}`);
    }
    assertRefused(await request('DELETE', url, as(owner)), owner, 'DELETE');
    const acl = await request('PUT', `${url}.acl`, { ...as(owner), 'content-type': turtle }, aclText(url, { [owner]: 'Read Write Control' }));
    assert.equal(acl.status, 201);
  });

  it('are nobody\'s business in other documents', async () => {
    const { base, owner } = await makePod('profile/card#me', 'profile/card');
    for (const path of ['profile/other', 'card', 'profile/card.meta', 'profile/', '']) {
      const url = base + path;
      const put = (text: string) => request('PUT', url, { ...as(owner), 'content-type': turtle }, text);
      assert.ok((await put(profile())).status < 300, path);
      assert.equal((await put(profile({ issuer: 'https://other.example/' }))).status, 204, path);
      assert.equal((await request('PATCH', url, { ...as(owner), 'content-type': sparql },
        update('DELETE WHERE { <#me> solid:oidcIssuer ?any }'))).status, 204, path);
    }
    assert.equal((await request('DELETE', `${base}profile/other`, as(owner))).status, 204);
  });

  it('say nothing to those who may not write, and come after the conditions of the request', async () => {
    const { base, owner } = await makePod('profile/card#me', 'profile/card');
    const url = `${base}profile/card`;
    for (const [what, , method, type, body] of attempts) {
      const headers = { ...type && { 'content-type': type } };
      const stale = await request(method, url, { ...as(owner), ...headers, 'if-match': '"stale"' }, body);
      assert.deepEqual([stale.status, stale.problem?.kind], [412, 'stale'], what);
      assert.equal((await request(method, url, headers, body)).status, 401, what);
      const refused = await request(method, url, { ...as(reader), ...headers }, body);
      assert.equal(refused.status, 403, what);
      assert.doesNotMatch(refused.text, /account|oidcIssuer|cert:/, what);
    }
  });

  it('cannot come into a document that does not exist or has none; one without them is like any other', async () => {
    const { base, owner } = await makePod('profile/card#me');
    const url = `${base}profile/card`;
    const send = (method: string, type: string, body: string, to = url) =>
      request(method, to, { ...as(owner), 'content-type': type }, body);
    for (const state of ['missing', 'there']) {
      assertRefused(await send('PUT', turtle, profile()), owner, state);
      assertRefused(await send('PUT', jsonld, jsonProfile()), owner, state);
      assertRefused(await send('PATCH', n3, n3Patch('solid:inserts { <#me> solid:oidcIssuer <https://evil.example/>. }')), owner, state);
      assertRefused(await send('PATCH', sparql, update('INSERT DATA { <#me> solid:oidcIssuer <https://evil.example/> }')), owner, state);
      // Who reads a WebID may read RDF in it that is not read here: RDFa, RDF/XML.
      assertRefused(await send('PUT', 'text/html', '<p property="http://www.w3.org/ns/solid/terms#oidcIssuer">'), owner, state);
      if (state === 'missing') assert.equal((await send('PUT', turtle, `${prefixes} <#me> foaf:name "Ann".`)).status, 201);
    }
    assert.equal((await send('PATCH', sparql, update('INSERT DATA { <#me> foaf:nick "a" }'))).status, 204);
    assert.equal((await request('DELETE', url, as(owner))).status, 204);
    assert.equal((await send('PATCH', sparql, update('INSERT DATA { <#me> foaf:nick "a" }'))).status, 201);
    assert.equal((await request('DELETE', url, as(owner))).status, 204);

    // A reader of the WebID is redirected to a container of its name.
    assertRefused(await send('PUT', turtle, '<../card#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <https://evil.example/>.', `${url}/`), owner, 'container');
    assert.equal((await request('PUT', `${url}/`, as(owner))).status, 201);
    assertRefused(await send('PUT', turtle, profile(), `${url}/.meta`), owner, 'description');
  });

  it('cannot come with a POST, whose slug does not give the name of a WebID document', async () => {
    const { base, owner } = await makePod('profile/card#me');
    await request('PUT', `${base}profile/`, as(owner));
    const container = { link: '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"' };
    for (const slug of ['card', 'c%61rd', 'card/']) {
      for (const kind of [{}, container]) {
        const made = await request('POST', `${base}profile/`, { ...as(writer), 'content-type': turtle, slug, ...kind }, profile());
        assert.equal(made.status, 201, made.text);
        assert.doesNotMatch(made.headers.location!, /card/);
      }
    }
    for (const name of ['card', 'card/']) assert.equal((await request('GET', `${base}profile/${name}`, as(owner))).status, 404);
    const other = await request('POST', `${base}profile/`, { ...as(writer), 'content-type': turtle, slug: 'cards' }, profile());
    assert.equal(other.headers.location, `${base}profile/cards`);
  });

  it('are protected in the description of a container, when that is where a WebID leads', async () => {
    for (const [webId, path] of [['#me', ''], ['id/#me', 'id/']] as const) {
      const { base, owner } = await makePod(webId, `${path}.meta`, turtle, profile().replaceAll('<#me>', '<./#me>'));
      const url = base + path;
      const send = (method: string, to: string, type: string, body: string) => request(method, to, { ...as(owner), 'content-type': type }, body);
      for (const to of [url, `${url}.meta`]) {
        // What is relative in a description that is put is relative to the description.
        const me = `<${url}#me>`;
        const about = (text: string): string => text.replaceAll('<#me>', me);
        assertRefused(await send('PUT', to, turtle, about(profile({ issuer: 'https://evil.example/' }))), owner, to);
        assertRefused(await send('PUT', to, turtle, about(`${prefixes} <#me> foaf:name "Ann".`)), owner, to);
        assertRefused(await send('PATCH', to, n3, about(n3Patch('solid:inserts { <#me> solid:oidcIssuer <https://evil.example/>. }'))), owner, to);
        assertRefused(await send('PATCH', to, sparql, update(`DELETE WHERE { ${me} solid:oidcIssuer ?any }`)), owner, to);
        if (to !== base) assertRefused(await request('DELETE', to, as(owner)), owner, to);
        assert.equal((await send('PUT', to, turtle, about(profile({ name: 'Anna' })))).status, 204);
        assert.equal((await send('PATCH', to, sparql, update(`INSERT DATA { ${me} foaf:nick "${to}" }`))).status, 204);
      }
      assert.equal((await request('PUT', url, as(owner))).status, 204);
      const { text } = await request('GET', url, { ...as(owner), accept: turtle });
      assert.match(text, /issuer\.example/);
      assert.match(text, /Anna/);
    }
  });

  it('stay as they are when names and an issuer change at once: all names arrive, the issuer does not', async () => {
    const { base, owner } = await makePod('profile/card#me', 'profile/card');
    const url = `${base}profile/card`;
    const send = (body: string) => request('PATCH', url, { ...as(owner), 'content-type': sparql }, update(body));
    const names = Array.from({ length: 10 }, (_, i) => `INSERT DATA { <#me> foaf:nick "nick${i}" }`);
    const [refused, ...done] = await Promise.all(['INSERT DATA { <#me> solid:oidcIssuer <https://evil.example/> }', ...names].map(send));
    assertRefused(refused!, owner, 'issuer');
    assert.deepEqual(done.map(({ status }) => status), names.map(() => 204));
    const { text } = await request('GET', url, as(owner));
    assert.equal(new Set(text.match(/nick\d/g)).size, 10);
    assert.doesNotMatch(text, /evil/);
  });

  it('stay as they are when many replace the document at once', async () => {
    const { base, owner } = await makePod('profile/card#me', 'profile/card');
    const url = `${base}profile/card`;
    for (const [padding, statuses] of [['', [204]], ['#'.repeat(100_000), [204, 503]]] as const) {
      const puts = await Promise.all(Array.from({ length: 10 }, (_, i) => request('PUT', url, { ...as(owner), 'content-type': turtle },
        profile({ name: `name${i}`, ...i % 2 === 0 ? {} : { issuer: 'https://evil.example/' } }) + padding)));
      puts.forEach(({ status }, i) => assert.ok(i % 2 === 0 ? statuses.includes(status as 204) : status === 403 || status === 503));
      assert.ok(puts.some(({ status }) => status === 204));
      assert.match((await request('GET', url, as(owner))).text, /name[02468][^]*issuer\.example/);
    }
  });

  /** What the account does: it writes without a request, another issuer here. `ready`: when the write may be done. */
  async function changeIssuer(base: string, padding: string, ready = Promise.resolve()): Promise<void> {
    const { pods } = server.app;
    const sight = await pods.look(base, '/profile/card' as ResourcePath);
    const text = profile({ issuer: 'https://moved.example/' }) + padding;
    const content = await pods.contents[padding === '' ? 'keep' : 'keepAsBlob'](Buffer.from(text));
    await pods.put(sight!.pod, sight!.path, () => ready, { mediaType: turtle, content });
  }

  const pause = () => new Promise<void>((resolve) => { setTimeout(resolve, 100); });

  for (const [size, padding, late] of [['small', '', 403], ['large', '#'.repeat(100_000), 503]] as const) {
    it(`that the account changed are not changed back by a ${size} document that was on its way`, async () => {
      const { base, owner } = await makePod('profile/card#me', 'profile/card');
      const url = `${base}profile/card`;
      const body = profile({ name: 'Old' }) + padding;
      assert.equal((await request('PUT', url, { ...as(owner), 'content-type': turtle }, body)).status, 204);
      const sent = httpRequest(url.replace('localhost', '127.0.0.1'), {
        method: 'PUT', headers: { ...as(owner), host: new URL(url).host, 'content-type': turtle, 'content-length': Buffer.byteLength(body) },
      });
      const answered = new Promise<number | undefined>((resolve, reject) => {
        sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
      });
      sent.write(body.slice(0, 100));
      await pause();
      await changeIssuer(base, padding);
      sent.end(body.slice(100));
      assert.equal(await answered, 403);
      assert.match((await request('GET', url, as(owner))).text, /moved\.example/);
    });

    it(`that the account is changing are not changed back by a ${size} document that waits for it`, async () => {
      const { base, owner } = await makePod('profile/card#me', 'profile/card');
      const url = `${base}profile/card`;
      const body = profile({ name: 'Old' }) + padding;
      assert.equal((await request('PUT', url, { ...as(owner), 'content-type': turtle }, body)).status, 204);
      const { etag } = (await request('HEAD', url, as(owner))).headers;
      const changing = changeIssuer(base, padding, pause());
      const [put, stale, patched, removed] = await Promise.all([
        request('PUT', url, { ...as(owner), 'content-type': turtle }, body),
        request('PUT', url, { ...as(owner), 'content-type': turtle, 'if-match': etag }, body),
        request('PATCH', url, { ...as(owner), 'content-type': sparql }, update('INSERT DATA { <#me> foaf:nick "a" }')),
        request('DELETE', url, as(owner)),
      ]);
      await changing;
      assert.deepEqual([put.status, stale.status, patched.status, removed.status], [late, 412, 204, late]);
      assert.match((await request('GET', url, as(owner))).text, /moved\.example/);
    });
  }

  it('of another WebID in the pod are protected once it is linked to the account of its owner', async () => {
    await using server = await startServer();
    const { accounts: { accounts, webIds } } = server.app.people;
    const write = async (issuer: string) => (await request('PUT', `${server.pod}other`, { 'content-type': 'text/turtle', ...as(server.owner) },
      `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${issuer}>.`)).status;
    assert.equal(await write(server.url), 201);
    const { id } = (await accounts.byEmail('alice@example.org'))!;
    assert.deepEqual(await webIds.link(id, `${server.pod}other#me`), { linked: true });
    assert.equal(await write('https://evil.example/'), 403);
    assert.equal(await write(server.url), 204);
    await server.app.pods.restrictApps((await server.app.pods.look(server.pod, rootPath))!.pod, 'granted');
    assert.equal(await write('https://evil.example/'), 403);
  });
});
