import assert from 'node:assert/strict';
import fc from 'fast-check';
import { publicAgent, type Agent } from '../../src/access/agent.ts';
import type { GroupDocument } from '../../src/access/groups.ts';
import { modeNames, wacAllow, type Privileges } from '../../src/access/modes.ts';
import type { Sight } from '../../src/pods/sight.ts';
import { enter } from './enter-world.ts';
import { newAccess } from './new-access.ts';
import { podBase as pod, sightOf as look, type Tree } from './sight-of.ts';
import { slowlyJudged } from './slowly.ts';
import { narrowings, worlds, type World } from './worlds.ts';

const ann = 'https://ann.example/card#me';
const bob = 'https://bob.example/card#me';
const app = 'https://app.example';
const other = 'https://other.example';

/** Group documents by their address. */
const groups: Readonly<Record<string, GroupDocument>> = {
  'https://clubs.example/chess': new Map([
    ['https://clubs.example/chess#us', new Set([bob])], ['https://clubs.example/chess#apps', new Set([`${app}/`])],
  ]),
};

async function header(sight: Sight, agent: Agent, { access } = newAccess({ groups })): Promise<string> {
  return wacAllow(await access.privileges(sight, sight.path, agent));
}

const everybody = 'acl:agentClass foaf:Agent';
const signedIn = 'acl:agentClass acl:AuthenticatedAgent';
const rule = (more: string) => `[] a acl:Authorization; ${more}.`;
/** What bob may read. */
const bobReads = (objects: string) => rule(`acl:agent bob:me; acl:mode acl:Read; ${objects}`);
/** What bob may do with all that inherits. */
const bobMay = (modes: string) => rule(`acl:agent bob:me; acl:mode ${modes}; acl:default <./>`);
/** Who may read all that inherits. */
const readers = (who: string) => rule(`${who}; acl:mode acl:Read; acl:default <./>`);

const nothing = 'user="",public=""';
const bobAlone = 'user="read",public=""';
const all = 'user="read",public="read"';
const control = 'user="control",public=""';

