import assert from 'node:assert/strict';
import type { Agent } from '../../src/access/agent.ts';
import { sharingPage, takeAllBack, takeBack } from '../../src/access/sharing.ts';
import type { Party } from '../../src/access/sharing.ts';
import { auxiliaryPath, rootPath } from '../../src/pods/path.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import { Problem } from '../../src/problem.ts';
import type { NewAccess } from './new-access.ts';
import { ann, bob, eve, host, look, modesAt, openNode, put } from './open-node.ts';
import type { File } from './open-node.ts';

const pod = `${host}ann/`;
const client = 'https://app.example/id';
const club = `${host}work/group#us`;
const acl = (path: string, text: string): File => ({ path: `ann/${path}.acl`, text });
const rootAcl = acl('', `<#owner> a acl:Authorization; acl:agent <${ann}>; acl:mode acl:Read, acl:Write, acl:Control;
  acl:accessTo <./>; acl:default <./>.`);
const group: File = { path: 'work/group', text: `<#us> vcard:hasMember <${eve}>.` };

const askers: Readonly<Record<string, Agent>> = {
  nobody: {}, ann: { webId: ann }, bob: { webId: bob }, eve: { webId: eve }, 'bob with the app': { webId: bob, client },
};
const paths = ['ann/', 'ann/c/', 'ann/c/x', 'ann/d/x'];

/** What each of the askers may do at each of the paths. */
async function all(node: NewAccess): Promise<Record<string, string>> {
  const table: Record<string, string> = {};
  for (const [name, agent] of Object.entries(askers)) {
    for (const path of paths) table[`${name} ${path}`] = await modesAt(node, path, agent);
  }
  return table;
}

async function back(node: NewAccess, path: ResourcePath, party: Party, version?: string): Promise<boolean> {
  return takeBack(node.pods, (await look(node, 'ann/')).pod, path, party, version);
}

/** What the ACL document of a path says. */
async function textOf(node: NewAccess, path: ResourcePath): Promise<string> {
  for await (const { acl: { document, bytes } } of node.pods.acls((await look(node, 'ann/')).pod)) {
    if (document.path === auxiliaryPath(path, 'acl')) return Buffer.from(bytes!).toString();
  }
  return assert.fail(`no ACL document of ${path}`);
}

const problem = (kind: string) => (error: unknown): boolean => error instanceof Problem && error.kind === kind;
const person = (name: string): Party => ({ kind: 'agent', name });
const everybody: Party = { kind: 'class', name: 'everybody' };
const signedIn: Party = { kind: 'class', name: 'everybody who signed in' };
const here = 'acl:accessTo <./>; acl:default <./>';
const read = 'acl:mode acl:Read';

