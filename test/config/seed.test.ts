import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config-error.ts';
import { readSeed } from '../../src/config/seed.ts';

describe('Reading a seed file', () => {
  let path: string;
  before(() => { path = join(mkdtempSync(join(tmpdir(), 'freehold-seed-')), 'seed.json'); });
  after(() => rmSync(join(path, '..'), { recursive: true }));

  function read(content: unknown): unknown {
    writeFileSync(path, JSON.stringify(content));
    return readSeed(path);
  }

  const pods = [{ name: 'alice', open: ['playground/', 'a/b-c/'] }];
  const alice = { email: 'alice@example.org', password: 'a long one', pods };
  const badName = '[0].pods[0].name must be 1 to 63 lower-case letters, digits and inner hyphens';
  const badFolder = '[0].pods[0].open[0] must be a folder within the pod, like "playground/" or "shared/drafts/"';
  const withPod = (pod: unknown) => [{ ...alice, pods: [pod] }];

  it('gives the accounts with their pods', () => {
    assert.deepEqual(read([alice]), [alice]);
    assert.deepEqual(read([]), []);
  });

  const refusals: [what: string, content: unknown, mistake: string][] = [
    ['something else than a list', {}, 'must be a list of accounts'],
    ['something else than an account', ['alice'], '[0] must be an object'],
    ['an unknown key', [{ ...alice, pod: 1 }], '[0] must not have "pod"'],
    ['no e-mail address', [{ ...alice, email: 'alice' }], '[0].email must be an e-mail address'],
    ['a missing password', [{ email: 'a@b.example', pods: [] }], '[0].password must be text'],
    ['a short password', [{ ...alice, password: 'short' }], '[0].password must have at least 10 characters'],
    ['missing pods', [{ ...alice, pods: undefined }], '[0].pods must be a list of pods'],
    ['a name in upper case', withPod({ name: 'Alice' }), badName],
    ['a name with a slash', withPod({ name: 'a/b' }), badName],
    ['a folder without a slash', withPod({ name: 'a', open: ['b'] }), badFolder],
    ['a folder outside of the pod', withPod({ name: 'a', open: ['b/../../c/'] }), badFolder],
    ['the root as a folder', withPod({ name: 'a', open: ['/'] }), badFolder],
    ['an address twice', [alice, { ...alice, email: 'Alice@example.org', pods: [] }], '[1].email is there twice'],
    ['a name twice', [alice, { ...alice, email: 'bob@example.org' }], '[1].pods[0].name is there twice'],
  ];
  for (const [what, content, mistake] of refusals) {
    it(`refuses ${what}, and says where`, () => {
      assert.throws(() => read(content), (error: unknown) => {
        assert(error instanceof ConfigError);
        assert.deepEqual(error.mistakes, [`${path}: ${mistake}`]);
        return true;
      });
    });
  }

  it('lists all mistakes', () => {
    assert.throws(() => read([{ ...alice, email: '', password: '' }]), (error: unknown) => {
      return error instanceof ConfigError && error.mistakes.length === 2;
    });
  });

  it('says that there is no file', () => {
    assert.throws(() => readSeed('/nowhere.json'), new ConfigError(['/nowhere.json: there is no such file']));
  });
});
