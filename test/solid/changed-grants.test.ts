import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { openApp } from '../../src/app.ts';
import type { App as House } from '../../src/app.ts';
import { schema } from '../../src/config/options.ts';
import { log } from '../../src/log.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { App } from '../identity/browser.ts';
import { databaseWithKeys } from '../identity/prepared-keys.ts';
import { Browser, Script } from '../pages/open-pages.ts';
import { request } from './request.ts';

const login = { email: 'alice@example.org', password: 'a long password' };

describe('an app with a token of this node, at the pods of this node', () => {
  let house: House;
  let pod: string;
  let app: App;
  let script: Script;
  let resource: string;
  let tokens: Readonly<Record<string, string>>;
  before(async () => {
    log.level = 'error';
    house = await openApp({ ...schema.parse({}), port: 0, database: 'memory' }, { stores: { database: await databaseWithKeys(), blobs: new MemoryBlobs() } });
    await house.plant([{ ...login, pods: [{ name: 'alice', open: [] }] }]);
    await house.listen();
  });
  after(() => house[Symbol.asyncDispose]());
  beforeEach(async () => {
    const node = { port: Number(new URL(house.baseUrl).port), baseUrl: house.baseUrl };
    pod = `${house.baseUrl}alice/`;
    app = await App.register(house.baseUrl);
    const browser = await new Browser(node).open(app.authorizationUrl().href);
    await browser.submit('/login/', login);
    await browser.submit('/consent/', { decision: 'allow', level: 'everything', duration: 'year', away: 'on' });
    tokens = (await app.exchange(new URL(browser.url).searchParams.get('code')!)).body;
    script = new Script(node as never);
    await script.logIn(login.email, login.password);
    const { apps } = await script.get<{ apps: { client: string; resource: string }[] }>('GET', (await script.controls())['account']!['apps']!);
    ({ resource } = apps.find(({ client }) => client === app.id)!);
  });

  const proof = (method: string, url: string): Promise<string> =>
    app.key.proof(method, url, { ath: createHash('sha256').update(tokens['access_token']!).digest('base64url') });

  /** The status of a request with the access token, and what was wrong with that. */
  async function ask(method: string, path: string, body?: string, dpop?: string): Promise<[status: number, error?: string]> {
    const url = pod + path;
    const { status, headers } = await request(method, url, {
      'authorization': `DPoP ${tokens['access_token']!}`, 'dpop': dpop ?? await proof(method, url), ...(body !== undefined && { 'content-type': 'text/plain' }),
    }, body);
    const [, error] = /error="(\w+)"/.exec(headers['www-authenticate'] ?? '') ?? [];
    return error === undefined ? [status] : [status, error];
  }

  it('may do what was chosen, until the very request after it was withdrawn', async () => {
    assert.deepEqual(await ask('PUT', 'notes/a', 'hello'), [201]);
    assert.deepEqual(await ask('GET', 'settings/prefs.ttl'), [200]);
    assert.deepEqual(await ask('PUT', 'settings/prefs.ttl', 'hello'), [403]);
    for (let i = 0; i < 3; i += 1) assert.deepEqual(await ask('GET', 'notes/a'), [200]);
    await script.get('DELETE', resource);
    assert.deepEqual(await ask('GET', 'notes/a'), [401, 'invalid_token']);
    assert.deepEqual(await ask('PUT', 'notes/a', 'again'), [401, 'invalid_token']);
    assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
  });

  it('needs a proof of its own each time, also for what was answered before', async () => {
    await ask('PUT', 'notes/a', 'hello');
    for (let i = 0; i < 3; i += 1) {
      const used = await proof('GET', `${pod}notes/a`);
      assert.deepEqual(await ask('GET', 'notes/a', undefined, used), [200]);
      assert.deepEqual(await ask('GET', 'notes/a', undefined, used), [401, 'invalid_dpop_proof']);
    }
  });

  it('gets a new token after a change, which is narrower', async () => {
    await ask('PUT', 'notes/a', 'hello');
    await ask('PUT', 'photos/a', 'hello');
    await script.get('POST', resource, { level: 'folders', folders: [{ folder: 'photos/', actions: ['read'] }] });
    assert.deepEqual(await ask('GET', 'photos/a'), [401, 'invalid_token']);
    tokens = (await app.refresh(tokens['refresh_token']!)).body;
    assert.deepEqual([await ask('GET', 'photos/a'), await ask('PUT', 'photos/a', 'x'), await ask('GET', 'notes/a')], [[200], [403], [403]]);
    await script.get('POST', resource, { level: 'identity' });
    tokens = (await app.refresh(tokens['refresh_token']!)).body;
    assert.deepEqual([await ask('GET', 'photos/a'), await ask('GET', 'profile/card')], [[403], [200]]);
  });

  it('loses everything with the account', async () => {
    const { accounts, endings } = house.people.accounts;
    const { id } = (await accounts.byEmail(login.email))!;
    assert.deepEqual(await ask('GET', 'settings/prefs.ttl'), [200]);
    const { issuer } = house.people;
    const claims = decodeJwt(tokens['access_token']!);
    assert.equal(await issuer.revoked(claims), false);
    await endings.suspend(id, 'a test');
    assert.equal(await issuer.revoked(claims), true);
    assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
    await endings.restore(id);
    // What was granted does not come back with the account.
    assert.deepEqual(await ask('GET', 'settings/prefs.ttl'), [401, 'invalid_token']);
  });
});
