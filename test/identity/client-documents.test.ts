import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { ClientDocuments } from '../../src/identity/client-documents.ts';
import type { LocalDocument } from '../../src/identity/client-documents.ts';
import type { RemoteFailure } from '../../src/remote/remote-error.ts';
import type { RemoteOptions } from '../../src/remote/remote.ts';
import { failure, openRemote, serve } from '../remote/servers.ts';
import type { TestServer } from '../remote/servers.ts';

const context = 'https://www.w3.org/ns/solid/oidc-context.jsonld';
const redirects = ['https://app.example/callback'];

interface Opened extends AsyncDisposable {
  readonly server: TestServer;
  /** The id of the app whose document is at `/id`. */
  readonly id: string;
  read(id?: string): ReturnType<ClientDocuments['read']>;
}

/** A server with a document at `/id`, and what reads it as in development. */
async function open(
  answer: (id: string) => RequestListener, { options = {}, local }:
    { options?: Partial<RemoteOptions>; local?: (url: string) => Promise<LocalDocument | undefined> } = {},
): Promise<Opened> {
  const server = await serve((request, response) => request.url?.startsWith('/id') === true
    ? answer(`${server.origin}/id`)(request, response)
    : response.writeHead(404).end());
  const remote = openRemote({ remoteSeconds: 1, remoteBytes: 1_000_000, ...options });
  const documents = new ClientDocuments({ remote, staleSeconds: 60, ...(local && { local }) });
  const id = `${server.origin}/id`;
  return {
    server, id,
    read: (other = id) => documents.read(other),
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function sending(members: (id: string) => unknown, type = 'application/ld+json'): (id: string) => RequestListener {
  return (id) => (_request, response) => {
    const body = members(id);
    response.writeHead(200, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

describe('Client ID Documents (Solid-OIDC, 5.1) [server-oidc-client-document]', () => {
  it('are read, with all that counts here and nothing else', async () => {
    await using opened = await open(sending((id) => ({
      '@context': [context], client_id: id, client_name: 'Notes', redirect_uris: redirects,
      client_uri: 'https://app.example/', logo_uri: 'https://app.example/logo.png', tos_uri: 'https://app.example/tos',
      policy_uri: 'javascript:alert(1)',
      post_logout_redirect_uris: ['https://app.example/'], scope: 'openid webid offline_access email_me',
      grant_types: ['refresh_token', 'authorization_code', 'implicit'], response_types: ['code', 'id_token'],
      token_endpoint_auth_method: 'client_secret_basic', client_secret: 'mine', jwks_uri: 'http://127.0.0.1/',
      default_max_age: 3600, require_auth_time: true, id_token_signed_response_alg: 'HS256',
      contacts: ['me@app.example'], subject_type: 'pairwise', sector_identifier_uri: 'https://127.0.0.1/',
    })));
    assert.deepEqual(await opened.read(), {
      client_id: opened.id, client_name: 'Notes', redirect_uris: redirects, client_uri: 'https://app.example/',
      logo_uri: 'https://app.example/logo.png', tos_uri: 'https://app.example/tos',
      post_logout_redirect_uris: ['https://app.example/'], scope: 'openid webid offline_access',
      grant_types: ['refresh_token', 'authorization_code'], response_types: ['code'],
      token_endpoint_auth_method: 'none',
      default_max_age: 3600, require_auth_time: true, contacts: ['me@app.example'],
    });
  });

  it('may be plain JSON', async () => {
    await using opened = await open(sending((id) => ({ client_id: id, redirect_uris: redirects }),
      'application/json; charset=utf-8'));
    assert.deepEqual((await opened.read()).redirect_uris, redirects);
  });

  it('may have an id with a fragment', async () => {
    await using opened = await open(sending((id) => ({ client_id: `${id}#app`, redirect_uris: redirects })));
    assert.equal((await opened.read(`${opened.id}#app`)).client_id, `${opened.id}#app`);
    await failure(opened.read(`${opened.id}#other`), 'unusable');
  });

  it('may have one redirect URI as a text, as JSON-LD writes it', async () => {
    await using opened = await open(sending((id) => ({ '@context': context, client_id: id,
      redirect_uris: redirects[0] })));
    assert.deepEqual((await opened.read()).redirect_uris, redirects);
  });

  it('are fetched once for many who ask', async () => {
    await using opened = await open(sending((id) => ({ client_id: id, redirect_uris: redirects })));
    await Promise.all([opened.read(), opened.read(), opened.read()]);
    await opened.read();
    assert.equal(opened.server.asked.length, 1);
  });

  it('of own pods are read without the network', async () => {
    const bytes = (id: string) => Buffer.from(JSON.stringify({ '@context': context, client_id: id,
      redirect_uris: redirects }));
    await using opened = await open(() => () => assert.fail('it was fetched'), {
      local: async (url) => ({ mediaType: 'application/ld+json', bytes: bytes(url) }),
    });
    assert.deepEqual((await opened.read()).redirect_uris, redirects);
    assert.deepEqual(opened.server.asked, []);
  });

  it('of own pods are held to the same rules', async () => {
    await using opened = await open(() => () => assert.fail('it was fetched'), {
      local: async () => ({ mediaType: 'text/html', bytes: Buffer.from('<p>') }),
    });
    await failure(opened.read(), 'unusable');
  });

  const useless: [what: string, answer: (id: string) => RequestListener, reason?: RemoteFailure, says?: RegExp][] = [
    ['is for another app', sending(() => ({ client_id: 'https://other.example/id', redirect_uris: redirects })),
      'unusable', /another client_id/],
    ['is for the same with another spelling', sending((id) =>
      ({ client_id: id.replace('http:', 'HTTP:'), redirect_uris: redirects }))],
    ['names no app', sending(() => ({ redirect_uris: redirects })), 'unusable', /no client_id/],
    ['has no redirect_uris', sending((id) => ({ client_id: id })), 'unusable', /no redirect_uris/],
    ['has an empty list of redirect_uris', sending((id) => ({ client_id: id, redirect_uris: [] }))],
    ['has redirect_uris that are no texts', sending((id) => ({ client_id: id, redirect_uris: [{}] }))],
    ['has too many redirect_uris', sending((id) => ({ client_id: id,
      redirect_uris: Array(51).fill('https://app.example/') }))],
    ['has another context', sending((id) => ({ '@context': 'https://schema.org/', client_id: id,
      redirect_uris: redirects }))],
    ['is a list', sending((id) => [{ client_id: id, redirect_uris: redirects }])],
    ['is no JSON', sending(() => '{"client_id"')],
    ['is no UTF-8', () => (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.of(0x7b, 0xff, 0x7d));
    }],
    ['is HTML', sending((id) => ({ client_id: id, redirect_uris: redirects }), 'text/html')],
    ['has 10 MB', (id) => (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ client_id: id, redirect_uris: redirects, filling: 'x'.repeat(10_000_000) }));
    }],
    ['is behind a redirect', (id) => (request, response) => {
      if (request.url === '/id') response.writeHead(302, { location: '/id-elsewhere' }).end();
      else sending(() => ({ client_id: id, redirect_uris: redirects }))(id)(request, response);
    }, 'unusable', /redirect/],
    ['is missing', () => (_request, response) => { response.writeHead(404).end(); }],
    ['never comes', () => () => undefined, 'unreachable'],
    ['comes as an error', () => (_request, response) => { response.writeHead(500).end(); }, 'unreachable'],
  ];
  for (const [what, answer, reason = 'unusable', says] of useless) {
    it(`are of no use when the document ${what}`, async () => {
      await using opened = await open(answer);
      const error = await failure(opened.read(), reason);
      if (says !== undefined) assert.match(error.message, says);
    });
  }

  it('are fetched over http only in development', async () => {
    await using opened = await open(sending((id) => ({ client_id: id, redirect_uris: redirects })), {
      options: { remoteLocalhost: false },
    });
    await failure(opened.read(), 'refused');
    assert.deepEqual(opened.server.asked, []);
  });

  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f000001', '2130706433', '[::ffff:127.0.0.1]', '10.0.0.1',
    '169.254.169.254']) {
    it(`are not fetched from ${host}`, async () => {
      await using opened = await open(sending((id) => ({ client_id: id, redirect_uris: redirects })), {
        options: { remoteLocalhost: false, lookup: async () => [{ address: '127.0.0.1', family: 4 }] },
      });
      await failure(opened.read(`https://${host}:${opened.server.port}/id`), 'refused');
      assert.equal(await opened.server.openConnections(), 0);
    });
  }
});
