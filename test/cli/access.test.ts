import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Explanation } from '../../src/access/explain.ts';
import { runAccess, runAcl } from '../../src/cli/access.ts';
import { StartError } from '../../src/cli/start-error.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { as, startServer } from '../server.ts';
import { aclText } from '../solid/graph.ts';
import { request } from '../solid/request.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { printed } from './said.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const bob = 'https://bob.example/#me';
const app = 'https://app.example/id';

describe('freehold access, and freehold acl', function () {
  this.timeout(60_000);
  let data: string;
  let pod: string;
  let owner: string;

  before(async () => {
    data = await temporaryDirectory();
    await using server = await startServer({ database: 'level', data });
    ({ pod, owner } = server);
    const put = async (path: string, body: string) => {
      const { status } = await request('PUT', pod + path, { 'content-type': 'text/turtle', ...as(owner) }, body);
      assert.ok(status < 300, `${path}: ${status}`);
    };
    await put('notes/monday', '<> a <#Note>.');
    await put('notes/.acl', `${aclText(`${pod}notes/`, { [owner]: 'Read Write Control' })}
      <#bob> a acl:Authorization; acl:agent <${bob}>; acl:default <./>; acl:mode acl:Read;
        acl:condition [ a acl:ClientCondition; acl:client <${app}> ], [ a <#Weather> ].`);
    await put('profile/.acl', '# nobody');
  });

  const groups = { access: runAccess, acl: runAcl } as const;

  /** Runs a command on a store that no server uses; gives what it printed. */
  async function freehold(group: keyof typeof groups, ...argv: string[]): Promise<string> {
    const { gave, text } = await printed(() =>
      groups[group]({ argv: [...argv, '--data', data, '--log-level', 'error'], env: {} }));
    assert.equal(gave, 0);
    return text;
  }

  it('are commands that say, with exit status 1, what cannot be done, and help tells of them', async () => {
    const run = (...argv: string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...argv]);
    await assert.rejects(run('access', 'explain', `${pod}a//b`, '--data', data), { code: 1, stderr: /^The path has an empty segment/ });
    assert.match((await run('help')).stdout, /^ {2}access +explain URL/m);
  });

  it('explain tells who may do what with a resource, by which rule, and what could surprise', async () => {
    assert.equal(await freehold('access', 'explain', `${pod}notes/monday`), `${pod}notes/monday
  owners, who always have control: ${owner}
  decided by ${pod}notes/.acl, which it inherits
  ${owner}: read, write, append, control
    by ${pod}notes/.acl#rule0
  ${bob}: read
    by ${pod}notes/.acl#bob
    only if the client is ${app}
    ! It has a condition of the type <${pod}notes/.acl#Weather>, which is not evaluated: it holds as if the condition were not there.
`);
  });

  it('explain --agent tells what somebody may do, also with an app, and --json all of it', async () => {
    const alone = await freehold('access', 'explain', `${pod}notes/monday`, '--agent', bob);
    assert.match(alone, /^ {2}https:\/\/bob\.example\/#me: nothing\n {4}not by \S+#rule0: it is for another agent\n {4}not by \S+#bob: it is for another client\n$/m);
    const withApp = await freehold('access', 'explain', `${pod}notes/monday`, '--agent', bob, `--client=${app}`, '--json');
    assert.deepEqual((JSON.parse(withApp) as Explanation).asked, {
      agent: bob, client: app, modes: ['read'], public: [], by: [`${pod}notes/.acl#bob`],
      notBy: [{ authorization: `${pod}notes/.acl#rule0`, because: 'agent' }],
    });
  });

  it('shared lists what is shared with others than the owner', async () => {
    const out = await freehold('access', 'shared', pod);
    assert.match(out, /^\S+\/playground\/ and what is below it\n {2}everybody: read, write, append\n/m);
    assert.match(out, /^\S+\/notes\/ \(what is below it\)\n {2}https:\/\/bob\.example\/#me: read\n/m);
    assert.doesNotMatch(out, /card#me: /);
    const lines = await freehold('access', 'shared', pod.slice(0, -1), '--json');
    assert.ok(lines.trimEnd().split('\n').every((line) => (JSON.parse(line) as { resource: string }).resource.startsWith(pod)));
  });

  it('apps lets apps in and shows them the door, and sets whether that counts', async () => {
    const set = await freehold('access', 'apps', pod, '--policy', 'granted', '--grant', app);
    assert.match(set, new RegExp(`^${pod} {2}only apps that an owner granted something\n {2}${app} {2}since \\d{4}-`));
    assert.match(await freehold('access', 'explain', `${pod}notes/`, '--agent', owner, '--client', 'https://other.example/id'),
      /card#me with https:\/\/other\.example\/id: nothing\n {4}! without read, write, append, control, which no owner granted the app\n/);
    const back = await freehold('access', 'apps', pod, '--policy', 'everyone', '--withdraw', app, '--json');
    assert.deepEqual(JSON.parse(back), { storage: pod, policy: 'everyone', granted: [] });
  });

  it('acl reset gives back what a new pod has, and else lets inherit', async () => {
    const say = (path: string) => freehold('acl', 'reset', pod + path);
    assert.equal(await say('profile/'), `${pod}profile/ has the access rules of a new storage again.\n`);
    assert.equal(await say('notes/'), `${pod}notes/ has no access rules of its own any more; those of its container hold.\n`);
    assert.equal(await say('notes/'), `${pod}notes/ had no access rules of its own; those of its container hold.\n`);
    assert.match(await freehold('access', 'explain', `${pod}profile/card`), /everybody: read/);
  });

  const mistakes: [argv: [keyof typeof groups, ...string[]], error: typeof ConfigError | typeof StartError, said: RegExp][] = [
    [['access'], ConfigError, /no action is named: there are explain, shared, apps/],
    [['access', 'explane', 'x'], ConfigError, /"explane": there are explain, shared, apps/],
    [['access', 'explain'], ConfigError, /URL is missing/],
    [['access', 'explain', 'URL', '--agent'], ConfigError, /--agent needs a value/],
    [['access', 'explain', 'URL', '--agnt', 'x'], ConfigError, /--agnt: there is no such option/],
    [['access', 'apps', 'POD', '--policy', 'nobody'], ConfigError, /--policy must be one of everyone, granted, not "nobody"/],
    [['access', 'explain', 'https://elsewhere.example/'], StartError, /There is no storage at https:\/\/elsewhere\.example\/\./],
    [['access', 'shared', 'nothing'], StartError, /There is no storage at nothing\./],
    [['acl', 'reset'], ConfigError, /URL is missing/],
  ];
  for (const [argv, kind, said] of mistakes) {
    it(`say what is wrong with \`freehold ${argv.join(' ')}\``, async () => {
      const [group, ...rest] = argv;
      await assert.rejects(freehold(group, ...rest.map((word) => (word === 'POD' ? pod : word))), (error: Error) => {
        assert.ok(error instanceof kind, String(error));
        assert.match(error instanceof ConfigError ? error.mistakes.join('\n') : error.message, said);
        return true;
      });
    });
  }
});
