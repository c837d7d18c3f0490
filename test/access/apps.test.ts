import assert from 'node:assert/strict';
import type { AppGrant } from '../../src/access/apps.ts';
import type { Agent } from '../../src/access/agent.ts';
import { parseAuthority } from '../../src/access/authority.ts';
import { includes, read } from '../../src/access/modes.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { problem } from '../pods/open-pod.ts';
import { collect } from '../storage/database-contract.ts';
import type { NewAccess } from './new-access.ts';
import { ann, bob, host, look, modesAt, openNode } from './open-node.ts';

const client = 'https://app.example/id';
const other = 'https://other.example/id';

/** Bob may do all in the pod of Ann, and everybody may read what is in `public/`. */
const files = [
  { path: 'ann/.acl', text: `[] a acl:Authorization; acl:agent bob:me; acl:mode acl:Read, acl:Write, acl:Control;
    acl:accessTo <./>; acl:default <./>.` },
  { path: 'ann/public/.acl', text: `[] a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read; acl:default <./>.
    [] a acl:Authorization; acl:agent bob:me; acl:mode acl:Write; acl:default <./>.` },
];

/** Apps, with what they were granted; `undefined` for all. */
type Granted = Readonly<Record<string, readonly unknown[] | undefined>>;

async function open(policy: 'everyone' | 'granted', granted: Granted = {}): Promise<NewAccess> {
  const node = await openNode(files);
  const { pod } = await look(node, 'ann/');
  await node.pods.restrictApps(pod, policy);
  for (const [app, details] of Object.entries(granted)) await node.access.apps.grant(pod, app, details);
  return node;
}

async function granted(node: NewAccess): Promise<AppGrant[]> {
  return collect(node.access.apps.granted((await look(node, 'ann/')).pod));
}

const all = 'read write append control';
const readNotes = [{ type: 'solid', locations: ['notes/'], actions: ['read'] }];
const token = (...details: readonly unknown[]) => parseAuthority(details);

