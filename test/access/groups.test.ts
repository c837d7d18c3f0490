import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Agent } from '../../src/access/agent.ts';
import { readGroups } from '../../src/access/groups.ts';
import type { Members } from '../../src/access/groups.ts';
import { includes, write } from '../../src/access/modes.ts';
import type { Guard } from '../../src/pods/pods.ts';
import { Problem } from '../../src/problem.ts';
import type { Version, Write } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { problem } from '../pods/open-pod.ts';
import type { NewAccess } from './new-access.ts';
import { ann, anotherProcess, bob, createPod, eve, host, look, modesAt, openNode, put, remove } from './open-node.ts';
import type { File } from './open-node.ts';
import { prefixes } from './sight-of.ts';

/** Who is in a group, by its IRI or by its path, for a rule at a path. */
async function members(node: NewAccess, group: string, from = 'ann/'): Promise<Members> {
  return node.access.groups.members(URL.canParse(group) ? group : host + group, await look(node, from));
}

const us = '<#us> vcard:hasMember bob:me.';
const everybodyReads = '[] a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read; acl:accessTo <./group>.';
const membersWrite = (group: string) =>
  `[] a acl:Authorization; acl:agentGroup <${host}${group}>; acl:mode acl:Write; acl:accessTo <./>; acl:default <./>.`;
const asBob = { webId: bob };

