import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph, turtle } from './graph.ts';
import { request } from './request.ts';

const container = '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"';

describe('PUT (Solid Protocol, Writing Resources)', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const put = (path: string, type: string | undefined, body?: string, headers: Record<string, string> = {}) =>
    request('PUT', server.open + path, { ...(type && { 'content-type': type }), ...headers }, body);
  const read = async (path: string) => (await request('GET', server.open + path)).text;

  it('makes a document, tells its address, and replaces it', async () => {
    const made = await put('doc.txt', 'text/plain', 'one');
    assert.deepEqual([made.status, made.headers.location, made.text], [201, `${server.open}doc.txt`, '']);
    const replaced = await put('doc.txt', 'text/turtle', '<> a <#T>.');
    assert.deepEqual([replaced.status, replaced.headers.location, replaced.text], [204, undefined, '']);
    const answer = await request('GET', `${server.open}doc.txt`);
    assert.deepEqual([answer.text, answer.headers['content-type']], ['<> a <#T>.', 'text/turtle']);
  });

  it('makes the containers that are missing on the way [server-put-patch-intermediate-containers]', async () => {
    assert.equal((await put('x/y/z/doc', 'text/plain', 'deep')).status, 201);
    for (const path of ['x/', 'x/y/', 'x/y/z/']) assert.equal((await request('GET', server.open + path)).status, 200);
  });

  it('makes an empty document of an empty body with a type, and needs a type for any other [server-content-type-missing]', async () => {
    assert.equal((await put('empty', 'text/plain', '')).status, 201);
    assert.equal(await read('empty'), '');
    for (const body of ['x', '']) {
      const { status, problem } = await put('untyped', undefined, body);
      assert.deepEqual([status, problem?.kind], [400, 'invalid']);
      assert.match(problem!.detail, /Content-Type/);
    }
    assert.equal((await request('GET', `${server.open}untyped`)).status, 404);
  });

  it('makes a container with or without a Link header, and leaves one that is there as it is', async () => {
    for (const [path, headers] of [['plain/', {}], ['linked/', { link: container, 'if-none-match': '*' }],
      ['typed/', { 'content-type': 'text/turtle', 'content-length': '0' }]] as const) {
      const made = await put(path, undefined, undefined, headers);
      assert.deepEqual([made.status, made.headers.location], [201, server.open + path], path);
    }
    await put('plain/member', 'text/plain', 'x');
    assert.equal((await put('plain/', undefined)).status, 204);
    assert.equal(await read('plain/member'), 'x');
  });

  it('takes what is said of a container as its description, relative to the container', async () => {
    const url = `${server.open}with-description/`;
    const about = (title: string): string => `<> <http://purl.org/dc/terms/title> "${title}"; <#by> <../someone>.`;
    assert.equal((await put('with-description/', 'text/turtle', about('One'))).status, 201);
    const described = async (): Promise<string[]> => (await graph(await request('GET', url), url))
      .filter((line) => /title|#by/.test(line));
    assert.deepEqual(await described(), turtle('<> dct:title "One"; <#by> <../someone>.', url));
    assert.equal((await put('with-description/', 'application/ld+json',
      '{"@id": "", "http://purl.org/dc/terms/title": "Two"}')).status, 204);
    assert.deepEqual(await described(), turtle('<> dct:title "Two".', url));
    assert.deepEqual(await graph(await request('GET', `${url}.meta`), `${url}.meta`), turtle('<> dct:title "Two".', url));
  });

  it('leaves containment and what is known of members to the server ' +
    '[server-protect-containment] [server-protect-contained-resource-metadata]', async () => {
    await put('managed/member', 'text/plain', 'x');
    const before = await read('managed/');
    for (const said of [
      '<> <http://www.w3.org/ns/ldp#contains> <other>.', '<> <http://www.w3.org/ns/ldp#contains> <member>.',
      '<member> <http://www.w3.org/ns/posix/stat#size> 5.', '<member> <http://purl.org/dc/terms/modified> "2020-01-01".',
      '<> <http://www.w3.org/ns/posix/stat#mtime> 5.', '<> a <http://www.w3.org/ns/pim/space#Storage>.',
      '<member> a <http://www.w3.org/ns/iana/media-types/image/png#Resource>.', '<member> a <http://www.w3.org/ns/ldp#Container>.',
    ]) {
      const patch = `INSERT DATA { ${said.replace('<>', '<./>')} }`;
      const attempts = [
        put('managed/', 'text/turtle', said), put('managed-new/', 'text/turtle', said),
        request('POST', server.open, { 'content-type': 'text/turtle', link: container }, said),
        put('managed/.meta', 'text/turtle', said.replace('<>', '<./>')),
        request('PATCH', `${server.open}managed/`, { 'content-type': 'application/sparql-update' }, patch),
        request('PATCH', `${server.open}managed/.meta`, { 'content-type': 'application/sparql-update' }, patch),
      ];
      for (const [i, { status, problem }] of (await Promise.all(attempts)).entries()) {
        assert.deepEqual([status, problem?.kind], [409, 'conflict'], `${said} ${i}`);
      }
    }
    assert.equal(await read('managed/'), before);
    assert.equal((await request('GET', `${server.open}managed-new/`)).status, 404);
  });

  it('takes a listing back from a client that read it and added to it', async () => {
    await put('round/member', 'text/plain', 'x');
    const listing = await read('round/');
    const { status } = await put('round/', 'text/turtle', `${listing}<> <http://purl.org/dc/terms/title> "Round".`);
    assert.equal(status, 409);
  });

  it('keeps /x and /x/ from being two resources [server-uri-trailing-slash-distinct]', async () => {
    await put('one', 'text/plain', 'x');
    await put('two/', undefined);
    for (const [method, path] of [['PUT', 'one/'], ['PUT', 'one/below'], ['PUT', 'one/deep/below'], ['PUT', 'two'], ['PATCH', 'two'],
      ['PATCH', 'one/below']] as const) {
      const type = method === 'PATCH' ? 'application/sparql-update' : 'text/plain';
      const body = method === 'PATCH' ? 'INSERT DATA { <#a> <#b> <#c> }' : path.endsWith('/') ? undefined : 'x';
      const { status, problem } = await put(path, undefined, undefined).then(() =>
        request(method, server.open + path, body === undefined ? {} : { 'content-type': type }, body));
      assert.deepEqual([status, problem?.kind], [409, 'conflict'], `${method} ${path}`);
    }
    assert.equal(await read('one'), 'x');
    assert.equal((await request('GET', `${server.open}two/`)).status, 200);
  });

  describe('leads to the address with the slash, or without it [server-uri-redirect-differing]', () => {
    it('with 301 and the query, once authorized [server-authorization-redirect]', async () => {
      await put('folder/', undefined);
      await put('document', 'text/plain', 'x');
      for (const method of ['GET', 'HEAD']) {
        for (const [from, to] of [['folder?a=b%20c', 'folder/?a=b%20c'], ['folder', 'folder/'], ['document/', 'document']] as const) {
          const { status, headers } = await request(method, server.open + from);
          assert.deepEqual([status, headers.location], [301, server.open + to]);
        }
      }
      // This container is open by an ACL of its own, and what is above it is closed.
      const open = await request('GET', server.open.slice(0, -1));
      assert.deepEqual([open.status, open.headers.location], [301, server.open]);
      const root = server.pod.slice(0, -1);
      const owned = await request('GET', `${root}?x`, as(server.owner));
      assert.deepEqual([owned.status, owned.headers.location], [301, `${server.pod}?x`]);
    });

    it('not telling anybody else that there is one', async () => {
      const secret = (path: string) => request('GET', server.pod + path);
      for (const [there, not] of [['settings', 'nothing'], ['settings/prefs.ttl/', 'settings/nothing/']] as const) {
        const [one, other] = [await secret(there), await secret(not)];
        assert.deepEqual([one.status, one.headers.location, one.problem], [401, undefined, other.problem]);
      }
      assert.equal((await request('GET', server.pod.slice(0, -1))).status, 401);
      // And this one is closed by an ACL of its own, while what is beside it is open.
      await request('PUT', `${server.open}closed/.acl`, { 'content-type': 'text/turtle', ...as(server.owner) }, '# nobody');
      assert.equal((await request('GET', `${server.open}closed`)).status, 404);
    });
  });

  it('takes any bytes of any type, and RDF only when it can be read', async () => {
    assert.equal((await put('any', 'application/x-made-up; a="b"', '\0\u0001')).status, 201);
    const { status, problem } = await put('bad', 'text/turtle', '<#a> <#b> .\n');
    assert.deepEqual([status, problem?.kind], [400, 'invalid']);
    assert.match(problem!.detail, /line 1/);
  });

  it('resolves relative IRIs against the document, wherever it is', async () => {
    await put('relative/doc', 'text/turtle', '<> <#p> <sibling>, <../up>, </root>.');
    const url = `${server.open}relative/doc`;
    const answer = await request('GET', url, { accept: 'application/ld+json' });
    assert.deepEqual(await graph(answer, url), turtle('<> <#p> <sibling>, <../up>, </root>.', url));
  });

  it('ignores the query: it is no part of which resource is meant', async () => {
    await put('queried?x=1', 'text/plain', 'x');
    assert.equal(await read('queried'), 'x');
    assert.equal(await read('queried?y=2'), 'x');
  });
});

