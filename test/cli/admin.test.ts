import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { AuditEntry } from '../../src/admin/audit.ts';
import { runAdmin } from '../../src/cli/admin.ts';
import { runAccount, runInvite, runPod } from '../../src/cli/people.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { Problem } from '../../src/problem.ts';
import { startServer } from '../server.ts';
import { said } from './said.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';

for (const running of [true, false]) {
  describe(`freehold admin, account, invite and pod, ${running ? 'while the server runs' : 'without a server'}`, function () {
    this.timeout(60_000);
    const email = 'alice@example.org';
    let data: string;
    let server: Awaited<ReturnType<typeof startServer>> | undefined;
    before(async () => {
      data = await temporaryDirectory();
      server = await startServer({ database: 'level', data });
      if (running) return;
      await server[Symbol.asyncDispose]();
      server = undefined;
    });
    after(() => server?.[Symbol.asyncDispose]());

    /** What a command prints about the data of these tests. */
    const told = (command: typeof runAdmin, ...argv: string[]): Promise<string[]> => said(command, ...argv, '--data', data);
    const one = async <T>(command: typeof runAdmin, ...argv: string[]): Promise<T> =>
      JSON.parse((await told(command, ...argv, '--json')).join('')) as T;

    it('give roles, and the last owner keeps theirs', async () => {
      assert.deepEqual(await told(runAdmin, 'role', email, 'owner'), [`${email}: owner`]);
      assert.match((await told(runAccount, 'list')).join(), /active, owner {2}alice@example\.org/);
      await assert.rejects(told(runAdmin, 'role', email, 'none'), Problem);
      await assert.rejects(told(runAdmin, 'role', email, 'king'), Problem);
    });

    it('suspend, restore, show, and have deleted or kept', async () => {
      const invite = await one<{ code: string }>(runInvite, 'create');
      assert.match(invite.code, /^[\w-]{22}$/);
      await told(runAdmin, 'role', email, 'owner');
      assert.equal((await one<{ state: string }>(runAccount, 'show', email)).state, 'active');
      await assert.rejects(told(runAccount, 'suspend', email), (error) => error instanceof Problem && error.kind === 'conflict');
      await assert.rejects(told(runAccount, 'show', 'nobody@example.org'), (error) => error instanceof Problem && error.kind === 'missing');
      await assert.rejects(told(runAccount, 'feed', email), ConfigError);
    });

    it('set how much a pod may hold', async () => {
      await told(runAdmin, 'run', 'usage').catch((error: unknown) => {
        // Only a server has jobs.
        if (running || !(error instanceof Problem)) throw error;
      });
      const { pods: [pod] } = await one<{ pods: { id: string; quota: number }[] }>(runAccount, 'show', email);
      await told(runPod, 'quota', pod!.id, '2 GB');
      assert.equal((await one<{ pods: { quota: number }[] }>(runAccount, 'show', email)).pods[0]!.quota, 2_000_000_000);
      await told(runPod, 'quota', pod!.id, 'default');
      if (running) assert.match((await told(runPod, 'list')).join(), new RegExp(pod!.id));
    });

    it('set what holds for the node, block apps and issuers, and take that back', async () => {
      await told(runAdmin, 'set', 'signUp', 'closed');
      await told(runAdmin, 'set', 'maxPodsPerAccount', '3');
      const { settings } = await one<{ settings: Record<string, { value: unknown }> }>(runAdmin, 'settings');
      assert.deepEqual([settings['signUp']!.value, settings['maxPodsPerAccount']!.value], ['closed', 3]);
      await told(runAdmin, 'set', 'signUp', 'null');
      await told(runAdmin, 'block-app', 'https://app.example/id', '--reason', 'spam');
      await told(runAdmin, 'block-issuer', 'https://bad.example');
      assert.deepEqual(await told(runAdmin, 'apps'), ['https://app.example/id  0 people  blocked: spam']);
      const { blocked, ...app } = await one<{ blocked: { reason: string }; client: string; people: number }>(runAdmin, 'apps');
      assert.deepEqual([app.client, app.people, blocked.reason], ['https://app.example/id', 0, 'spam']);
      assert.match((await told(runAdmin, 'issuers', '--json')).join(), /https:\/\/bad\.example\//);
      await told(runAdmin, 'unblock-app', 'https://app.example/id');
      await told(runAdmin, 'unblock-issuer', 'https://bad.example/');
      assert.deepEqual(await told(runAdmin, 'apps'), []);
    });

    it('leave a trace of all that, as of whoever has the machine', async () => {
      const entries = (await told(runAdmin, 'audit', '--json')).map((line) => JSON.parse(line) as AuditEntry);
      assert(entries.length >= 10);
      assert.deepEqual([...new Set(entries.map(({ who }) => `${who.role} at ${who.address}`))], ['operator at this machine']);
      const lines = await told(runAdmin, 'audit');
      assert.equal(lines.length, entries.length);
      for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}(?:done|refused) +[A-Z]+ \S+ .*by operator, this machine/);
      const blocked = (await told(runAdmin, 'audit', '--action', 'POST apps/', '--json')).map((line) => JSON.parse(line) as AuditEntry);
      assert.deepEqual(blocked.map(({ whom, outcome }) => [whom, outcome]), [['https://app.example/id', 'done']]);
    });

    if (!running) return;
    it('list jobs in words, and in JSON', async () => {
      await told(runAdmin, 'run', 'trim');
      const jobs = (await told(runAdmin, 'jobs', '--json')).map((line) => JSON.parse(line) as { name: string; outcome?: string });
      const lines = await told(runAdmin, 'jobs');
      assert.deepEqual(lines.map((line) => line.split('  ')[0]), jobs.map(({ name }) => name));
      assert.equal(jobs.find(({ name }) => name === 'trim')!.outcome, 'done');
      assert.match(lines.find((line) => line.startsWith('trim'))!, /^trim {2}done \d{4}-\d\d-\d\d \d\d:\d\d {2}\S/);
    });

    it('speak with the server through a socket that nobody else can open', async () => {
      const { mode } = await stat(join(data, 'control.sock'));
      assert.equal(mode & 0o777, 0o600);
    });
  });
}

describe('the socket for commands', () => {
  it('is closed where it cannot be as it should, and the server serves without', async () => {
    // Addresses of sockets end after about a hundred bytes: newer versions of Node refuse longer ones, older cut them.
    const parent = await temporaryDirectory();
    const data = join(parent, 'd'.repeat(100));
    await mkdir(data);
    const before = process.umask(0o027);
    await using server = await startServer({ database: 'level', data });
    assert.equal(process.umask(before), 0o027);
    assert.equal((await fetch(`${server.pod}profile/card`)).status, 200);
    for (const cut of (await readdir(parent)).filter((name) => name !== 'd'.repeat(100))) {
      assert.equal((await stat(join(parent, cut))).mode & 0o777, 0o600);
      const [error] = await once(connect(join(parent, cut)), 'error') as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED');
    }
    assert.ok(!(await readdir(data)).includes('control.sock'));
  });
});
