import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runKeys } from '../../src/cli/keys.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import type { KeyAbout } from '../../src/identity/keys.ts';
import { Problem } from '../../src/problem.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';

describe('freehold keys', function () {
  this.timeout(30_000);
  let data: string;
  before(async () => { data = join(await temporaryDirectory(), 'storage'); });

  /** What the command prints. */
  async function keys(...argv: string[]): Promise<string> {
    const { write } = process.stdout;
    let printed = '';
    process.stdout.write = ((text: string) => { printed += text; return true; });
    try {
      assert.equal(await runKeys({ argv: [...argv, '--data', data, '--log-level', 'silent'], env: {} }), 0);
    } finally {
      process.stdout.write = write;
    }
    return printed;
  }
  const json = async (...argv: string[]) => JSON.parse(await keys(...argv, '--json')) as KeyAbout[];

  it('lists the keys, the same each time, and nothing of them that is secret', async () => {
    const list = await json('list');
    assert.deepEqual(list.map(({ algorithm, state }) => `${algorithm} ${state}`),
      ['ES256 signing', 'ES256 next', 'RS256 signing', 'RS256 next']);
    assert.deepEqual(await json('list'), list);
    const lines = (await keys('list')).trimEnd().split('\n');
    assert.equal(lines.length, 4);
    assert.match(lines[0]!, /^[0-9a-f]{24} {2}ES256 {2}signing since \d{4}-\d\d-\d\d \d\d:\d\d until /);
    assert.ok(lines.every((line) => !line.includes('"d"')));
  });

  it('rotates, at once when it is urgent', async () => {
    const before = await json('list');
    const after = await json('rotate', '--urgent');
    assert.equal(after.find(({ state }) => state === 'signing')!.kid,
      before.find(({ state }) => state === 'next')!.kid);
    assert.ok(after.some(({ kid, state }) => state === 'retired' && kid === before[0]!.kid));
  });

  it('revokes', async () => {
    const [retired] = await json('list');
    const after = await json('revoke', retired!.kid);
    assert.ok(!after.some(({ kid }) => kid === retired!.kid));
    assert.deepEqual(await json('list'), after);
  });

  it('says what is wrong', async () => {
    await assert.rejects(keys('revoke', 'nothing'), (error) => error instanceof Problem
      && /no key nothing/.test(error.message));
    await assert.rejects(keys('revoke'), ConfigError);
    await assert.rejects(keys('burn'), ConfigError);
  });
});
