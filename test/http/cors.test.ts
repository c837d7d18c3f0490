import assert from 'node:assert/strict';
import { exposedHeaders } from '../../src/http/cors.ts';
import { Problem } from '../../src/problem.ts';
import { serve } from './loopback.ts';
import type { Loopback } from './loopback.ts';

/** The names in a header that lists them, in lower case. */
const listed = (response: Response, header: string): string[] =>
  (response.headers.get(header) ?? '').split(',').map((name) => name.trim().toLowerCase());

describe('CORS (Solid Protocol, CORS Server)', () => {
  let server: Loopback;
  const origin = 'https://app.example';
  // fetch refuses to send Origin and what begins with Access-Control; Node's own is lenient.
  const ask = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> =>
    fetch(new URL(path, server.url), { method, headers, redirect: 'manual' });

  before(async () => {
    server = await serve((ctx) => {
      switch (ctx.path) {
        case '/there': ctx.vary('Accept'); ctx.body = 'here'; break;
        case '/secret': throw new Problem('unauthenticated', 'Who is it?', { 'www-authenticate': 'DPoP' });
        case '/broken': throw new Error('broken');
        case '/moved': ctx.redirect('/there'); break;
        case '/mine': if (ctx.method === 'OPTIONS') ctx.body = 'options of the resource';
      }
    });
  });
  after(() => server[Symbol.asyncDispose]());

  const answers = [['there', 200], ['secret', 401], ['broken', 500], ['moved', 302], ['gone', 404]] as const;
  for (const [path, status] of answers) {
    it(`lets a script read the answer ${status}`, async () => {
      const response = await ask(path, { origin });
      assert.equal(response.status, status);
      assert.equal(response.headers.get('access-control-allow-origin'), origin);
      assert.equal(response.headers.get('access-control-allow-credentials'), 'true');
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
      const exposed = exposedHeaders.map((name) => name.toLowerCase());
      assert.deepEqual(listed(response, 'access-control-expose-headers'), exposed);
      // The capital letter is what the conformance tests look for.
      assert.match(response.headers.get('vary') ?? '', /(^|, )Origin(,|$)/);
    });
  }

  it('keeps caches from mixing origins, also when none is given', async () => {
    const response = await ask('there', {});
    assert.equal(response.headers.get('vary'), 'Origin, Accept');
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
  });

  const origins: [origin: string, echoed: boolean][] = [
    ['null', true], ['http://localhost:8080', true], ['https://[2001:db8::1]:8443', true],
    ['https://xn--bcher-kva.example', true], ['chrome-extension://abcdefgh', true], ['capacitor://localhost', true],
    ['*', false], ['app.example', false], ['https://', false], ['https://a.example/path', false],
    ['https://a.example?q', false],
    ['https://a.example https://b.example', false], ['https://a.example, https://b.example', false],
    ['https://user@a.example', false], [`https://${'a'.repeat(400)}`, false],
  ];
  for (const [value, echoed] of origins) {
    it(`${echoed ? 'echoes' : 'ignores'} the origin ${value.slice(0, 40)}`, async () => {
      const response = await ask('there', { origin: value });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('access-control-allow-origin'), echoed ? value : null);
    });
  }

  describe('answers a preflight', () => {
    const preflight = { origin, 'access-control-request-method': 'PATCH' };

    for (const path of ['there', 'secret', 'gone', 'broken']) {
      it(`for /${path} without asking who it is, or what is there`, async () => {
        const response = await ask(path, preflight, 'OPTIONS');
        assert.equal(response.status, 204);
        assert.equal(response.headers.get('access-control-allow-origin'), origin);
        for (const method of ['put', 'patch', 'delete', 'post', 'get', 'head', 'options']) {
          assert.ok(listed(response, 'access-control-allow-methods').includes(method), method);
        }
        assert.ok(listed(response, 'access-control-expose-headers').includes('wac-allow'));
        assert.ok(Number(response.headers.get('access-control-max-age')) > 0);
        assert.equal(response.headers.get('access-control-allow-private-network'), null);
      });
    }

    it('with the headers that Solid needs, and those that were asked for, each once', async () => {
      const asked = 'authorization, x-own-thing,dpop, X-Own-Thing, bad name, "q"';
      const names = listed(await ask('there', { ...preflight, 'access-control-request-headers': asked }, 'OPTIONS'),
        'access-control-allow-headers');
      const expected = ['accept', 'authorization', 'dpop', 'content-type', 'slug', 'link', 'if-match', 'if-none-match',
        'prefer', 'range', 'depth', 'destination', 'x-own-thing'];
      for (const name of expected) assert.ok(names.includes(name), name);
      assert.equal(names.filter((name) => name === 'authorization').length, 1);
      assert.ok(!names.some((name) => /[^a-z-]/.test(name)), names.join());
    });

    it('that leads from the Web to a private network (Private Network Access)', async () => {
      const headers = { ...preflight, 'access-control-request-private-network': 'true' };
      const response = await ask('there', headers, 'OPTIONS');
      assert.equal(response.headers.get('access-control-allow-private-network'), 'true');
    });

    it('but leaves any other OPTIONS to the resource', async () => {
      for (const headers of [{ origin }, { 'access-control-request-method': 'PUT' }]) {
        assert.equal(await (await ask('mine', headers, 'OPTIONS')).text(), 'options of the resource');
      }
    });
  });
});
