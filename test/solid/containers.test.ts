import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph, turtle } from './graph.ts';
import { request } from './request.ts';

const formats = ['text/turtle', 'application/ld+json'];

describe('a container', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const put = (url: string, type = 'text/plain', body = 'x') => request('PUT', url, { 'content-type': type }, body);
  const list = async (url: string, accept = 'text/turtle') => graph(await request('GET', url, { accept }), url);
  /** What is listed of a resource beside its times, which the test need not know. */
  const withoutTimes = (lines: string[]): string[] =>
    lines.filter((line) => !/<http:\/\/(purl.org\/dc\/terms\/modified|www.w3.org\/ns\/posix\/stat#mtime)>/.test(line));

  it('lists its members, and of each its type, size and time, in Turtle and in JSON-LD alike ' +
    '[server-basic-container] [server-contained-resource-metadata]', async () => {
    const url = `${server.open}listed/`;
    await put(`${url}a.txt`, 'text/plain; charset=utf-8', 'four');
    await put(`${url}b.ttl`, 'text/turtle', '<> a <#Thing>.');
    await put(`${url}sub/deep/c.svg`, 'image/svg+xml', '<svg/>');
    await put(`${url}empty`, 'text/plain', '');
    const types = 'a ldp:Resource, ldp:Container, ldp:BasicContainer';
    const expected = turtle(`<> ${types}; ldp:contains <a.txt>, <b.ttl>, <sub/>, <empty>. <sub/> ${types}.
      <a.txt> a ldp:Resource, <http://www.w3.org/ns/iana/media-types/text/plain#Resource>; posix:size 4.
      <b.ttl> a ldp:Resource, <http://www.w3.org/ns/iana/media-types/text/turtle#Resource>; posix:size 14.
      <empty> a ldp:Resource, <http://www.w3.org/ns/iana/media-types/text/plain#Resource>; posix:size 0.`, url);
    for (const accept of formats) {
      const lines = await list(url, accept);
      assert.deepEqual(withoutTimes(lines), expected);
      for (const member of ['', 'a.txt', 'b.ttl', 'empty', 'sub/']) {
        const modified = lines.find((line) => line.startsWith(`<${url}${member}> <http://purl.org/dc/terms/modified>`));
        const mtime = lines.find((line) => line.startsWith(`<${url}${member}> <http://www.w3.org/ns/posix/stat#mtime>`));
        const [, iso = ''] = /"(.*)"\^\^<http:\/\/www.w3.org\/2001\/XMLSchema#dateTime>$/.exec(modified ?? '') ?? [];
        const [, seconds = ''] = /"(\d+)"\^\^<http:\/\/www.w3.org\/2001\/XMLSchema#integer>$/.exec(mtime ?? '') ?? [];
        assert.ok(Math.abs(Date.parse(iso) - Date.now()) < 10_000, member);
        assert.equal(Number(seconds), Math.floor(Date.parse(iso) / 1000), member);
        if (member === 'sub/' || member === '') continue;
        assert.equal((await request('HEAD', url + member)).headers['last-modified'], new Date(Number(seconds) * 1000).toUTCString());
      }
    }
    assert.deepEqual(withoutTimes(await list(`${url}sub/`)), turtle(`<> ${types}; ldp:contains <deep/>. <deep/> ${types}.`, `${url}sub/`));
  });

  it('is Turtle unless JSON-LD is wanted more, and nothing else', async () => {
    for (const [accept, type] of [
      [undefined, 'text/turtle'], ['*/*', 'text/turtle'], ['text/turtle', 'text/turtle'], ['application/ld+json', 'application/ld+json'],
      ['text/turtle;q=0.1, application/ld+json;q=0.2', 'application/ld+json'], ['application/json', 'application/json'],
      ['text/html,*/*;q=0.8', 'text/turtle'],
    ] as const) {
      const { status, headers } = await request('GET', server.open, accept === undefined ? {} : { accept });
      assert.deepEqual([status, headers['content-type']], [200, type], accept);
    }
    assert.equal((await request('GET', server.open, { accept: 'image/png' })).status, 406);
  });

  it('lists members under any name, so that each can be followed to what it is', async () => {
    const url = `${server.open}names/`;
    const names = ['plain', 'a b', 'a:b', 'http:x', '100%', 'a%2Fb', 'Zoë', '日本', '😀', `quo"te`, "apo'strophe", 'a<b>c', 'a\\b',
      '(x)', 'a,b;c', '-', '~', '$&+=@!*', 'a.b.c', '.hidden', 'x#y', 'q?r', '@prefix', '_:b', 'a\tb', 'a\nb', '{', '^`|', '[1]'];
    for (const name of names) {
      const answer = await put(url + encodeURIComponent(name), 'text/plain', name);
      assert.equal(answer.status, 201, name);
    }
    for (const accept of formats) {
      const found = (await list(url, accept)).flatMap((line) => /#contains> <(.*)>$/.exec(line)?.[1] ?? []);
      assert.equal(found.length, names.length);
      const texts = await Promise.all(found.map(async (member) => (await request('GET', member)).text));
      assert.deepEqual(texts.sort(), names.toSorted());
    }
  });

  it('says of the root that it is a storage, in the body too [server-storage]', async () => {
    await using root = await startServer({ podAddresses: 'root' });
    const owner = { authorization: `WebID ${root.owner}` };
    for (const accept of formats) {
      const lines = await graph(await request('GET', root.pod, { ...owner, accept }), root.pod);
      const storages = lines.filter((line) => line.endsWith('#Storage>'));
      assert.deepEqual(storages, turtle('<> a pim:Storage.', root.pod));
    }
    assert.doesNotMatch((await request('GET', root.open)).text, /Storage/);
  });

  it('shows its description (.meta) among what the server says, and no auxiliary resource as a member', async () => {
    const url = `${server.open}described/`;
    await request('PUT', url);
    await put(`${url}member`);
    assert.equal((await put(`${url}.meta`, 'text/turtle', '<./> <http://purl.org/dc/terms/title> "Notes". <member> <#by> <#me>.')).status, 201);
    await put(`${url}member.meta`, 'text/turtle', '<member> <http://purl.org/dc/terms/title> "Not here".');
    for (const accept of formats) {
      const lines = withoutTimes(await list(url, accept));
      assert.deepEqual(lines.filter((line) => line.includes('contains')), turtle('<> ldp:contains <member>.', url));
      assert.deepEqual(lines.filter((line) => /terms\/title|#by/.test(line)),
        turtle('<> dct:title "Notes". <member> <.meta#by> <.meta#me>.', url));
    }
  });

  it('has another tag, and another time, when a member comes, changes or goes, or its description does; and only then', async () => {
    const parent = `${server.open}tagged/`;
    const url = `${parent}inner/`;
    await put(`${url}member`);
    const tag = async (of = url): Promise<string> => (await request('HEAD', of)).headers.etag!;
    const changes: [name: string, change: () => Promise<unknown>, changesParent: boolean][] = [
      ['a member comes', () => put(`${url}another`), true],
      ['a member changes', () => put(`${url}member`, 'text/plain', 'xy'), false],
      ['a member has another type', () => put(`${url}member`, 'text/html', 'xy'), false],
      ['a container comes', () => request('PUT', `${url}sub/`), true],
      ['a member comes to that container, which changes its time', () => put(`${url}sub/deep`), false],
      ['a description comes', () => put(`${url}.meta`, 'text/turtle', '<./> a <#Thing>.'), true],
      ['a description is patched', () => request('PATCH', `${url}.meta`, { 'content-type': 'application/sparql-update' },
        'INSERT DATA { <> <#a> <#b> }'), true],
      ['a description goes', () => request('DELETE', `${url}.meta`), true],
      ['a member goes', () => request('DELETE', `${url}another`), true],
    ];
    for (const [name, change, changesParent] of changes) {
      const [before, parentBefore, text] = [await tag(), await tag(parent), (await list(parent)).join()];
      await change();
      assert.notEqual(await tag(), before, name);
      // Where the parent's listing shows another time of this container, its tag is another too.
      if (changesParent) assert.notEqual(await tag(parent), parentBefore, name);
      else if ((await list(parent)).join() !== text) assert.notEqual(await tag(parent), parentBefore, name);
    }
    const before = await tag();
    await request('GET', url);
    await put(`${parent}elsewhere`);
    await put(`${url}refused/.meta`, 'text/turtle', '<> <#broken');
    assert.equal(await tag(), before);
  });

  it('lists what was written at once, for every way to write [server-put-patch-intermediate-containers]', async () => {
    const url = `${server.open}at-once/`;
    await put(`${url}put/by/hand`);
    await request('PATCH', `${url}patch/by/hand`, { 'content-type': 'application/sparql-update' }, 'INSERT DATA { <#a> <#b> <#c> }');
    const posted = (await request('POST', url, { 'content-type': 'text/plain' }, 'x')).headers.location!;
    const contained = async (of: string): Promise<string[]> =>
      (await list(of)).flatMap((line) => /#contains> <(.*)>$/.exec(line)?.[1] ?? []);
    assert.deepEqual((await contained(url)).sort(), [posted, `${url}patch/`, `${url}put/`].sort());
    for (const way of ['put', 'patch']) {
      assert.deepEqual(await contained(`${url}${way}/`), [`${url}${way}/by/`]);
      assert.deepEqual(await contained(`${url}${way}/by/`), [`${url}${way}/by/hand`]);
    }
  });
});