/** Who asks is bob, unless the row says otherwise. Its owner is ann. */
const cases: [title: string, path: string, tree: Tree, expected: string, agent?: Agent][] = [
  // which ACL document counts (WAC, Effective ACL Resource)
  ['own ACL, accessTo', 'a/b', { 'a/b': bobReads('acl:accessTo <b>') }, bobAlone],
  ['own ACL counts alone', 'a/b', { 'a/b': bobReads('acl:accessTo <b>'), '': bobMay('acl:Write') }, bobAlone],
  ['own ACL without anything denies all', 'a/b', { 'a/b': '', '': readers(everybody) }, nothing],
  ['inherited from the root', 'a/b/c', { '': bobMay('acl:Read') }, bobAlone],
  ['inherited from the nearest alone', 'a/b/c', { 'a/b/': bobMay('acl:Read'), 'a/': bobMay('acl:Write') }, bobAlone],
  ['inherited from an empty one', 'a/b/c', { 'a/': '', '': readers(everybody) }, nothing],
  ['a container inherits too', 'a/b/', { 'a/': bobMay('acl:Read') }, bobAlone],
  ['no ACL anywhere', 'a/b', {}, nothing],

  // accessTo and default (WAC, Access Objects)
  ['default does not speak of the container itself', 'a/', { 'a/': bobReads('acl:default <./>') }, nothing],
  ['accessTo is not inherited', 'a/b', { 'a/': bobReads('acl:accessTo <./>, <b>') }, nothing],
  ['both on the container', 'a/', { 'a/': bobReads('acl:accessTo <./>; acl:default <./>') }, bobAlone],
  ['the older name of default', 'a/b', { 'a/': bobReads('acl:defaultForNew <./>') }, bobAlone],
  ['default without the slash', 'a/b', { 'a/': bobReads('acl:default </a>') }, nothing],
  ['default of a container further in', 'a/b/c', { 'a/': bobReads('acl:default <b/>') }, nothing],
  ['accessTo without the slash', 'a/', { 'a/': bobReads('acl:accessTo </a>') }, nothing],
  ['accessTo with a slash too many', 'a/b', { 'a/b': bobReads('acl:accessTo <b/>') }, nothing],
  ['accessTo another document', 'a/b', { 'a/b': bobReads('acl:accessTo <c>') }, nothing],
  ['accessTo a part of the document', 'a/b', { 'a/b': bobReads('acl:accessTo <b#it>') }, nothing],
  ['accessTo in another spelling', 'a/caf%C3%A9~',
    { 'a/caf%C3%A9~': bobReads('acl:accessTo <HTTPS://POD.example:443/a/café%7e>') }, bobAlone],

  // modes (WAC, Access Modes)
  ['several authorizations add up', 'a', { '': readers(everybody) + bobMay('acl:Append') },
    'user="read append",public="read"'],
  ['Write gives Append', 'a', { '': bobMay('acl:Write') }, 'user="write append",public=""'],
  ['Control gives nothing else', 'a', { '': bobMay('acl:Control') }, control],
  ['no mode at all', 'a', { '': rule('acl:agent bob:me; acl:default <./>') }, nothing],
  ['an unknown mode beside a known one', 'a', { '': bobMay('<#Fly>, acl:Read') }, bobAlone],
  ['a condition of a kind that is not supported is not evaluated (WAC, Authorization Evaluation)', 'a',
    { '': bobReads('acl:default <./>; acl:condition [ a <#Weather> ]') }, bobAlone],

  // conditions (WAC, Access Conditions)
  ...([
    ['a client that is listed', 'acl:agent bob:me', `a acl:ClientCondition; acl:client <${app}>`, { client: app }, bobAlone],
    ['a client that is not listed', 'acl:agent bob:me', `a acl:ClientCondition; acl:client <${app}>`, { client: other }, nothing],
    ['no client where one is listed', 'acl:agent bob:me', `a acl:ClientCondition; acl:client <${app}>`, {}, nothing],
    ['a client in a group', 'acl:agent bob:me', 'a acl:ClientCondition; acl:clientGroup <https://clubs.example/chess#apps>',
      { client: app }, bobAlone],
    ['a client that is not in a group', 'acl:agent bob:me',
      'a acl:ClientCondition; acl:clientGroup <https://clubs.example/chess#apps>', { client: other }, nothing],
    ['any client', everybody, 'a acl:ClientCondition; acl:clientClass foaf:Agent', { client: other }, all],
    ['any client that is known', everybody, 'a acl:ClientCondition; acl:clientClass acl:AuthenticatedAgent', { client: other }, bobAlone],
    ['a client condition without clients', everybody, 'a acl:ClientCondition', { client: app }, nothing],
    ['a client named by a literal', everybody, `a acl:ClientCondition; acl:client "${app}"`, { client: app }, nothing],
    ['everybody with one client', everybody, `a acl:ClientCondition; acl:client <${app}>`, { client: app }, bobAlone],
    ['an issuer that is listed', 'acl:agent bob:me', 'a acl:IssuerCondition; acl:issuer <https://id.example>',
      { issuer: 'https://id.example/' }, bobAlone],
    ['an issuer that is not listed', 'acl:agent bob:me', 'a acl:IssuerCondition; acl:issuer <https://id.example/>',
      { issuer: 'https://other.example/' }, nothing],
    ['both conditions hold', 'acl:agent bob:me',
      `a acl:IssuerCondition; acl:issuer <https://id.example/> ], [ a acl:ClientCondition; acl:client <${app}>`,
      { issuer: 'https://id.example/', client: app }, bobAlone],
    ['one of two conditions holds', 'acl:agent bob:me',
      `a acl:IssuerCondition; acl:issuer <https://id.example/> ], [ a acl:ClientCondition; acl:client <${app}>`,
      { issuer: 'https://id.example/', client: other }, nothing],
    ['a condition of two types', 'acl:agent bob:me',
      `a acl:IssuerCondition, acl:ClientCondition; acl:issuer <https://id.example/>; acl:client <${app}>`,
      { issuer: 'https://id.example/', client: other }, nothing],
    ['a condition that is known beside one that is not', 'acl:agent bob:me',
      `a <#Weather> ], [ a acl:ClientCondition; acl:client <${app}>`, { client: other }, nothing],
    ['a condition alone lets nobody in', 'acl:origin <https://a.example>', 'a acl:ClientCondition; acl:clientClass foaf:Agent',
      { client: app }, nothing],
  ] as const).map(([title, who, condition, agent, expected]): [string, string, Tree, string, Agent] =>
    [`${title} [server-condition-evaluation] [server-condition-evaluation-conjunctive]`, 'a',
      { '': readers(`${who}; acl:condition [ ${condition} ]`) }, expected, { webId: bob, ...agent }]),

  // subjects (WAC, Access Subjects)
  ['any agent, signed in', 'a', { '': readers(everybody) }, all],
  ['any agent, not signed in', 'a', { '': readers(everybody) }, all, publicAgent],
  ['authenticated agents, signed in', 'a', { '': readers(signedIn) }, bobAlone],
  ['authenticated agents, not signed in', 'a', { '': readers(signedIn) }, nothing, { client: app }],
  ['another agent', 'a', { '': readers('acl:agent <https://eve.example/card#me>') }, nothing],
  ['the agent without its fragment', 'a', { '': readers('acl:agent <https://bob.example/card>') }, nothing],
  ['the agent in another spelling', 'a', { '': readers('acl:agent <https://BOB.example/c%61rd#me>') }, bobAlone],
  ['an unknown class', 'a', { '': readers('acl:agentClass foaf:Person') }, nothing],
  ['a member of a group', 'a', { '': readers('acl:agentGroup <https://clubs.example/chess#us>') }, bobAlone],
  ['not a member of a group', 'a', { '': readers('acl:agentGroup <https://clubs.example/chess#us>') }, control, { webId: ann }],
  ['nobody, of a group', 'a', { '': readers('acl:agentGroup <https://clubs.example/chess#us>') }, nothing, publicAgent],
  ['a group that is not in its document', 'a', { '': readers('acl:agentGroup <https://clubs.example/chess#them>') }, nothing],
  ['a group document that cannot be had', 'a', { '': readers('acl:agentGroup <https://clubs.example/go#us>') }, nothing],
  ['a member by one of two groups', 'a',
    { '': readers('acl:agentGroup <https://clubs.example/go#us>, <https://clubs.example/chess#us>') }, bobAlone],
  ['nobody named', 'a', { '': rule('acl:mode acl:Read; acl:default <./>') }, nothing],
  ['not typed as an authorization', 'a', { '': '[] acl:agent bob:me; acl:mode acl:Read; acl:default <./>.' }, nothing],

  // origins (WAC, Web Application Authorization)
  ...([
    ['an origin that is listed', `acl:agent bob:me; acl:origin <${app}>`, app, bobAlone],
    ['an origin that is listed with a slash', 'acl:agent bob:me; acl:origin <https://APP.example/>', app, bobAlone],
    ['an origin that is not listed', `acl:agent bob:me; acl:origin <${app}>`, other, nothing],
    ['an origin with another scheme', 'acl:agent bob:me; acl:origin <http://app.example>', app, nothing],
    ['an opaque origin', `acl:agent bob:me; acl:origin <${app}>`, 'null', nothing],
    ['no origin said', `acl:agent bob:me; acl:origin <${app}>`, undefined, bobAlone],
    ['an origin where none is listed', 'acl:agent bob:me', other, bobAlone],
    ['an origin listed for everybody', `${everybody}; acl:origin <${app}>`, app, all],
    ['an origin not listed for everybody', `${everybody}; acl:origin <${app}>`, other, nothing],
    ['an origin alone', `acl:origin <${app}>`, app, nothing],
  ] as const).map(([title, who, origin, expected]): typeof cases[number] =>
    [title, 'a', { '': readers(who) }, expected, { webId: bob, ...origin && { origin } }]),

  // owners, and documents that cannot be read
  ['the owner where the ACL is empty', 'a', { '': '' }, control, { webId: ann }],
  ['the owner where there is no ACL', 'a', {}, control, { webId: 'https://ANN.example/card#me' }],
  ['the owner with what the ACL gives', 'a', { '': readers(`acl:agent <${ann}>`) }, 'user="read control",public=""',
    { webId: ann }],
  ['the owner where the ACL cannot be parsed', 'a', { '': '<' }, control, { webId: ann }],
  ['others where the ACL cannot be parsed', 'a', { '': `${readers(everybody)} <` }, nothing],
  ['an ACL that cannot be parsed still hides the one above', 'a', { 'a': '<', '': readers(everybody) }, nothing],
  ['JSON-LD', 'a', { '': JSON.stringify({
    '@context': { acl: 'http://www.w3.org/ns/auth/acl#' }, '@type': 'acl:Authorization',
    'acl:agent': { '@id': bob }, 'acl:mode': { '@id': 'acl:Read' }, 'acl:default': { '@id': './' },
  }) }, bobAlone],
];

