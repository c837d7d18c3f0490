import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Parser } from 'n3';
import { Access, type AccessQuestion } from '../../src/access/access.ts';
import type { AclDocument } from '../../src/access/acl.ts';
import { publicAgent, type Agent } from '../../src/access/agent.ts';
import { wacAllow } from '../../src/access/modes.ts';

const pod = 'https://pod.example/';
const ann = 'https://ann.example/card#me';
const bob = 'https://bob.example/card#me';
const app = 'https://app.example';
const other = 'https://other.example';

const prefixes = `@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.
  @prefix vcard: <http://www.w3.org/2006/vcard/ns#>. @prefix bob: <https://bob.example/card#>. `;

/** The ACL documents of a tree, by the path of the resource that they belong to. */
type Tree = Readonly<Record<string, string>>;

function aclOf(subject: string, text: string, version = '1'): AclDocument {
  const json = text.startsWith('{');
  return {
    url: `${subject}.acl`, subject, version, mediaType: json ? 'application/ld+json' : 'text/turtle',
    bytes: Buffer.from(json ? text : prefixes + text),
  };
}

/** Everything from a path up to the root, the nearest first. */
function upwards(path: string): string[] {
  return path === '' ? [''] : [path, ...upwards(path.replace(/[^/]+\/?$/, ''))];
}

function ask(path: string, tree: Tree, owners: readonly string[] = [ann]): AccessQuestion {
  const acls = upwards(path).filter((at) => at in tree).map((at) => aclOf(pod + at, tree[at]!));
  return { target: pod + path, acls, owners };
}

async function header(question: AccessQuestion, agent: Agent): Promise<string> {
  return wacAllow(await new Access().modes(question, agent));
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

  // subjects (WAC, Access Subjects)
  ['any agent, signed in', 'a', { '': readers(everybody) }, all],
  ['any agent, not signed in', 'a', { '': readers(everybody) }, all, publicAgent],
  ['authenticated agents, signed in', 'a', { '': readers(signedIn) }, bobAlone],
  ['authenticated agents, not signed in', 'a', { '': readers(signedIn) }, nothing, { client: app }],
  ['another agent', 'a', { '': readers('acl:agent <https://eve.example/card#me>') }, nothing],
  ['the agent without its fragment', 'a', { '': readers('acl:agent <https://bob.example/card>') }, nothing],
  ['the agent in another spelling', 'a', { '': readers('acl:agent <https://BOB.example/c%61rd#me>') }, bobAlone],
  ['an unknown class', 'a', { '': readers('acl:agentClass foaf:Person') }, nothing],
  ['a group is nobody', 'a', { '': `${readers('acl:agentGroup <#us>')} <#us> vcard:hasMember bob:me.` }, nothing],
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
    it(`${title}: ${expected}`, async () => assert.equal(await header(ask(path, tree), agent), expected));
  }

  it('keeps nothing of an ACL document that is not committed: another may take its place', async () => {
    const access = new Access();
    const inside = async (text: string) => wacAllow(await access.modes(
      { target: `${pod}a`, acls: [aclOf(pod, text, '')], owners: [] }, publicAgent));
    const open = rule(`acl:default <./>; acl:mode acl:Read; ${everybody}`);
    assert.equal(await inside(open), 'user="read",public="read"');
    assert.equal(await inside(''), 'user="",public=""');
  });

  it('parses a version of an ACL document once, and each version and document for itself', async () => {
    const access = new Access();
    const inside = async (container: string, text: string, version: string) => wacAllow(await access.modes(
      { target: `${container}a`, acls: [aclOf(container, text, version)], owners: [] }, publicAgent));
    assert.equal(await inside(pod, readers(everybody), '1'), all);
    assert.equal(await inside(pod, '', '2'), nothing);
    assert.equal(await inside(pod, '', '1'), all);
    assert.equal(await inside(`${pod}notes/`, '', '1'), nothing);
  });
});

const ns = 'http://www.w3.org/ns/auth/acl#';