describe('the members of groups (WAC, Access Subjects)', () => {
  const owners: [title: string, group: string, files: File[], expected: 'members' | RegExp][] = [
    ['in the same pod, though private', 'ann/group', [{ path: 'ann/group', text: us }], 'members'],
    ['in another pod of the same owner, though private', 'work/group', [{ path: 'work/group', text: us }], 'members'],
    ['in a pod of somebody else, private', 'eve/group', [{ path: 'eve/group', text: us }], /belongs to somebody else and is not public/],
    ['in a pod of somebody else, public', 'eve/group',
      [{ path: 'eve/group', text: us }, { path: 'eve/group.acl', text: everybodyReads }], 'members'],
    ['in a pod of somebody else, for members alone', 'eve/group',
      [{ path: 'eve/group', text: us }, { path: 'eve/group.acl',
        text: '[] a acl:Authorization; acl:agentGroup <group#us>; acl:agent bob:me; acl:mode acl:Read; acl:accessTo <group>.' }],
      /not public/],
    ['in a pod of somebody else, for all who signed in', 'eve/group',
      [{ path: 'eve/group', text: us }, { path: 'eve/group.acl', text: everybodyReads.replace('foaf:Agent', 'acl:AuthenticatedAgent') }],
      /not public/],
    ['in a pod of somebody else, of which the list is public', 'eve/group',
      [{ path: 'eve/group', text: us },
        { path: 'eve/.acl', text: '[] a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read; acl:accessTo <./>.' }], /not public/],
    ['in a pod of somebody else, for everybody to write and not to read', 'eve/group',
      [{ path: 'eve/group', text: us }, { path: 'eve/group.acl', text: everybodyReads.replace('acl:Read', 'acl:Write') }], /not public/],
    ['in a pod of somebody else, for everybody with one app', 'eve/group',
      [{ path: 'eve/group', text: us }, { path: 'eve/group.acl', text: everybodyReads.replace(/\.$/,
        '; acl:condition [ a acl:ClientCondition; acl:client <https://app.example/> ].') }], /not public/],
    ['missing, in a private pod of somebody else, of which nothing is told', 'eve/none', [], /not public/],
  ];
  for (const [title, group, files, expected] of owners) {
    it(`are ${expected === 'members' ? 'read' : 'nobody'} when the group is ${title}`, async () => {
      const { iris, trouble } = await members(await openNode(files), `${group}#us`);
      assert.deepEqual([...iris], expected === 'members' ? [bob] : []);
      if (expected === 'members') assert.equal(trouble, undefined);
      else assert.match(trouble!, expected);
    });
  }

  it('are nobody when the group is private and the pod of the rule has an owner more', async () => {
    const node = await openNode([{ path: 'ann/group', text: us }]);
    for (const [name, those, expected] of [['both', [ann, eve], 0], ['half', [ann], 1]] as const) {
      await createPod(node, name, those);
      assert.equal((await members(node, 'ann/group#us', `${name}/`)).iris.size, expected, name);
    }
  });

  it('are nobody any more when a group of somebody else is no longer public', async () => {
    const node = await openNode([{ path: 'eve/group', text: us }, { path: 'eve/group.acl', text: everybodyReads }]);
    assert.equal((await members(node, 'eve/group#us')).iris.size, 1);
    await put(node, { path: 'eve/group.acl', text: '' });
    assert.match((await members(node, 'eve/group#us')).trouble!, /not public/);
  });

  it('are found where the ACL of the group names the group itself, and an end where two groups name each other', async () => {
    const rules = (group: string) =>
      `<#r> a acl:Authorization; acl:agentGroup <${host}${group}#us>; acl:mode acl:Write; acl:accessTo <group>.`;
    const node = await openNode([
      { path: 'ann/group', text: us }, { path: 'ann/group.acl', text: rules('ann/group') },
      { path: 'work/group', text: us }, { path: 'work/group.acl', text: rules('eve/group') },
      { path: 'eve/group', text: us }, { path: 'eve/group.acl', text: rules('work/group') },
    ]);
    assert.equal(await modesAt(node, 'ann/group', asBob), 'write append');
    assert.equal(await modesAt(node, 'work/group', asBob), '');
    assert.equal(await modesAt(node, 'eve/group', asBob), '');
  });

  const documents: [title: string, group: string, file: File | undefined, expected: number | RegExp][] = [
    ['Turtle', 'ann/group#us', { path: 'ann/group', text: us }, 1],
    ['JSON-LD', 'ann/group#us', { path: 'ann/group', mediaType: 'application/ld+json', text: JSON.stringify({
      '@context': { vcard: 'http://www.w3.org/2006/vcard/ns#' }, '@id': '#us', 'vcard:hasMember': [{ '@id': bob }, { '@id': ann }],
    }) }, 2],
    ['TriG, of which the default graph counts', 'ann/group#us',
      { path: 'ann/group', mediaType: 'application/trig', text: `${prefixes}${us} <#g> { <#us> vcard:hasMember <#x> }` }, 1],
    ['a media type with parameters', 'ann/group#us', { path: 'ann/group', mediaType: 'Text/Turtle;charset=utf-8', text: prefixes + us }, 1],
    ['a document that is a blob', 'ann/group#us', { path: 'ann/group', text: `${us} #${'x'.repeat(100_000)}` }, 1],
    ['a document far below', 'ann/a/b/c#us', { path: 'ann/a/b/c', text: us }, 1],
    ['a group without a fragment', 'ann/group', { path: 'ann/group', text: '<> vcard:hasMember bob:me.' }, 1],
    ['one of several groups', 'ann/group#b',
      { path: 'ann/group', text: '<#a> vcard:hasMember <#1>, <#2>. <#b> vcard:hasMember <#3>. <#c> vcard:hasMember <#4>, <#5>.' }, 1],
    ['a member twice, in two spellings', 'ann/group#us',
      { path: 'ann/group', text: '<#us> vcard:hasMember bob:me, <HTTPS://BOB.example/card#me>.' }, 1],
    ['members without an IRI', 'ann/group#us', { path: 'ann/group', text: `<#us> vcard:hasMember "${bob}", [], bob:me.` }, 1],
    ['no group of that name', 'ann/group#them', { path: 'ann/group', text: us },
      /says nothing of a group <https:\/\/host\.example\/ann\/group#them>/],
    ['a group in a named graph', 'ann/group#us',
      { path: 'ann/group', mediaType: 'application/trig', text: `${prefixes} <#g> { ${us} }` }, /says nothing/],
    ['members by another property', 'ann/group#us', { path: 'ann/group', text: '<#us> foaf:member bob:me.' }, /says nothing/],
    ['no group at all', 'ann/group#us', { path: 'ann/group', text: '' }, /says nothing/],
    ['no document', 'ann/group#us', undefined, /no such document/],
    ['no RDF', 'ann/group#us', { path: 'ann/group', mediaType: 'text/plain', text: us }, /text\/plain, which is no RDF/],
    ['Turtle that is broken', 'ann/group#us', { path: 'ann/group', text: `${us} <` }, /cannot be read: .*line/],
    ['bytes that are not UTF-8', 'ann/group#us',
      { path: 'ann/group', mediaType: 'application/n-triples', text: Buffer.of(0x23, 0xff) }, /must be UTF-8/],
    ['a container', 'ann/groups/#us', { path: 'ann/groups/x', text: us }, /no such document/],
    ['a container without its slash', 'ann/groups#us', { path: 'ann/groups/x', text: us }, /no such document/],
    ['the root', 'ann/#us', undefined, /no such document/],
    ['the root without its slash', 'ann#us', undefined, /no such document/],
    ['an ACL document', 'ann/x.acl#us', { path: 'ann/x.acl', text: us }, /no such document/],
    ['a description', 'ann/.meta#us', { path: 'ann/.meta', text: us }, /no such document/],
    ['what the server itself writes', 'ann/.well-known/solid#us', undefined, /no such document/],
    ['the report on access', 'ann/.access#us', undefined, /no such document/],
    ['a path with an empty segment', 'ann/a//b#us', undefined, /empty segment/],
    ['a path with a broken escape', 'ann/a%#us', undefined, /two hexadecimal digits/],
    ['a path with an encoded NUL', 'ann/%00#us', undefined, /NUL/],
    ['an ACL of an ACL', 'ann/x.acl.acl#us', undefined, /auxiliary/],
    ['a path that is too long', `ann/${'x'.repeat(3000)}#us`, undefined, /longer/],
    ['a pod that does not exist', 'zoe/group#us', undefined, /no such storage/],
    ['an address of the server that is in no pod', '#us', undefined, /404/],
    ['a server that has none', 'https://clubs.example/chess#us', undefined, /404/],
    ['what is no address', 'urn:example:us', undefined, /404/],
  ];
  for (const [title, group, file, expected] of documents) {
    it(`are ${typeof expected === 'number' ? expected : 'nobody, and why'}: ${title}`, async () => {
      const { iris, trouble } = await members(await openNode(file === undefined ? [] : [file]), group);
      if (typeof expected === 'number') {
        assert.deepEqual([iris.size, trouble], [expected, undefined]);
      } else {
        assert.equal(iris.size, 0);
        assert.match(trouble!, expected);
      }
    });
  }

  it('are read from a document of as many bytes as are allowed, and are nobody from one with one more', async () => {
    const { length } = prefixes + us;
    const node = await openNode([{ path: 'ann/group', text: us }], { maxGroupBytes: length });
    assert.equal((await members(node, 'ann/group#us')).iris.size, 1);
    await put(node, { path: 'ann/group', text: `${us} ` });
    assert.match((await members(node, 'ann/group#us')).trouble!, new RegExp(`more than ${length} bytes`));
  });

  it('are read from a document of 100,000 statements, and are nobody from one with one more', async () => {
    const lines = (count: number) =>
      Buffer.from(`${prefixes}<#us> vcard:hasMember <#0>${Array.from({ length: count - 1 }, (_, i) => `,<#${i + 1}>`).join('')}.`);
    const groups = await readGroups(`${host}g`, 'text/turtle', lines(100_000));
    assert.equal(groups.get(`${host}g#us`)!.size, 100_000);
    await assert.rejects(readGroups(`${host}g`, 'text/turtle', lines(100_001)), problem('too-large'));
  });

  it('are at once those that were written last', async () => {
    const node = await openNode([{ path: 'ann/.acl', text: membersWrite('work/group#us') }]);
    const seen = [await modesAt(node, 'ann/x', asBob)];
    for (const text of [us, '', us, '<#us> vcard:hasMember <#me>.', us]) {
      await put(node, { path: 'work/group', text });
      seen.push(await modesAt(node, 'ann/x', asBob));
    }
    await remove(node, 'work/group');
    seen.push(await modesAt(node, 'ann/x', asBob));
    assert.deepEqual(seen, ['', 'write append', '', 'write append', '', 'write append', '']);
  });

  it('are those of the pod that the group is in, where another pod has a group at the same path', async () => {
    const node = await openNode([{ path: 'ann/group', text: us }, { path: 'work/group', text: '<#us> vcard:hasMember <#me>.' }]);
    assert.deepEqual([...(await members(node, 'ann/group#us')).iris], [bob]);
    assert.deepEqual([...(await members(node, 'work/group#us')).iris], [`${host}work/group#me`]);
  });

  // They lead to the same document, but relative names in it would mean something else.
  for (const spelling of ['ann/group?x#us', 'https://eve@host.example/ann/group#us']) {
    it(`are not lost when somebody named the group as ${spelling} before`, async () => {
      const node = await openNode([{ path: 'ann/group', text: us }]);
      await members(node, spelling);
      assert.deepEqual([...(await members(node, 'ann/group#us')).iris], [bob]);
    });
  }

  it('count for conditions on the client and the issuer [server-condition-evaluation]', async () => {
    const node = await openNode([
      { path: 'work/apps', text: '<#apps> vcard:hasMember <https://app.example/id>. <#issuers> vcard:hasMember <https://id.example/>.' },
      { path: 'ann/.acl', text: `[] a acl:Authorization; acl:agent bob:me; acl:mode acl:Read; acl:default <./>; acl:condition
        [ a acl:ClientCondition; acl:clientGroup <${host}work/apps#apps> ],
        [ a acl:IssuerCondition; acl:issuerGroup <${host}work/apps#issuers> ].` },
    ]);
    const agent = { webId: bob, client: 'https://app.example/id', issuer: 'https://id.example' };
    assert.equal(await modesAt(node, 'ann/x', agent), 'read');
    assert.equal(await modesAt(node, 'ann/x', { ...agent, client: 'https://id.example/' }), '');
    assert.equal(await modesAt(node, 'ann/x', { ...agent, issuer: 'https://app.example/id' }), '');
  });
});

/** Lets those write who may, as a server does. Before the first decision can be committed, `meanwhile` happens. */
function guardOf(
  { access }: NewAccess, agent: Agent, meanwhile: () => Promise<unknown> = async () => {},
): { guard: Guard; decisions: boolean[] } {
  const decisions: boolean[] = [];
  return {
    decisions,
    async guard(now) {
      const may = includes((await access.privileges(now, now.path, agent)).user, write);
      decisions.push(may);
      if (decisions.length === 1) await meanwhile();
      if (!may) throw new Problem('forbidden', 'No.');
    },
  };
}

describe('a write whose permission another process takes away before it is committed', () => {
  const client = 'https://app.example/id';
  const asking = { webId: bob, client };
  const bobWrites = { path: 'ann/.acl', text: '[] a acl:Authorization; acl:agent bob:me; acl:mode acl:Write; acl:default <./>.' };
  const byGroup = (group: string): File[] =>
    [{ path: 'ann/.acl', text: membersWrite(`${group}#us`) }, { path: group, text: us }];
  const rewrite = (path: string) => (node: NewAccess) => put(node, { path, text: '' });
  const grant = async (node: NewAccess, details?: readonly unknown[]): Promise<void> => {
    const { pod } = await look(node, 'ann/');
    await node.access.apps.grant(pod, client, details);
  };
  const restrict = async (node: NewAccess): Promise<void> => node.pods.restrictApps((await look(node, 'ann/')).pod, 'granted');

  interface Race {
    readonly files: readonly File[];
    readonly before?: (node: NewAccess) => Promise<void>;
    readonly meanwhile: (node: NewAccess) => Promise<unknown>;
  }
  const granted = async (node: NewAccess): Promise<void> => {
    await grant(node);
    await restrict(node);
  };
  const races: Record<string, Race> = {
    'the ACL document changes': { files: [bobWrites], meanwhile: rewrite('ann/.acl') },
    'the ACL document goes': {
      files: [{ path: 'ann/c/x', text: '' }, { ...bobWrites, path: 'ann/c/.acl' }], meanwhile: (node) => remove(node, 'ann/c/.acl') },
    'a nearer ACL document comes': { files: [bobWrites], meanwhile: rewrite('ann/c/.acl') },
    'the group in the same pod changes': { files: byGroup('ann/group'), meanwhile: rewrite('ann/group') },
    'the group in another pod changes': { files: byGroup('work/group'), meanwhile: rewrite('work/group') },
    'the group in another pod goes': { files: byGroup('work/group'), meanwhile: (node) => remove(node, 'work/group') },
    'the group of somebody else is no longer public': {
      files: [...byGroup('eve/group'), { path: 'eve/group.acl', text: everybodyReads }], meanwhile: rewrite('eve/group.acl') },
    'the group of apps changes': {
      files: [{ path: 'work/apps', text: `<#us> vcard:hasMember <${client}>.` }, { path: 'ann/.acl', text: bobWrites.text.replace(/\.$/,
        `; acl:condition [ a acl:ClientCondition; acl:clientGroup <${host}work/apps#us> ].`) }],
      meanwhile: rewrite('work/apps') },
    'the grant is withdrawn': { files: [bobWrites], before: granted,
      meanwhile: async (node) => node.access.apps.withdraw((await look(node, 'ann/')).pod, client) },
    'the grant becomes smaller': { files: [bobWrites], before: granted,
      meanwhile: (node) => grant(node, [{ type: 'solid', locations: ['c/'], actions: ['read'] }]) },
    'the policy changes': { files: [bobWrites], meanwhile: restrict },
  };
  for (const [title, { files, before, meanwhile }] of Object.entries(races)) {
    it(`is judged again and refused when ${title}`, async () => {
      const node = await openNode(files);
      await before?.(node);
      const { guard, decisions } = guardOf(node, asking, () => meanwhile(anotherProcess(node)));
      await assert.rejects(put(node, { path: 'ann/c/new', text: 'late' }, guard), problem('forbidden'));
      assert.deepEqual(decisions, [true, false]);
      assert.equal((await look(node, 'ann/c/new')).resource, undefined);
    });
  }

  it('is done when what is taken away does not matter', async () => {
    const node = await openNode([{ path: 'ann/.acl', text: membersWrite('work/group#us') + membersWrite('work/other#us') },
      { path: 'work/group', text: us }, { path: 'work/other', text: us }]);
    const { guard, decisions } = guardOf(node, asking, () => rewrite('work/other')(anotherProcess(node)));
    await put(node, { path: 'ann/c/new', text: '' }, guard);
    assert.ok(decisions.every(Boolean));
    assert.notEqual((await look(node, 'ann/c/new')).resource, undefined);
  });

  it('is judged by what those before it in the same commit leave', async () => {
    const database = new SlowDatabase();
    const node = await openNode(byGroup('ann/group'), { database });
    const { guard, decisions } = guardOf(node, asking);
    const { commits } = database;
    const outcomes = await Promise.allSettled([
      put(node, { path: 'ann/in-time', text: '' }, guard),
      put(node, { path: 'ann/group', text: '' }), put(node, { path: 'ann/late', text: '' }, guard),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected']);
    assert.deepEqual(decisions, [true, false]);
    assert.equal(database.commits - commits, 1);
  });

  it('is not judged by a group that was to be written in the same commit, and was not', async () => {
    const node = await openNode([{ path: 'ann/.acl', text: membersWrite('ann/group#us') }, { path: 'ann/group', text: '' }],
      { database: new SlowDatabase() });
    let tries = 0;
    const once: Guard = () => {
      tries += 1;
      if (tries > 1) throw new Problem('conflict', 'Only once.');
    };
    // The other process gives its own group the revision that the one with Bob in it was to have.
    const { guard, decisions } = guardOf(node, asking,
      () => put(anotherProcess(node), { path: 'ann/group', text: '<#us> vcard:hasMember <#nobody>.' }));
    const outcomes = await Promise.allSettled([
      put(node, { path: 'ann/first', text: '' }), put(node, { path: 'ann/group', text: us }, once),
      put(node, { path: 'ann/late', text: '' }, guard),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected']);
    assert.deepEqual(decisions, [true, false]);
    assert.equal(await modesAt(node, 'ann/late', asking), '');
  });
});

/** Takes its time with each commit, and counts them. */
class SlowDatabase extends MemoryDatabase {
  commits = 0;

  override async commit(changes: Write): Promise<Version | undefined> {
    await turn();
    this.commits += 1;
    return super.commit(changes);
  }
}

describe('groups on other servers', () => {
  const group = 'https://clubs.example/chess#us';
  const known = new Map([[group, new Set([bob])]]);
  const rules = `[] a acl:Authorization; acl:agentGroup <${group}>; acl:mode acl:Write; acl:default <./>.`;
  const files = [{ path: 'ann/.acl', text: rules }];
  const never = new Promise<never>(() => {});

  it('are not waited for while a write is judged: what is known of them counts', async () => {
    const node = await openNode(files, { remote: { read: () => never, known: () => known } });
    await put(node, { path: 'ann/x', text: '' }, guardOf(node, asBob).guard);
    assert.notEqual((await look(node, 'ann/x')).resource, undefined);
  });

  it('have no members while a write is judged when nothing is known of them', async () => {
    const node = await openNode(files, { remote: { read: () => never, known: () => undefined } });
    await assert.rejects(put(node, { path: 'ann/x', text: '' }, guardOf(node, asBob).guard), problem('forbidden'));
  });

  it('are read, each document by its address, when no write waits', async () => {
    const asked: string[] = [];
    const remote = {
      async read(url: string) {
        asked.push(url);
        return known;
      },
      known: () => assert.fail('it can be read'),
    };
    const node = await openNode(files, { remote });
    assert.equal(await modesAt(node, 'ann/x', asBob), 'write append');
    assert.deepEqual(asked, ['https://clubs.example/chess']);
  });

  it('are not asked for when what they give is given already, nor for somebody without a name', async () => {
    const node = await openNode(
      [{ path: 'ann/.acl', text: `${rules} [] a acl:Authorization; acl:agent bob:me; acl:mode acl:Write; acl:default <./>.` }],
      { remote: { read: () => assert.fail('there is no need'), known: () => assert.fail('there is no need') } });
    assert.equal(await modesAt(node, 'ann/x', asBob), 'write append');
    assert.equal(await modesAt(node, 'ann/x', {}), '');
  });

  it('that fail in a way that nobody foresaw are a defect, not groups without members', async () => {
    const node = await openNode(files, { remote: { read: () => Promise.reject(new TypeError('oops')), known: () => undefined } });
    await assert.rejects(modesAt(node, 'ann/x', asBob), TypeError);
  });
});