describe('taking back what is shared', () => {
  // the ACL document of c/, whom it is taken back from, and who has something else then at c/ and below: nobody else has
  const rows: [title: string, text: string, party: Party, changed: Record<string, string>][] = [
    ['a person', `<#a> a acl:Authorization; acl:agent <${bob}>; ${read}; ${here}.`, person(bob), { 'bob': '', 'bob with the app': '' }],
    ['a person beside another', `<#a> a acl:Authorization; acl:agent <${bob}>, <${eve}>; ${read}; ${here}.`, person(bob), { 'bob': '', 'bob with the app': '' }],
    ['a person in several authorizations', `<#a> a acl:Authorization; acl:agent <${bob}>; ${read}; ${here}.
      <#b> a acl:Authorization; acl:agent <${bob}>; acl:mode acl:Write; ${here}.`, person(bob), { 'bob': '', 'bob with the app': '' }],
    ['a person in a blank node', `[] a acl:Authorization; acl:agent <${bob}>; ${read}; ${here}.`, person(bob), { 'bob': '', 'bob with the app': '' }],
    ['a person in another spelling', `<#a> a acl:Authorization; acl:agent <HTTPS://BOB.example:443/card#me>; ${read}; ${here}.`, person(bob),
      { 'bob': '', 'bob with the app': '' }],
    ['a person, with an app only', `<#a> a acl:Authorization; acl:agent <${bob}>; ${read}; ${here};
      acl:condition [ a acl:ClientCondition; acl:client <${client}> ].`, person(bob), { 'bob with the app': '' }],
    ['a person, and not what everybody may', `<#a> a acl:Authorization; acl:agent <${bob}>; acl:agentClass foaf:Agent; ${read}; ${here}.
      <#b> a acl:Authorization; acl:agent <${bob}>; acl:mode acl:Append; ${here}.`, person(bob), { 'bob': 'read', 'bob with the app': 'read' }],
    ['a group', `<#a> a acl:Authorization; acl:agentGroup <${club}>; acl:agent <${bob}>; ${read}; ${here}.`, { kind: 'group', name: club }, { eve: '' }],
    ['everybody', `<#a> a acl:Authorization; acl:agentClass foaf:Agent; acl:agent <${bob}>; ${read}; ${here}.`, everybody, { nobody: '', eve: '' }],
    ['everybody who signed in', `<#a> a acl:Authorization; acl:agentClass acl:AuthenticatedAgent; ${read}; ${here}.
      <#b> a acl:Authorization; acl:agent <${bob}>; ${read}; ${here}.`, signedIn, { eve: '' }],
    ['one who has nothing', `<#a> a acl:Authorization; acl:agent <${eve}>; ${read}; ${here}.`, person(bob), {}],
  ];
  for (const [title, text, party, changed] of rows) {
    it(`takes it from ${title}, and everybody else may do exactly what they could`, async () => {
      const owner = `<#owner> a acl:Authorization; acl:agent <${ann}>; ${read}, acl:Write, acl:Control; ${here}.`;
      const node = await openNode([rootAcl, group, acl('c/', `${owner} ${text}`)]);
      const before = await all(node);
      const had = Object.keys(changed).length > 0;
      assert.equal(await back(node, '/c/' as ResourcePath, party), had);
      const expected = { ...before };
      for (const [name, modes] of Object.entries(changed)) expected[`${name} ann/c/`] = expected[`${name} ann/c/x`] = modes;
      if (had) assert.notDeepEqual(before, expected);
      assert.deepEqual(await all(node), expected);
    });
  }

  it('keeps all else that the document says', async () => {
    const node = await openNode([acl('c/', `<#a> a acl:Authorization; acl:agent <${bob}>, <${eve}>; ${read}; ${here};
      <https://schema.example/note> "for the trip". <#b> acl:agent <${bob}>.`)]);
    await back(node, '/c/' as ResourcePath, person(bob));
    const text = await textOf(node, '/c/' as ResourcePath);
    assert.match(text, /for the trip/);
    assert.match(text, new RegExp(eve));
    // What is no authorization gives nothing, and is not ours to touch.
    assert.equal(text.split(bob).length - 1, 1);
  });

  it('leaves owners their Control of the root in its document (WAC, server-root-container-acl-authorization-control)', async () => {
    const node = await openNode([acl('', `<#a> a acl:Authorization; acl:agent <${bob}>; acl:mode acl:Control; ${here}.`)]);
    assert.equal(await back(node, rootPath, person(bob)), true);
    const text = await textOf(node, rootPath);
    assert.match(text, new RegExp(ann));
    assert.doesNotMatch(text, new RegExp(bob));
    assert.match(await modesAt(node, 'ann/', { webId: ann }), /control/);
    assert.equal(await modesAt(node, 'ann/', { webId: bob }), '');
  });

  it('takes nothing from an owner', async () => {
    const node = await openNode([rootAcl]);
    await assert.rejects(back(node, rootPath, person('HTTPS://ANN.example:443/card#me')), problem('unprocessable'));
  });

  it('does not touch a document that has changed since it was seen', async () => {
    const node = await openNode([acl('c/', `<#a> a acl:Authorization; acl:agent <${bob}>; ${read}; ${here}.`)]);
    const { pod: made } = await look(node, 'ann/');
    const [seen] = (await sharingPage(node.access, node.pods, made, { limit: 1, after: rootPath })).shared;
    await put(node, acl('c/', `<#a> a acl:Authorization; acl:agent <${bob}>, <${eve}>; ${read}; ${here}.`));
    await assert.rejects(back(node, '/c/' as ResourcePath, person(bob), seen!.version), problem('conflict'));
    assert.equal(await modesAt(node, 'ann/c/x', { webId: bob }), 'read');
  });

  it('says that there is no document, or that it cannot be read', async () => {
    const node = await openNode([acl('c/', '<')]);
    await assert.rejects(back(node, '/d/' as ResourcePath, person(bob)), problem('missing'));
    await assert.rejects(back(node, '/c/' as ResourcePath, person(bob)), (error) => error instanceof Problem);
  });

  it('takes all back in a pod from one, and nothing from others, nor in other pods', async () => {
    const shares = `<#a> a acl:Authorization; acl:agent <${bob}>, <${eve}>; ${read}; ${here}.`;
    const node = await openNode([rootAcl, acl('c/', shares), acl('d/', shares), { path: 'work/.acl', text: shares }, acl('e/', '<')]);
    const { pod: made } = await look(node, 'ann/');
    assert.deepEqual(await takeAllBack(node.access, node.pods, made, person(bob)), { changed: 2, more: false });
    for (const path of ['ann/c/x', 'ann/d/x']) {
      assert.equal(await modesAt(node, path, { webId: bob }), '');
      assert.equal(await modesAt(node, path, { webId: eve }), 'read');
    }
    assert.equal(await modesAt(node, 'work/x', { webId: bob }), 'read');
  });
});