/** WAC, Authorization Process, as its text stands and without a thought for speed: may this agent, in this mode? */
function slowlyAllowed(path: string, tree: Tree, mode: string, agent: Agent): boolean {
  const at = upwards(path).find((candidate) => candidate in tree);
  if (at === undefined) return false;
  const quads = new Parser({ baseIRI: `${pod + at}.acl` }).parse(prefixes + tree[at]);
  return quads.some(({ subject }) => {
    const has = (predicate: string, object: string) => quads.some((quad) => quad.subject.equals(subject)
      && quad.predicate.value === predicate && quad.object.value === object);
    const about = at === path ? has(`${ns}accessTo`, pod + path)
      : has(`${ns}default`, pod + at) || has(`${ns}defaultForNew`, pod + at);
    const allows = has(`${ns}mode`, ns + mode) || (mode === 'Append' && has(`${ns}mode`, `${ns}Write`));
    const forAgent = has(`${ns}agentClass`, 'http://xmlns.com/foaf/0.1/Agent')
      || (agent.webId !== undefined && has(`${ns}agent`, agent.webId))
      || (agent.webId !== undefined && has(`${ns}agentClass`, `${ns}AuthenticatedAgent`));
    const hasOrigin = quads.some((quad) => quad.subject.equals(subject) && quad.predicate.value === `${ns}origin`);
    const fromOrigin = agent.origin === undefined || !hasOrigin || has(`${ns}origin`, agent.origin);
    return has('http://www.w3.org/1999/02/22-rdf-syntax-ns#type', `${ns}Authorization`)
      && about && allows && forAgent && fromOrigin;
  });
}

const places = ['', 'a/', 'a/b/', 'a/b', 'a/b/c', 'a/b/c/', 'd'];

/** An authorization in the ACL of any place: about the right places, or wrong ones, for these agents and others. */
const authorizations = fc.record({
  typed: fc.integer({ max: 9 }).map((digit) => digit > 0),
  objects: fc.array(fc.tuple(fc.constantFrom('accessTo', 'default', 'defaultForNew'),
    fc.constantFrom('<SELF>', '<SELF>', ...places.map((place) => `<${pod + place}>`))), { maxLength: 3 }),
  modes: fc.subarray(['acl:Read', 'acl:Append', 'acl:Write', 'acl:Control', '<#Fly>']),
  who: fc.subarray([`acl:agent <${bob}>`, `acl:agent <${ann}>`, 'acl:agentClass foaf:Agent', 'acl:agentGroup <#us>',
    'acl:agentClass acl:AuthenticatedAgent', `acl:origin <${app}>`, `acl:origin <${other}>`], { maxLength: 3 }),
}).map(({ typed, objects, modes, who }) => [
  typed ? 'a acl:Authorization' : 'a foaf:Agent', ...objects.map(([property, object]) => `acl:${property} ${object}`),
  ...modes.map((mode) => `acl:mode ${mode}`), ...who,
].join('; '));

const trees: fc.Arbitrary<Tree> = fc.dictionary(fc.constantFrom(...places), fc.array(authorizations, { maxLength: 4 }))
  .map((tree) => Object.fromEntries(Object.entries(tree).map(([place, rules]) =>
    [place, rules.map((text, index) => `<#${index}> ${text.replaceAll('SELF', pod + place)}.`).join('\n')])));

const agents: fc.Arbitrary<Agent> = fc.record(
  { webId: fc.constantFrom(bob, ann), origin: fc.constantFrom(app, other, 'null') }, { requiredKeys: [] });

describe('access in any tree of ACL documents', () => {
  it('is what the text of the specification gives, for the agent and for the public', async () => {
    await fc.assert(fc.asyncProperty(trees, fc.constantFrom(...places), agents, async (tree, path, agent) => {
      const slowly = (asking: Agent) => ['read', 'write', 'append', 'control'].filter((mode) =>
        slowlyAllowed(path, tree, mode[0]!.toUpperCase() + mode.slice(1), asking)).join(' ');
      const { webId: _, ...anybody } = agent;
      const expected = `user="${slowly(agent)}",public="${slowly(anybody)}"`;
      assert.equal(await header(ask(path, tree, []), agent), expected);
    }), { numRuns: 400 });
  });

  it('gives an owner Control and beyond it what others in the same place have, and an agent never less than the public',
    async () => {
      await fc.assert(fc.asyncProperty(trees, fc.constantFrom(...places), agents, async (tree, path, agent) => {
        const access = new Access();
        const plain = await access.modes(ask(path, tree, []), agent);
        const owned = await access.modes(ask(path, tree, [ann]), agent);
        assert.equal(owned.user, agent.webId === ann ? plain.user | 8 : plain.user);
        assert.equal(owned.public, plain.public);
        assert.equal(plain.user & plain.public, plain.public);
      }), { numRuns: 100 });
    });
});
