import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { failure, names, openRemote, serve, serveTls } from './servers.ts';
import { certificate } from './certificate.ts';

const any = { accept: '*/*' };

/** Redirects by path: `/302?url` with that status to the URL, `/n/3` to `/n/2` and so on; `/n/0` is the end. */
const redirecting: RequestListener = (request, response) => {
  const [, status, location] = /^\/(\d{3})\?(.*)$/.exec(request.url!) ?? [];
  const [, left] = /^\/n\/(\d+)$/.exec(request.url!) ?? [];
  if (status !== undefined) response.writeHead(Number(status), { location: decodeURIComponent(location!) }).end('moved');
  else if (Number(left) > 0) response.writeHead(302, { location: `${Number(left) - 1}` }).end();
  else response.setHeader('set-cookie', 'a=b').end(JSON.stringify(request.headers));
};

const to = (location: string): string => `/302?${encodeURIComponent(location)}`;

describe('Redirects', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`are followed (${status}), and the answer says where it is from`, async () => {
      await using server = await serve(redirecting);
      await using remote = openRemote();
      const { url, bytes } = await remote.get(`${server.origin}/${status}?end%23there#here`, any);
      assert.equal(url, `${server.origin}/end`);
      assert.notEqual(bytes.length, 0);
    });
  }

  it('are followed three times and not a fourth', async () => {
    await using server = await serve(redirecting);
    await using remote = openRemote();
    assert.equal((await remote.get(`${server.origin}/n/3`, any)).url, `${server.origin}/n/0`);
    server.asked.length = 0;
    await failure(remote.get(`${server.origin}/n/4`, any), 'refused');
    assert.deepEqual(server.asked, ['/n/4', '/n/3', '/n/2', '/n/1']);
  });

  it('end when they go round in circles', async () => {
    await using server = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    await using remote = openRemote();
    await failure(remote.get(server.origin, any), 'refused');
    assert.equal(server.asked.length, 4);
  });

  const refused: [what: string, location: string][] = [
    ['a private address', 'https://10.0.0.1/'],
    ['another spelling of one', 'https://0xa000001/'],
    ['the metadata service of a cloud', 'http://169.254.169.254/latest/meta-data/'],
    ['a name with a private address', 'https://private.test/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a URL with a password', 'https://a:b@pod.test/'],
    ['the port of another protocol', '//pod.test:25/'],
    ['what is no URL', 'http://'],
  ];
  for (const [what, location] of refused) {
    it(`to ${what} are refused`, async () => {
      await using server = await serve(redirecting);
      const { lookup } = names({ 'pod.test': ['127.0.0.1'], 'private.test': ['192.168.0.1'] });
      await using remote = openRemote({ lookup });
      const error = await failure(remote.get(`${server.origin}${to(location)}`, any), 'refused');
      assert.equal(error.asked, true);
      assert.equal(server.asked.length, 1);
    });
  }

  it('from https to http are refused, and from http to https followed', async () => {
    await using plain = await serve(redirecting);
    await using secure = await serveTls(redirecting);
    await using remote = openRemote({ authorities: [certificate] });
    await failure(remote.get(`${secure.origin}${to(`${plain.origin}/end`)}`, any), 'refused');
    assert.deepEqual(plain.asked, []);
    assert.equal((await remote.get(`${plain.origin}${to(`${secure.origin}/end`)}`, any)).url, `${secure.origin}/end`);
  });

  it('carry no cookies along, and nobody is told more than what is wanted and who wants it', async () => {
    await using server = await serve(redirecting);
    await using remote = openRemote();
    const { bytes } = await remote.get(`${server.origin}/n/2`, { accept: 'text/turtle, */*;q=0.1' });
    assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), {
      host: `127.0.0.1:${server.port}`,
      connection: 'close',
      'user-agent': 'Freehold',
      accept: 'text/turtle, */*;q=0.1',
      'accept-encoding': 'identity',
    });
  });

  it('without a Location are no answer of use', async () => {
    await using server = await serve((_request, response) => response.writeHead(302).end());
    await using remote = openRemote();
    assert.equal((await failure(remote.get(server.origin, any), 'unusable')).status, 302);
  });

  it('are given to who sent another request than a GET, with what came before the body', async () => {
    await using server = await serve(redirecting);
    await using remote = openRemote();
    const { status, headers, bytes } = await remote.request(`${server.origin}${to('/end')}`, { method: 'POST', headers: {}, body: 'a' });
    assert.deepEqual([status, headers.get('location'), bytes.length], [302, '/end', 0]);
    assert.equal(server.asked.length, 1);
  });
});

describe('TLS', () => {
  it('is spoken with a server whose certificate is vouched for, by name and by address', async () => {
    await using server = await serveTls(redirecting);
    const { lookup } = names({ 'pod.test': ['::1', '127.0.0.1'], 'pod.test.': ['127.0.0.1'] });
    await using remote = openRemote({ authorities: [certificate], lookup });
    for (const host of ['pod.test', 'pod.test.', '127.0.0.1']) {
      assert.equal((await remote.get(`https://${host}:${server.port}/end`, any)).status, 200);
    }
  });

  it('needs a certificate for the name that was asked for', async () => {
    await using server = await serveTls(redirecting);
    const { lookup } = names({ 'pod.test': ['127.0.0.1'], 'wrong.test': ['127.0.0.1'] });
    await using remote = openRemote({ authorities: [certificate], lookup });
    await failure(remote.get(`https://wrong.test:${server.port}/end`, any), 'unreachable');
    assert.deepEqual(server.asked, []);
  });

  it('needs a certificate that somebody vouches for', async () => {
    await using server = await serveTls(redirecting);
    await using remote = openRemote();
    await failure(remote.get(`${server.origin}/end`, any), 'unreachable');
    assert.deepEqual(server.asked, []);
  });

  it('is not spoken by a server of plain http', async () => {
    await using server = await serve(redirecting);
    await using remote = openRemote();
    await failure(remote.get(`https://127.0.0.1:${server.port}/`, any), 'unreachable');
  });
});
