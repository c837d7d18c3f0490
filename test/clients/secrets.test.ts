import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { makePerson } from './account-script.ts';
import { startChild } from './child-server.ts';
import { askForToken, ProofKey, TokenBearer } from './dpop.ts';

describe('what a server leaves behind', function () {
  this.timeout(60_000);
  const secrets = new Map<string, string>([['password', 'a password that nobody logs'], ['wrong password', 'another that nobody logs']]);
  let data: string;
  let log: string;

  before(async () => {
    data = await temporaryDirectory();
    const server = await startChild({ data, options: ['--log-level', 'trace'] });
    const person = await makePerson(server.url, { email: 'ann@example.org', password: secrets.get('password')!, pod: 'ann' });
    secrets.set('secret of a script', person.credential.secret);
    const bearer = await TokenBearer.login(server.url, person.credential);
    secrets.set('access token', bearer.token);
    const url = `${person.pod}private`;
    const headers = await bearer.headers('PUT', url);
    secrets.set('proof', headers.dpop);
    const put = await fetch(url, { method: 'PUT', headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' });
    assert.equal(put.status, 201);
    // Whatever is refused is told at the level debug, with what was wrong about it.
    const refused = await fetch(url, { headers: { ...headers, cookie: 'css-account=a-cookie-that-nobody-logs' } });
    assert.equal(refused.status, 401);
    secrets.set('cookie', 'a-cookie-that-nobody-logs');
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${bearer.token}` } })).status, 401);
    const wrong = await askForToken(server.url, { id: person.credential.id, secret: secrets.get('wrong password')! }, await ProofKey.make());
    assert.equal(wrong.status, 401);
    await fetch(`${server.url}.account/login/password/`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ann@example.org', password: secrets.get('wrong password') }),
    });
    await server.stop();
    log = server.log();
  });

  it('holds no secret in its log, though that tells all there is to tell', () => {
    assert.ok(log.split('\n').length > 5, log);
    for (const [what, secret] of secrets) {
      assert.ok(!log.includes(secret), `the ${what} is in the log`);
      // Nor what is signed, without the rest.
      for (const part of secret.split('.')) if (part.length > 40) assert.ok(!log.includes(part), `a part of the ${what} is in the log`);
    }
  });

  it('is files that nobody but its user can read', async () => {
    const open: string[] = [];
    for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const { mode } = await stat(path);
      if ((mode & 0o077) !== 0) open.push(`${path} ${(mode & 0o777).toString(8)}`);
    }
    assert.deepEqual(open, []);
  });

  it('is a store in which no password, token or secret can be found', async () => {
    const { openLevel } = await import('../../src/storage/level.ts');
    await using database = await openLevel(join(data, 'database'));
    for await (const { key, value } of database.range([])) {
      const text = `${key.join(' ')} ${Buffer.from(value).toString('latin1')}`;
      for (const [what, secret] of secrets) assert.ok(!text.includes(secret), `the ${what} is in ${key.join('/')}`);
    }
  });
});
