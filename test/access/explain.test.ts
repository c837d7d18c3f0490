import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Agent } from '../../src/access/agent.ts';
import { parseAuthority } from '../../src/access/authority.ts';
import type { Authority } from '../../src/access/authority.ts';
import { explain, shared } from '../../src/access/explain.ts';
import type { Explanation, Rule, Share, Unreadable } from '../../src/access/explain.ts';
import type { Entry, Key } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { collect } from '../storage/database-contract.ts';
import { enter } from './enter-world.ts';
import { newAccess } from './new-access.ts';
import { ann, bob, createPod, eve, host, look, openNode, put } from './open-node.ts';
import type { File } from './open-node.ts';
import { sightOf } from './sight-of.ts';
import { worlds } from './worlds.ts';

const pod = `${host}ann/`;
const client = 'https://app.example/id';

async function explained(files: readonly File[], path: string, agent?: Agent): Promise<Explanation> {
  const node = await openNode(files);
  return explain(node.access, await look(node, path), agent);
}

const acl = (path: string, text: string): File => ({ path: `${path}.acl`, text });
const bobReads = 'a acl:Authorization; acl:agent bob:me; acl:mode acl:Read';
const names = (rules: readonly Rule[]) => rules.map(({ authorization }) => authorization.replace(/.*#/, '#'));

describe('the explanation of the access to a resource', () => {
  it('tells all of an authorization, by names that people know', async () => {
    const { rules } = await explained([acl('ann/', `<#all> a acl:Authorization; acl:mode acl:Write, acl:Read, acl:Control;
      acl:default <./>; acl:agent bob:me, <${ann}>; acl:agentClass foaf:Agent, acl:AuthenticatedAgent, foaf:Person;
      acl:agentGroup <${host}work/group#us>; acl:origin <https://app.example>; acl:condition <#app>, <#issuer>.
      <#app> a acl:ClientCondition; acl:client <${client}>; acl:clientClass acl:AuthenticatedAgent; acl:clientGroup <${host}work/group#apps>.
      <#issuer> a acl:IssuerCondition; acl:issuer <https://id.example>.`),
    { path: 'work/group', text: '<#us> vcard:hasMember bob:me. <#apps> vcard:hasMember <#a>.' }], 'ann/x');
    assert.deepEqual(rules, [{
      authorization: `${pod}.acl#all`,
      modes: ['read', 'write', 'append', 'control'],
      agents: [bob, ann],
      groups: [`${host}work/group#us`],
      classes: ['everybody', 'everybody who signed in'],
      origins: ['https://app.example/'],
      conditions: [
        { on: 'client', iris: [client], groups: [`${host}work/group#apps`], classes: ['everybody who signed in'] },
        { on: 'issuer', iris: ['https://id.example/'] },
      ],
    }]);
  });

  const deciding: [title: string, files: File[], path: string, expected: Partial<Explanation>][] = [
    ['the ACL document of the resource', [acl('ann/x', ''), acl('ann/', '')], 'ann/x', { acl: `${pod}x.acl`, inherited: false }],
    ['that of a container', [acl('ann/', '')], 'ann/c/x', { acl: `${pod}.acl`, inherited: true }],
    ['that of the nearest container', [acl('ann/c/', ''), acl('ann/', '')], 'ann/c/x', { acl: `${pod}c/.acl`, inherited: true }],
    ['that of the container itself', [acl('ann/c/', '')], 'ann/c/', { acl: `${pod}c/.acl`, inherited: false }],
    ['that of the root', [], 'ann/', { acl: `${pod}.acl`, inherited: false }],
  ];
  for (const [title, files, path, expected] of deciding) {
    it(`names the ACL document that decides: ${title} (WAC, Effective ACL Resource)`, async () => {
      const { acl: document, inherited } = await explained(files, path);
      assert.deepEqual({ acl: document, inherited }, expected);
    });
  }

  it('names no ACL document where there is none', async () => {
    const explanation = await explain(newAccess().access, sightOf('a/b', {}));
    assert.deepEqual(explanation, {
      resource: 'https://pod.example/a/b', exists: false, owners: [ann], apps: 'everyone', rules: [], others: [],
    });
  });

  it('tells whether there is such a resource, who owns it, and which apps may be used', async () => {
    const node = await openNode([{ path: 'ann/x', text: '' }]);
    const about = async (path: string) => {
      const { resource, exists, owners, apps } = await explain(node.access, await look(node, path));
      return { resource, exists, owners, apps };
    };
    assert.deepEqual(await about('ann/x'), { resource: `${pod}x`, exists: true, owners: [ann], apps: 'everyone' });
    assert.deepEqual(await about('ann/y'), { resource: `${pod}y`, exists: false, owners: [ann], apps: 'everyone' });
    await node.pods.restrictApps((await look(node, 'ann/')).pod, 'granted');
    assert.equal((await about('ann/x')).apps, 'granted');
  });

  it('tells why an ACL document cannot be read, which then gives nothing', async () => {
    const explanation = await explained([acl('ann/x', `<#a> ${bobReads}; acl:accessTo <x>. <`), acl('ann/', `<#b> ${bobReads}; acl:default <./>.`)],
      'ann/x', { webId: bob });
    assert.match(explanation.mistake!, /line/);
    assert.deepEqual([explanation.acl, explanation.rules, explanation.others, explanation.asked!.modes], [`${pod}x.acl`, [], [], []]);
  });

  it('keeps apart the authorizations that count and those that are about something else', async () => {
    const files = [acl('ann/c/', `<#self> ${bobReads}; acl:accessTo <./>. <#below> ${bobReads}; acl:default <./>.
      <#both> ${bobReads}; acl:accessTo <./>; acl:default <./>. <#elsewhere> ${bobReads}; acl:accessTo <../d>.`)];
    const { rules, others } = await explained(files, 'ann/c/');
    assert.deepEqual([names(rules), names(others)], [['#self', '#both'], ['#below', '#elsewhere']]);
    const inside = await explained(files, 'ann/c/x');
    assert.deepEqual([names(inside.rules), names(inside.others)], [['#below', '#both'], ['#self', '#elsewhere']]);
  });

  it('names authorizations in blank nodes by labels, so that they can be told apart', async () => {
    const { rules, asked } = await explained([acl('ann/', `[] ${bobReads}; acl:default <./>.
      [] a acl:Authorization; acl:agent <${eve}>; acl:mode acl:Write; acl:default <./>.`)], 'ann/x', { webId: bob });
    const [mine, hers] = rules.map(({ authorization }) => authorization);
    assert.match(mine!, /^_:./);
    assert.match(hers!, /^_:./);
    assert.notEqual(mine, hers);
    assert.deepEqual([asked!.by, asked!.notBy], [[mine], [{ authorization: hers, because: 'agent' }]]);
  });

  // what is said in the ACL document of c/, the resource, and the warnings by authorization
  const noType = /a condition without a type, which is not evaluated/;
  const warned: [title: string, text: string, path: string, warnings: RegExp[]][] = [
    ['a condition of a type that is not evaluated', `<#a> ${bobReads}; acl:default <./>; acl:condition [ a <https://x.example/Weather> ].`, 'x',
      [/a condition of the type <https:\/\/x\.example\/Weather>, which is not evaluated/]],
    ['a condition without a type', `<#a> ${bobReads}; acl:default <./>; acl:condition [ acl:client <#x> ].`, 'x', [noType]],
    ['a condition that is not in the document', `<#a> ${bobReads}; acl:default <./>; acl:condition <#gone>.`, 'x', [noType]],
    ['a condition that is text', `<#a> ${bobReads}; acl:default <./>; acl:condition "acl:ClientCondition".`, 'x', [noType]],
    ['several conditions that are not evaluated', `<#a> ${bobReads}; acl:default <./>; acl:condition [ a <#X>, <#Y> ], [].`, 'x',
      [/#X>/, /#Y>/, noType]],
    ['a condition of two types, one of which is evaluated',
      `<#a> ${bobReads}; acl:default <./>; acl:condition [ a <#X>, acl:ClientCondition ].`, 'x', [/#X>/]],
    ['a condition that is evaluated',
      `<#a> ${bobReads}; acl:default <./>; acl:condition [ a acl:ClientCondition ], [ a acl:IssuerCondition ].`, 'x', []],
    ['accessTo without the slash', `<#a> ${bobReads}; acl:accessTo <../c>.`, '',
      [/about <https:\/\/host\.example\/ann\/c>, which is not <https:\/\/host\.example\/ann\/c\/>: the slash/]],
    ['default without the slash, of the container', `<#a> ${bobReads}; acl:default <../c>.`, '', [/the slash at the end counts/]],
    ['default without the slash, of a member', `<#a> ${bobReads}; acl:default <../c>.`, 'x', [/the slash at the end counts/]],
    ['about something else altogether', `<#a> ${bobReads}; acl:accessTo <../d>.`, 'x', []],
    ['about itself alone, of a member', `<#a> ${bobReads}; acl:accessTo <./>.`, 'x', []],
    ['about nothing', `<#a> ${bobReads}.`, 'x', [/neither acl:accessTo nor acl:default/]],
    ['about text', `<#a> ${bobReads}; acl:accessTo "./".`, 'x', [/neither acl:accessTo nor acl:default/]],
    ['a group that cannot be read', '<#a> a acl:Authorization; acl:agentGroup <https://clubs.example/chess#us>; acl:default <./>.', 'x',
      [/a group without members: <https:\/\/clubs\.example\/chess> cannot be read: It answered 404/]],
    ['a group that is not in its document', `<#a> a acl:Authorization; acl:agentGroup <${host}work/group#them>; acl:default <./>.`, 'x',
      [/a group without members: .* says nothing of a group/]],
    ['a private group of somebody else', `<#a> a acl:Authorization; acl:agentGroup <${host}eve/group#us>; acl:default <./>.`, 'x',
      [/somebody else and is not public/]],
    ['a group that has members', `<#a> a acl:Authorization; acl:agentGroup <${host}work/group#us>; acl:default <./>.`, 'x', []],
    ['a group of apps that cannot be read', `<#a> ${bobReads}; acl:default <./>; acl:condition
      [ a acl:ClientCondition; acl:clientGroup <${host}work/none#us> ].`, 'x', [/work\/none> cannot be read/]],
    ['several things at once, in an authorization that does not count', `<#a> ${bobReads}; acl:accessTo <../c>; acl:condition [];
      acl:agentGroup <${host}work/none#us>.`, '', [noType, /work\/none/, /the slash/]],
  ];
  for (const [title, text, path, expected] of warned) {
    it(`${expected.length === 0 ? 'does not warn' : 'warns'} of ${title}`, async () => {
      const { rules, others } = await explained([
        acl('ann/c/', text), { path: 'work/group', text: '<#us> vcard:hasMember bob:me.' }, { path: 'eve/group', text: '<#us> vcard:hasMember bob:me.' },
      ], `ann/c/${path}`);
      const [rule] = [...rules, ...others];
      assert.equal(rule!.warnings?.length ?? 0, expected.length, String(rule!.warnings));
      expected.forEach((warning, i) => assert.match(rule!.warnings![i]!, warning));
    });
  }

  it('warns of a document named with a slash at its end', async () => {
    const { others } = await explained([acl('ann/x', `<#a> ${bobReads}; acl:accessTo <x/>.`)], 'ann/x');
    assert.match(others[0]!.warnings![0]!, /<https:\/\/host\.example\/ann\/x\/>, which is not <https:\/\/host\.example\/ann\/x>/);
  });
});

describe('the explanation of what somebody may do', () => {
  const rules = `<#bob> ${bobReads}; acl:default <./>.
    <#app> a acl:Authorization; acl:agent bob:me; acl:mode acl:Append; acl:default <./>;
      acl:condition [ a acl:ClientCondition; acl:client <${client}> ].
    <#issuer> a acl:Authorization; acl:agent bob:me; acl:mode acl:Write; acl:default <./>;
      acl:condition [ a acl:IssuerCondition; acl:issuer <https://id.example/> ].
    <#origin> a acl:Authorization; acl:agent bob:me; acl:mode acl:Control; acl:default <./>; acl:origin <https://app.example>.
    <#group> a acl:Authorization; acl:agentGroup <${host}work/group#us>; acl:mode acl:Append; acl:default <./>.
    <#all> a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Append; acl:default <./>.
    <#elsewhere> ${bobReads}; acl:accessTo <y>.`;
  const files = [acl('ann/', rules), { path: 'work/group', text: `<#us> vcard:hasMember <${eve}>.` }];

  const rows: [title: string, agent: Agent, modes: string, by: string, notBy: Readonly<Record<string, string>>][] = [
    ['anybody', {}, 'append', '#all', { '#bob': 'agent', '#app': 'agent', '#issuer': 'agent', '#origin': 'agent', '#group': 'agent' }],
    ['somebody', { webId: 'https://zoe.example/#me' }, 'append', '#all',
      { '#bob': 'agent', '#app': 'agent', '#issuer': 'agent', '#origin': 'agent', '#group': 'agent' }],
    ['a member of a group', { webId: eve }, 'append', '#group #all', { '#bob': 'agent', '#app': 'agent', '#issuer': 'agent', '#origin': 'agent' }],
    ['who is named', { webId: bob }, 'read append control', '#bob #origin #all', { '#app': 'client', '#issuer': 'issuer', '#group': 'agent' }],
    ['who is named, in another spelling', { webId: 'HTTPS://BOB.example/card#me' }, 'read append control', '#bob #origin #all',
      { '#app': 'client', '#issuer': 'issuer', '#group': 'agent' }],
    ['who uses the app', { webId: bob, client }, 'read append control', '#bob #app #origin #all', { '#issuer': 'issuer', '#group': 'agent' }],
    ['who comes from the issuer', { webId: bob, issuer: 'https://id.example' }, 'read write append control', '#bob #issuer #origin #all',
      { '#app': 'client', '#group': 'agent' }],
    ['who comes from another origin', { webId: bob, origin: 'https://other.example' }, 'read append', '#bob #all',
      { '#app': 'client', '#issuer': 'issuer', '#origin': 'origin', '#group': 'agent' }],
    ['the owner', { webId: ann }, 'append control', '#all', { '#bob': 'agent', '#app': 'agent', '#issuer': 'agent', '#origin': 'agent', '#group': 'agent' }],
  ];
  for (const [title, agent, modes, by, notBy] of rows) {
    it(`says by what, and what is in the way of the rest: ${title}`, async () => {
      const { asked } = await explained(files, 'ann/x', agent);
      const short = (authorization: string) => authorization.replace(/.*#/, '#');
      assert.deepEqual({ ...asked, by: asked!.by.map(short).join(' '), modes: asked!.modes.join(' '),
        notBy: Object.fromEntries(asked!.notBy.map(({ authorization, because }) => [short(authorization), because])) },
      { ...Object.fromEntries(Object.entries(agent).map(([member, value]) => [member === 'webId' ? 'agent' : member, value])),
        modes, public: ['append'], by, notBy });
    });
  }

  it('is there only when it was asked for', async () => {
    assert.equal('asked' in await explained(files, 'ann/x'), false);
  });

  it('knows nothing of an app that nobody signed in to, as access does', async () => {
    const { asked } = await explained([acl('ann/', `<#a> a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read; acl:default <./>;
      acl:condition [ a acl:ClientCondition; acl:client <${client}> ].`)], 'ann/x', { client });
    assert.deepEqual({ modes: asked!.modes, by: asked!.by.length, notBy: asked!.notBy.map(({ because }) => because) },
      { modes: [], by: 0, notBy: ['client'] });
  });

  it('gives all modes of the authorizations that it names, and no others, less those that the app has not, in any world', async () => {
    await fc.assert(fc.asyncProperty(worlds, async (world) => {
      const { access, sight, agent } = await enter(world);
      const { asked, rules } = await explain(access, sight, agent);
      const given = rules.filter(({ authorization }) => asked!.by.includes(authorization)).flatMap(({ modes }) => modes);
      if (agent.webId !== undefined && world.owners.includes(agent.webId)) given.push('control');
      assert.deepEqual([...asked!.modes, ...asked!.withheld ?? []].sort(), [...new Set(given)].sort());
      assert.equal(asked!.by.length + asked!.notBy.length, rules.length);
      const restricted = world.policy === 'granted' || world.details !== undefined;
      if (!restricted) assert.equal(asked!.withheld, undefined);
    }), { numRuns: 150 });
  });

  // the policy, what the app was granted, what the token says; then what is left of `read append control`
  const restrictions: [
    title: string, policy: 'everyone' | 'granted', details: readonly unknown[] | undefined, authority: Authority | undefined,
    modes: string[], withheld: string[] | undefined][] = [
    ['an app that was granted nothing', 'granted', [], undefined, ['append'], ['read', 'control']],
    ['an app that was granted something', 'granted', [{ type: 'solid', locations: [''], actions: ['read'] }], undefined,
      ['read', 'append'], ['control']],
    ['an app that was granted all', 'granted', undefined, undefined, ['read', 'append', 'control'], undefined],
    ['a token for something', 'everyone', [], parseAuthority([{ type: 'solid', locations: [pod], actions: ['control'] }]),
      ['append', 'control'], ['read']],
    ['a token for nothing', 'everyone', undefined, [], ['append'], ['read', 'control']],
  ];
  for (const [title, policy, details, authority, modes, withheld] of restrictions) {
    it(`says what is withheld from the app: ${title}`, async () => {
      const node = await openNode(files);
      const before = await look(node, 'ann/');
      await node.pods.restrictApps(before.pod, policy);
      await node.access.apps.grant(before.pod, client, details);
      const { apps, asked } = await explain(node.access, await look(node, 'ann/x'), { webId: bob, client, ...authority && { authority } });
      assert.deepEqual([apps, asked!.modes, asked!.withheld, asked!.public], [policy, modes, withheld, ['append']]);
    });
  }
});

async function sharedIn(files: readonly File[]): Promise<(Share | Unreadable)[]> {
  const node = await openNode(files);
  return collect(shared(node.access, node.pods, (await look(node, 'ann/')).pod));
}

describe('the list of what is shared in a pod', () => {
  // what is said in the ACL document of c/, and the authorizations that are listed with what they are about
  const here = 'acl:accessTo <./>; acl:default <./>';
  const modes = 'acl:mode acl:Read';
  const rows: [title: string, text: string, expected: string[]][] = [
    ['with an agent', `<#a> a acl:Authorization; acl:agent bob:me; ${modes}; ${here}.`, ['#a resource below']],
    ['with an agent, the container alone', `<#a> a acl:Authorization; acl:agent bob:me; ${modes}; acl:accessTo <./>.`, ['#a resource']],
    ['with an agent, what is below alone', `<#a> a acl:Authorization; acl:agent bob:me; ${modes}; acl:default <./>.`, ['#a below']],
    ['with a group', `<#a> a acl:Authorization; acl:agentGroup <https://clubs.example/chess#us>; ${modes}; ${here}.`, ['#a resource below']],
    ['with everybody', `<#a> a acl:Authorization; acl:agentClass foaf:Agent; ${modes}; ${here}.`, ['#a resource below']],
    ['with all who signed in', `<#a> a acl:Authorization; acl:agentClass acl:AuthenticatedAgent; ${modes}; ${here}.`, ['#a resource below']],
    ['with others beside the owner', `<#a> a acl:Authorization; acl:agent <${ann}>, bob:me; ${modes}; ${here}.`, ['#a resource below']],
    ['with everybody beside the owner', `<#a> a acl:Authorization; acl:agent <${ann}>; acl:agentClass foaf:Agent; ${modes}; ${here}.`, ['#a resource below']],
    ['by several authorizations', `<#a> ${bobReads}; ${here}. <#b> a acl:Authorization; acl:agent <${ann}>; ${modes}; ${here}.
      <#c> a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Append; ${here}.`, ['#a resource below', '#c resource below']],
    ['under conditions', `<#a> ${bobReads}; ${here}; acl:condition [ a acl:ClientCondition ].`, ['#a resource below']],
    ['with the owner alone', `<#a> a acl:Authorization; acl:agent <${ann}>; ${modes}; ${here}.`, []],
    ['with the owner alone, in another spelling', `<#a> a acl:Authorization; acl:agent <HTTPS://ANN.example:443/card#me>; ${modes}; ${here}.`, []],
    ['with a class that is nobody', `<#a> a acl:Authorization; acl:agentClass foaf:Person; ${modes}; ${here}.`, []],
    ['with nobody', `<#a> a acl:Authorization; ${modes}; ${here}.`, []],
    ['with an origin and nobody', `<#a> a acl:Authorization; acl:origin <https://app.example>; ${modes}; ${here}.`, []],
    ['without modes', `<#a> a acl:Authorization; acl:agent bob:me; ${here}.`, []],
    ['with modes that are not known', `<#a> a acl:Authorization; acl:agent bob:me; acl:mode <#Fly>; ${here}.`, []],
    ['about nothing', `<#a> ${bobReads}.`, []],
    ['about something else', `<#a> ${bobReads}; acl:accessTo <../d>; acl:default <../d/>, <../c>.`, []],
    ['without its type', `<#a> acl:agent bob:me; ${modes}; ${here}.`, []],
    ['by nothing', '', []],
  ];
  for (const [title, text, expected] of rows) {
    it(`${expected.length === 0 ? 'leaves out' : 'has'} what is shared ${title}`, async () => {
      const list = await sharedIn([acl('ann/c/', text)]) as Share[];
      assert.deepEqual(list.map(({ authorization, about }) => `${authorization.replace(/.*#/, '#')} ${about.join(' ')}`), expected);
    });
  }

  it('says all of it, and whether there is such a resource', async () => {
    const text = (name: string) => `<#a> a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read, acl:Write;
      acl:accessTo <${name}>; acl:origin <https://app.example>; acl:condition [ a <#Weather> ].`;
    const list = await sharedIn([{ path: 'ann/a', text: '' }, acl('ann/a', text('a')), acl('ann/b', text('b'))]);
    assert.deepEqual(list, (['a', 'b'] as const).map((name) => ({
      resource: pod + name, exists: name === 'a', acl: `${pod}${name}.acl`, about: ['resource'],
      authorization: `${pod}${name}.acl#a`, modes: ['read', 'write', 'append'], classes: ['everybody'], origins: ['https://app.example/'],
      warnings: [`It has a condition of the type <${pod}${name}.acl#Weather>, which is not evaluated: it holds as if the condition were not there.`],
    })));
  });

  it('leaves out what is shared with an owner whose WebID is on record in another spelling', async () => {
    const node = await openNode();
    await createPod(node, 'other', ['HTTPS://ANN.example:443/card#me']);
    await put(node, acl('other/', `<#a> a acl:Authorization; acl:agent <${ann}>; acl:mode acl:Read; acl:accessTo <./>.
      <#b> ${bobReads}; acl:accessTo <./>.`));
    const list = await collect(shared(node.access, node.pods, (await look(node, 'other/')).pod)) as Share[];
    assert.deepEqual(names(list), ['#b']);
  });

  it('has nothing below a document, whatever is said of it', async () => {
    const [share] = await sharedIn([acl('ann/x', `<#a> ${bobReads}; acl:accessTo <x>; acl:default <x>.`)]) as Share[];
    assert.deepEqual(share!.about, ['resource']);
    assert.deepEqual(await sharedIn([acl('ann/x', `<#a> ${bobReads}; acl:default <x>.`)]), []);
  });

  it('tells of an ACL document that cannot be read, and goes on', async () => {
    const list = await sharedIn([acl('ann/a', '<'), { path: 'ann/b.acl', text: 'no RDF', mediaType: 'text/plain' },
      acl('ann/c', `<#a> ${bobReads}; acl:accessTo <c>.`)]);
    assert.deepEqual(list.map((entry) => [entry.resource, entry.exists, entry.acl, 'mistake' in entry]), [
      [`${pod}a`, false, `${pod}a.acl`, true], [`${pod}b`, false, `${pod}b.acl`, true], [`${pod}c`, false, `${pod}c.acl`, false],
    ]);
    assert.match((list[1] as Unreadable).mistake, /must be RDF, not text\/plain/);
  });

  it('has nothing of descriptions, nor of other pods', async () => {
    const text = `<#a> ${bobReads}; acl:accessTo <./>, <x>; acl:default <./>.`;
    assert.deepEqual(await sharedIn([{ path: 'ann/x', text }, { path: 'ann/x.meta', text }, acl('work/', text), acl('eve/x', text)]), []);
  });

  it('comes as the ACL documents come from the database: the first without the rest of 2,000', async () => {
    const database = new CountingDatabase();
    const { pods, blobs } = newAccess({ database });
    const bytes = Buffer.from(`<#a> a <http://www.w3.org/ns/auth/acl#Authorization>; <http://www.w3.org/ns/auth/acl#agent> <${bob}>;
      <http://www.w3.org/ns/auth/acl#mode> <http://www.w3.org/ns/auth/acl#Read>; <http://www.w3.org/ns/auth/acl#accessTo> <./>.`);
    const made = await pods.create({ base: pod, owners: [ann] },
      Array.from({ length: 2_000 }, (_, i) => ({ path: `${i === 0 ? '' : `c${i}/`}.acl`, mediaType: 'text/turtle', bytes })));
    const fresh = newAccess({ database, blobs });
    database.gets = database.ranged = 0;
    const list = shared(fresh.access, fresh.pods, made)[Symbol.asyncIterator]();
    assert.equal((await list.next()).value.resource, pod);
    assert.ok(database.gets <= 5 && database.ranged <= 300, `it read ${database.gets} times, and ${database.ranged} entries`);
    await list.return?.();
    assert.ok(database.closed, 'the range is closed');
    let rest = 0;
    for await (const share of shared(fresh.access, fresh.pods, made)) rest += share.exists ? 1 : 0;
    assert.equal(rest, 2_000);
  });
});

/** Counts what is read. */
class CountingDatabase extends MemoryDatabase {
  gets = 0;
  ranged = 0;
  closed = false;

  override async get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    this.gets += 1;
    return super.get(keys);
  }

  override async *range(prefix: Key, page?: { after?: Key; limit?: number }): AsyncIterable<Entry> {
    try {
      for await (const entry of super.range(prefix, page)) {
        this.ranged += 1;
        yield entry;
      }
    } finally {
      this.closed = true;
    }
  }
}
