import assert from 'node:assert/strict';
import { runAccount, runInvite } from '../../src/cli/people.ts';
import { Problem } from '../../src/problem.ts';
import { startServer } from '../server.ts';
import { said } from './said.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';

describe('freehold invite, and freehold account', function () {
  this.timeout(60_000);
  const email = 'alice@example.org';
  const password = 'a long password';
  let data: string;
  before(async () => {
    data = await temporaryDirectory();
    await using _ = await startServer({ database: 'level', data });
  });

  /** What a command prints about the data of these tests. */
  const told = (command: typeof runInvite, ...argv: string[]): Promise<string[]> => said(command, ...argv, '--data', data);

  /** What a server on that store answers to a post to its account API. */
  async function post(path: string, body: object): Promise<number> {
    await using server = await startServer({ database: 'level', data, signUp: 'invite' });
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    return (await fetch(`${server.url}.account/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }

  it('make codes with which to sign up, as often as they are for', async () => {
    const [code = ''] = await told(runInvite, 'create', '--uses', '2', '--days', '7', '--note', 'for the club');
    assert.match((await told(runInvite, 'list')).join(), /^\S+ {2}for 2 accounts, until \d{4}-\d\d-\d\d {2}for the club$/);
    assert.equal(await post('account/', {}), 403);
    assert.equal(await post('account/', { invite: code }), 200);
    const [left] = (await told(runInvite, 'list', '--json')).map((line) => JSON.parse(line) as { id: string; uses: number });
    assert.equal(left!.uses, 1);
    await told(runInvite, 'remove', left!.id);
    assert.equal(await post('account/', { invite: code }), 403);
    await assert.rejects(told(runInvite, 'remove', left!.id), Problem);
    await assert.rejects(told(runInvite, 'create', '--uses', 'many'), Problem);
  });

  it('list accounts, shut and open them again', async () => {
    assert.match((await told(runAccount, 'list')).join('\n'), /^[0-9a-f]{20} {2}active {2}alice@example\.org {2}http:\S+\/alice\//m);
    const login = () => post('login/password/', { email, password });
    assert.equal(await login(), 200);
    assert.match((await told(runAccount, 'suspend', email)).join(), / suspended /);
    assert.equal(await login(), 403);
    assert.match((await told(runAccount, 'restore', email)).join(), / active /);
    assert.equal(await login(), 200);
  });

  it('delete accounts with all that they have', async () => {
    await told(runAccount, 'delete', email);
    assert.ok(!(await told(runAccount, 'list')).join().includes(email));
    await assert.rejects(told(runAccount, 'suspend', email), (error) => error instanceof Problem && error.kind === 'missing');
  });
});