describe('the apps that owners let into a pod', () => {
  // policy, grants, who asks, where, what they may do
  const rows: [
    title: string, policy: 'everyone' | 'granted', grants: Granted, agent: Agent, path: string, expected: string][] = [
    ['any app, where every app may be used', 'everyone', {}, { client }, 'x', all],
    ['no app, where every app may be used', 'everyone', {}, {}, 'x', all],
    ['an app that was granted less, where every app may be used', 'everyone', { [client]: readNotes }, { client }, 'x', all],
    ['an app that was granted all', 'granted', { [client]: undefined }, { client }, 'x', all],
    ['an app that was granted nothing', 'granted', { [other]: undefined }, { client }, 'x', ''],
    ['no app', 'granted', { [client]: undefined }, {}, 'x', ''],
    ['an app without a name', 'granted', {}, { client: '' }, 'x', ''],
    ['an app with a name that begins with that of another', 'granted', { [client]: undefined }, { client: `${client}2` }, 'x', ''],
    ['an app with the beginning of the name of another', 'granted', { [client]: undefined }, { client: client.slice(0, -1) }, 'x', ''],
    ['an app that was granted an empty list', 'granted', { [client]: [] }, { client }, 'x', ''],
    ['an app that was granted a container, there', 'granted', { [client]: readNotes }, { client }, 'notes/x', 'read'],
    ['an app that was granted a container, on itself', 'granted', { [client]: readNotes }, { client }, 'notes/', 'read'],
    ['an app that was granted a container, elsewhere', 'granted', { [client]: readNotes }, { client }, 'x', ''],
    ['an app that was granted all of the pod', 'granted',
      { [client]: [{ type: 'solid', locations: [''], actions: ['write'] }] }, { client }, 'x', 'write append'],
    ['an app that was granted an absolute location', 'granted',
      { [client]: [{ type: 'solid', locations: [`${host}ann/notes/`], actions: ['read'] }] }, { client }, 'notes/x', 'read'],
    ['an app that was granted a location in another pod', 'granted',
      { [client]: [{ type: 'solid', locations: ['/work/'], actions: ['read'] }] }, { client }, 'notes/x', ''],
    ['an app whose grant is over', 'granted', { [client]: [{ ...readNotes[0], exp: 1 }] }, { client }, 'notes/x', ''],
    ['an app whose grant is not over', 'granted', { [client]: [{ ...readNotes[0], exp: 9_999_999_999 }] }, { client }, 'notes/x', 'read'],
    ['an app that was granted more than its user has', 'granted', { [client]: undefined }, { webId: 'https://eve.example/#me', client }, 'x', ''],
    ['an app that was granted all, with a token for less', 'granted', { [client]: undefined },
      { client, authority: token({ type: 'solid', locations: [`${host}ann/`], actions: ['append'] }) }, 'x', 'append'],
    ['an app that was granted less than its token says', 'granted', { [client]: readNotes },
      { client, authority: token({ type: 'solid', locations: [host], actions: ['read', 'write'] }) }, 'notes/x', 'read'],
    ['an app that was granted something else than its token says', 'granted', { [client]: readNotes },
      { client, authority: token({ type: 'solid', locations: [host], actions: ['write'] }) }, 'notes/x', ''],
    ['a token for nothing, where every app may be used', 'everyone', {}, { client, authority: [] }, 'x', ''],

    ['the owner with an app that was granted nothing', 'granted', {}, { webId: ann, client }, 'x', ''],
    ['the owner without an app', 'granted', {}, { webId: ann }, 'x', ''],
    ['the owner with an app that was granted all', 'granted', { [client]: undefined }, { webId: ann, client }, 'x', 'control'],
    ['the owner with an app that may read', 'granted', { [client]: readNotes }, { webId: ann, client }, 'notes/x', ''],

    ['what is public, with an app that was granted nothing', 'granted', {}, { client }, 'public/x', 'read'],
    ['what is public, without an app', 'granted', {}, {}, 'public/x', 'read'],
    ['what is public, with a token for nothing', 'everyone', {}, { client, authority: [] }, 'public/x', 'read'],
    ['what is public, with an app that was granted something else', 'granted',
      { [client]: [{ type: 'solid', locations: ['public/'], actions: ['append'] }] }, { client }, 'public/x', 'read append'],
  ];
  for (const [title, policy, grants, agent, path, expected] of rows) {
    it(`leave ${expected || 'nothing'} (${policy}): ${title}`, async () => {
      assert.equal(await modesAt(await open(policy, grants), `ann/${path}`, { webId: bob, ...agent }), expected);
    });
  }

  it('leave the public what it has, in every pod', async () => {
    const node = await open('granted');
    const { access } = node;
    const sight = await look(node, 'ann/public/x');
    for (const agent of [{}, { client }, { webId: bob, client }, { webId: bob, authority: [] }]) {
      assert.ok(includes((await access.privileges(sight, sight.path, agent)).public, read), JSON.stringify(agent));
    }
  });

  it('are let into one pod, and into no other of the same owner', async () => {
    const node = await open('granted', { [client]: undefined });
    await node.pods.restrictApps((await look(node, 'work/')).pod, 'granted');
    assert.equal(await modesAt(node, 'ann/x', { webId: ann, client }), 'control');
    assert.equal(await modesAt(node, 'work/x', { webId: ann, client }), '');
  });

  it('may be used again, every one, when the owners say so', async () => {
    const node = await open('granted');
    const { pod } = await look(node, 'ann/');
    assert.equal(pod.apps, 'granted');
    await node.pods.restrictApps(pod, 'everyone');
    assert.equal((await look(node, 'ann/')).pod.apps, undefined);
    assert.equal(await modesAt(node, 'ann/x', { webId: bob, client }), all);
  });

  it('are out as soon as their grant is withdrawn, and others stay', async () => {
    const node = await open('granted', { [client]: undefined, [other]: undefined });
    const { pod } = await look(node, 'ann/');
    for (let times = 1; times <= 2; times += 1) {
      await node.access.apps.withdraw(pod, client);
      assert.equal(await modesAt(node, 'ann/x', { webId: bob, client }), '');
      assert.equal(await modesAt(node, 'ann/x', { webId: bob, client: other }), all);
    }
    assert.deepEqual((await granted(node)).map((grant) => grant.client), [other]);
  });

  it('have what they were granted last, and nothing of what they were before', async () => {
    const node = await open('granted', { [client]: undefined });
    const { pod } = await look(node, 'ann/');
    await node.access.apps.grant(pod, client, readNotes);
    assert.equal(await modesAt(node, 'ann/x', { webId: bob, client }), '');
    await node.access.apps.grant(pod, client);
    assert.equal(await modesAt(node, 'ann/x', { webId: bob, client }), all);
    assert.equal((await granted(node)).length, 1);
  });

  it('are listed by their identifiers, in order, with what they were granted and when', async () => {
    const before = Date.now();
    const node = await open('everyone', { 'urn:c': undefined, 'https://b.example/': readNotes, a: [], 'é': undefined });
    await node.access.apps.grant((await look(node, 'work/')).pod, 'elsewhere');
    const list = await granted(node);
    assert.deepEqual(list.map(({ at: _, ...grant }) => grant), [
      { client: 'a', details: [] }, { client: 'https://b.example/', details: readNotes }, { client: 'urn:c' }, { client: 'é' },
    ]);
    for (const { at } of list) assert.ok(at >= before && at <= Date.now());
  });

  it('are listed as they come from the database, so that one can stop after the first', async () => {
    const node = await open('everyone', { a: undefined, b: undefined });
    const { value } = await node.access.apps.granted((await look(node, 'ann/')).pod)[Symbol.asyncIterator]().next();
    assert.equal((value as AppGrant).client, 'a');
  });
});