describe('a page of what is shared', () => {
  it('has as many resources as asked for, and goes on behind the last', async () => {
    const shares = (name: string) => acl(name, `<#a> a acl:Authorization; acl:agent <${bob}>; ${read}; acl:accessTo <./>, <${name}>.`);
    const node = await openNode([rootAcl, shares('a'), shares('b'), shares('c'), acl('n', '')]);
    const { pod: made } = await look(node, 'ann/');
    const pages: string[][] = [];
    let after: ResourcePath | undefined;
    do {
      const page = await sharingPage(node.access, node.pods, made, { limit: 2, ...(after !== undefined && { after }) });
      pages.push(page.shared.map(({ resource }) => resource.slice(pod.length)));
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(pages.map(({ length }) => length), [2, 1]);
    assert.deepEqual(pages.flat().toSorted(), ['a', 'b', 'c']);
  });

  it('names each party once, with all its rules, and no owner', async () => {
    const node = await openNode([acl('c/', `<#a> a acl:Authorization; acl:agent <${ann}>, <${bob}>; ${read}; ${here}.
      <#b> a acl:Authorization; acl:agent <${bob}>; acl:agentClass foaf:Agent; acl:agentGroup <${club}>; acl:mode acl:Append; acl:default <./>.`)]);
    const { shared: [one] } = await sharingPage(node.access, node.pods, (await look(node, 'ann/')).pod, { limit: 9, after: rootPath });
    assert.deepEqual(one!.with.map(({ party, rules }) => [party.kind, party.name, rules.map(({ modes }) => modes.join('+'))]), [
      ['agent', bob, ['read', 'append']], ['class', 'everybody', ['append']], ['group', club, ['append']],
    ]);
  });

  it('tells of a document that cannot be read', async () => {
    const node = await openNode([acl('c/', '<')]);
    const { shared: [one] } = await sharingPage(node.access, node.pods, (await look(node, 'ann/')).pod, { limit: 9, after: rootPath });
    assert.equal(one!.resource, `${pod}c/`);
    assert.ok(one!.mistake);
    assert.deepEqual(one!.with, []);
  });
});