describe('access to a resource', () => {
  for (const [title, path, tree, expected, agent = { webId: bob }] of cases) {
    it(`${title}: ${expected}`, async () => assert.equal(await header(look(path, tree), agent), expected));
  }

  it('knows an owner whose WebID is on record in another spelling', async () => {
    assert.equal(await header(look('a', {}, { owners: ['HTTPS://ANN.example:443/c%61rd#me'] }), { webId: ann }), control);
  });

  it('keeps nothing of an ACL document that is not committed: another may take its place', async () => {
    const access = newAccess();
    const inside = (text: string) => header(look('a', { '': text }, { version: '' }), publicAgent, access);
    assert.equal(await inside(readers(everybody)), all);
    assert.equal(await inside(''), nothing);
  });

  it('parses a version of an ACL document once, and each version and document for itself', async () => {
    const access = newAccess();
    const inside = (base: string, text: string, version: string) =>
      header(look('a', { '': text }, { base, version }), publicAgent, access);
    assert.equal(await inside(pod, readers(everybody), '1'), all);
    assert.equal(await inside(pod, '', '2'), nothing);
    assert.equal(await inside(pod, '', '1'), all);
    assert.equal(await inside(`${pod}notes/`, '', '1'), nothing);
  });
});

/** What the agent and anybody may do in a world. */
async function privilegesIn(world: World): Promise<Privileges> {
  const { access, sight, agent } = await enter(world);
  return access.privileges(sight, sight.path, agent);
}