describe('POST (Solid Protocol, Writing Resources)', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const post = (headers: Record<string, string>, body?: string, to = server.open) => request('POST', to, headers, body);
  const text = { 'content-type': 'text/plain' };

  it('makes a member and tells its address [server-post-container] [server-post-uri-assignment] ' +
    '[server-post-container-create-resource]', async () => {
    const { status, headers } = await post(text, 'hello');
    assert.equal(status, 201);
    assert.match(headers.location!, new RegExp(`^${server.open}[^/]+$`));
    assert.ok(headers.etag && headers['last-modified']);
    assert.equal((await request('GET', headers.location!)).text, 'hello');
  });

  const slugs: [slug: string, expected: string | RegExp][] = [
    ['note.txt', 'note.txt'], ['note.txt', /^note-[0-9a-f]+\.txt$/], ['a b', 'a%20b'], ['a%20c', 'a%20c'], ['Zo%C3%AB', 'Zo%C3%AB'],
    ['a/b', 'a-b'], ['a:b', 'a:b'], ['folder/', 'folder'], ['../../etc/passwd', '..-..-etc-passwd'], ['..', /^[0-9a-f]+$/],
    ['x.acl', 'x-acl'], ['.meta', /^[^.].*/], ['.acl', /^[^.].*/], ['x.meta', 'x-meta'], ['', /^[0-9a-f]+$/], ['%00', /^[0-9a-f]+$/],
    ['%2F', /^[0-9a-f]+$/], ['%', '%25'], ['😀', /./],
  ];
  for (const [slug, expected] of slugs) {
    it(`names it by the slug ${JSON.stringify(slug)}: ${expected}`, async () => {
      const { status, headers } = await post({ ...text, slug: Buffer.from(slug).toString('latin1') }, slug);
      assert.equal(status, 201);
      const name = headers.location!.slice(server.open.length);
      if (typeof expected === 'string') assert.equal(name, expected);
      else assert.match(name, expected);
      assert.equal((await request('GET', headers.location!)).text, slug);
    });
  }

  it('makes a container when the Link header asks for one, with its slug or without, and with a description', async () => {
    for (const type of ['BasicContainer', 'Container']) {
      const link = `<http://www.w3.org/ns/ldp#${type}>; rel="type"`;
      for (const slug of [undefined, `of-${type}`, `and-${type}/`]) {
        const { status, headers } = await post({ link, ...(slug && { slug }) });
        assert.equal(status, 201);
        assert.match(headers.location!, /\/$/);
        if (slug) assert.equal(headers.location, `${server.open}${slug.replace(/\/?$/, '/')}`);
        assert.equal((await request('GET', headers.location!)).status, 200);
      }
    }
    const { headers } = await post({ link: container, 'content-type': 'text/turtle' }, '<> <http://purl.org/dc/terms/title> "It".');
    assert.ok((await graph(await request('GET', headers.location!), headers.location!))
      .includes(turtle('<> dct:title "It".', headers.location!)[0]!));
  });

  it('gives no name twice, with a slash or without', async () => {
    const names = new Set<string>();
    for (const link of [container, '<http://www.w3.org/ns/ldp#Resource>; rel="type"', container]) {
      const made = await post({ link, slug: 'twice', ...(link === container ? {} : text) }, link === container ? undefined : 'x');
      names.add(made.headers.location!.replace(/\/$/, ''));
    }
    assert.equal(names.size, 3);
  });

  it('resolves relative IRIs against the new resource (LDP section 5.2.3.7)', async () => {
    const { headers } = await post({ 'content-type': 'text/turtle' }, '<> <#p> <sibling>.');
    const answer = await request('GET', headers.location!, { accept: 'application/ld+json' });
    assert.deepEqual(await graph(answer, headers.location!), turtle('<> <#p> <sibling>.', headers.location!));
  });

  it('needs a container that is there [server-post-target-not-found], and a type [server-content-type-missing]', async () => {
    await request('PUT', `${server.open}document`, text, 'x');
    const cases: [to: string, headers: Record<string, string>, status: number, kind: string][] = [
      ['nothing/', text, 404, 'missing'], ['nothing', text, 404, 'missing'], ['document', text, 405, 'method'], ['', {}, 400, 'invalid'],
    ];
    for (const [to, headers, status, kind] of cases) {
      const answer = await post(headers, 'x', server.open + to);
      assert.deepEqual([answer.status, answer.problem?.kind], [status, kind], to);
    }
    const { headers } = await post(text, 'x', `${server.open}document`);
    assert.doesNotMatch(headers.allow!, /POST/);
  });
});