describe('the identifier of an app', () => {
  const rows: [title: string, identifier: string, fits: boolean][] = [
    ['a URL', client, true],
    ['a word', 'app', true],
    ['white space', ' ', true],
    ['one of 2,000 bytes', 'x'.repeat(2_000), true],
    ['one of 2,001 bytes', 'x'.repeat(2_001), false],
    ['one of 2,000 bytes that are 1,000 characters', 'é'.repeat(1_000), true],
    ['one of 2,002 bytes that are 1,001 characters', 'é'.repeat(1_001), false],
    ['one with a pair of surrogates', '\u{1f600}', true],
    ['one with half of a pair', '\ud83d', false],
    ['one with the other half', 'x\ude00y', false],
    ['one with NUL', 'a\0b', false],
    ['NUL', '\0', false],
    ['nothing', '', false],
  ];
  for (const [title, identifier, fits] of rows) {
    it(`${fits ? 'can' : 'cannot'} be ${title}`, async () => {
      const node = await open('granted');
      const { pod } = await look(node, 'ann/');
      if (fits) await node.access.apps.grant(pod, identifier);
      else await assert.rejects(node.access.apps.grant(pod, identifier), problem('invalid', /identifier of an app/));
      assert.equal(await modesAt(node, 'ann/x', { webId: bob, client: identifier }), fits ? all : '');
      assert.deepEqual((await granted(node)).map((grant) => grant.client), fits ? [identifier] : []);
      await node.access.apps.withdraw(pod, identifier);
      assert.deepEqual(await granted(node), []);
      assert.equal(await modesAt(node, 'ann/x', { webId: bob, client: identifier }), '');
    });
  }

  it('is one key, whatever is in it: nothing of it reaches another pod or another entry', async () => {
    const node = await open('granted', { 'x/../y': undefined, [keys.grant('p', 'x').join('/')]: undefined });
    assert.deepEqual((await granted(node)).map((grant) => grant.client), ['grant/p/x', 'x/../y']);
  });
});

describe('what an app can be granted', () => {
  const refused: [title: string, details: readonly unknown[]][] = [
    ['a detail of another type', [{ ...readNotes[0], type: 'payment' }]],
    ['a detail with a member that is not known', [{ ...readNotes[0], datatypes: [] }]],
    ['null', [null]],
    ['text', ['solid']],
    ['a good detail beside one that is none', [...readNotes, {}]],
    ['an end that is text', [{ ...readNotes[0], exp: '1' }]],
    ['an end that JSON cannot hold', [{ ...readNotes[0], exp: Infinity }]],
  ];
  for (const [title, details] of refused) {
    it(`is not ${title}; what was granted before remains`, async () => {
      const node = await open('granted', { [client]: readNotes });
      const { pod } = await look(node, 'ann/');
      await assert.rejects(node.access.apps.grant(pod, client, details), problem('invalid', /authorization detail/));
      assert.deepEqual((await granted(node)).map((grant) => grant.details), [readNotes]);
    });
  }
});