describe('access in any world of ACL documents, groups, tokens and grants', () => {
  it('is what the text of the specifications gives, for the agent and for the public [server-read-operation] '
    + '[server-condition-evaluation] [server-condition-evaluation-conjunctive]', async () => {
    await fc.assert(fc.asyncProperty(worlds, async (world) => {
      const privileges = await privilegesIn(world);
      assert.deepEqual(
        { user: modeNames(privileges.user), public: modeNames(privileges.public) }, slowlyJudged(world));
    }), { numRuns: 450 });
  });

  it('is never less for an agent than for the public, and for an owner differs by Control alone', async () => {
    await fc.assert(fc.asyncProperty(worlds, async (world) => {
      const { user, public: anybody } = await privilegesIn(world);
      assert.equal(user & anybody, anybody);
      const plain = await privilegesIn({ ...world, owners: [] });
      assert.equal(anybody, plain.public);
      assert.ok([0, 8].includes(user - plain.user));
    }), { numRuns: 150 });
  });

  for (const [name, narrow] of narrowings) {
    it(`is never more by ${name}`, async () => {
      let less = 0;
      const property = fc.asyncProperty(worlds, fc.nat(), async (world, pick) => {
        const narrower = narrow(world, pick);
        fc.pre(narrower !== undefined);
        const before = await privilegesIn(world);
        // Only those who have more than others can lose something.
        fc.pre(before.user !== before.public);
        const after = await privilegesIn(narrower);
        assert.equal(after.user & before.user, after.user, 'what the agent has');
        assert.equal(after.public & before.public, after.public, 'what the public has');
        if (after.user !== before.user) less += 1;
      });
      // What never takes anything away shows nothing.
      for (let round = 1; round <= 10 && less < 3; round += 1) await fc.assert(property, { numRuns: 20, maxSkipsPerRun: 1000 });
      assert.ok(less >= 3, `it narrowed ${less} times`);
    });
  }
});
