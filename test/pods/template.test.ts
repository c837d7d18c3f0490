import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Parser, Store } from 'n3';
import type { Agent } from '../../src/access/agent.ts';
import { wacAllow } from '../../src/access/modes.ts';
import { createPod } from '../../src/pods/new-pod.ts';
import { ownPodTemplate, readPodTemplate, type PodFile, type PodValues } from '../../src/pods/template.ts';
import { Problem } from '../../src/problem.ts';
import { newAccess } from '../access/new-access.ts';

const base = 'https://host.example/alice/';
const webId = `${base}profile/card#me`;
const values: PodValues = { base, webId, label: 'Alice', issuer: 'https://idp.example/' };

function textOf({ bytes }: PodFile): string {
  return Buffer.from(bytes).toString();
}

function graphOf(file: PodFile): Store {
  assert.equal(file.mediaType, 'text/turtle');
  return new Store(new Parser({ baseIRI: base + file.path, format: 'text/turtle' }).parse(textOf(file)));
}

async function ownFile(path: string, given: PodValues = values): Promise<PodFile> {
  return (await readPodTemplate(ownPodTemplate, given)).find((file) => file.path === path)!;
}

describe('the first contents of a pod', () => {
  it('are these documents, each before its auxiliary ones, all of them Turtle', async () => {
    const files = await readPodTemplate(ownPodTemplate, values);
    assert.deepEqual(files.map(({ path }) => path), [
      '.acl', 'inbox/.acl', 'profile/.acl', 'profile/card', 'public/.acl', 'settings/.acl', 'settings/prefs.ttl',
      'settings/privateTypeIndex.ttl', 'settings/publicTypeIndex.ttl', 'settings/publicTypeIndex.ttl.acl',
    ]);
    for (const file of files) assert.notEqual(graphOf(file).size, 0, file.path);
  });

  it('say nothing of where the pod is, so that it can move', async () => {
    for (const file of await readPodTemplate(ownPodTemplate, values)) {
      assert.doesNotMatch(textOf(file), /host\.example/, file.path);
    }
  });

  const described: [document: string, subject: string, predicate: string, object: string][] = [
    ['profile/card', 'profile/card', 'rdf:type', 'foaf:PersonalProfileDocument'],
    ['profile/card', 'profile/card', 'foaf:maker', webId],
    ['profile/card', 'profile/card', 'foaf:primaryTopic', webId],
    ['profile/card', 'profile/card#me', 'rdf:type', 'foaf:Person'],
    ['profile/card', 'profile/card#me', 'rdf:type', 'http://schema.org/Person'],
    ['profile/card', 'profile/card#me', 'foaf:name', 'Alice'],
    ['profile/card', 'profile/card#me', 'vcard:fn', 'Alice'],
    ['profile/card', 'profile/card#me', 'pim:storage', base],
    ['profile/card', 'profile/card#me', 'pim:preferencesFile', `${base}settings/prefs.ttl`],
    ['profile/card', 'profile/card#me', 'ldp:inbox', `${base}inbox/`],
    ['profile/card', 'profile/card#me', 'solid:oidcIssuer', 'https://idp.example/'],
    ['profile/card', 'profile/card#me', 'solid:publicTypeIndex', `${base}settings/publicTypeIndex.ttl`],
    ['profile/card', 'profile/card#me', 'solid:privateTypeIndex', `${base}settings/privateTypeIndex.ttl`],
    ['settings/prefs.ttl', 'settings/prefs.ttl', 'rdf:type', 'pim:ConfigurationFile'],
    ['settings/prefs.ttl', 'profile/card#me', 'solid:publicTypeIndex', `${base}settings/publicTypeIndex.ttl`],
    ['settings/prefs.ttl', 'profile/card#me', 'solid:privateTypeIndex', `${base}settings/privateTypeIndex.ttl`],
    ['settings/publicTypeIndex.ttl', 'settings/publicTypeIndex.ttl', 'rdf:type', 'solid:TypeIndex'],
    ['settings/publicTypeIndex.ttl', 'settings/publicTypeIndex.ttl', 'rdf:type', 'solid:ListedDocument'],
    ['settings/privateTypeIndex.ttl', 'settings/privateTypeIndex.ttl', 'rdf:type', 'solid:TypeIndex'],
    ['settings/privateTypeIndex.ttl', 'settings/privateTypeIndex.ttl', 'rdf:type', 'solid:UnlistedDocument'],
  ];
  const namespaces: Readonly<Record<string, string>> = {
    rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#', foaf: 'http://xmlns.com/foaf/0.1/',
    vcard: 'http://www.w3.org/2006/vcard/ns#', pim: 'http://www.w3.org/ns/pim/space#',
    ldp: 'http://www.w3.org/ns/ldp#', solid: 'http://www.w3.org/ns/solid/terms#',
  };
  const expand = (name: string) => name.replace(/^(\w+):(?=\w)/, (all, prefix: string) => namespaces[prefix] ?? all);

  it('describe the owner, the settings and the type indexes in the way that apps look for', async () => {
    for (const [document, subject, predicate, object] of described) {
      const found = graphOf(await ownFile(document)).getObjects(base + subject, expand(predicate), null);
      assert(found.some(({ value }) => value === expand(object)), `${document}: ${subject} ${predicate} ${object}`);
    }
    const paths = new Set(described.map(([document]) => document));
    const files = await readPodTemplate(ownPodTemplate, values);
    const statements = files.filter(({ path }) => paths.has(path)).reduce((sum, file) => sum + graphOf(file).size, 0);
    assert.equal(statements, described.length + 1, 'these statements and one title, and no others');
  });

  it('name no issuer where none is known', async () => {
    const { issuer: _, ...without } = values;
    const card = graphOf(await ownFile('profile/card', without));
    assert.equal(card.countQuads(null, 'http://www.w3.org/ns/solid/terms#oidcIssuer', null, null), 0);
    assert.equal(card.countQuads(webId, null, null, null), 9);
  });

  it('name an owner from elsewhere in full', async () => {
    const elsewhere = 'https://bob.example/card#me';
    for (const file of await readPodTemplate(ownPodTemplate, { ...values, webId: elsewhere })) {
      const owners = textOf(file).match(/<[^>]*#me>/g) ?? [];
      assert(owners.every((owner) => owner === `<${elsewhere}>`), file.path);
      assert.equal(owners.length > 0, !file.path.endsWith('Index.ttl'), file.path);
    }
  });
});

describe('access to a new pod', () => {
  const alice = { webId };
  const bob = { webId: 'https://bob.example/#me' };
  // what                               signed in  everybody
  const rows: [path: string, user: string, anybody: string][] = [
    ['',                                  '',       ''],
    ['anything.ttl',                      '',       ''],
    ['folder/anything.ttl',               '',       ''],
    ['profile/',                          'read',   'read'],
    ['profile/card',                      'read',   'read'],
    ['public/',                           'read',   'read'],
    ['public/folder/photo.jpg',           'read',   'read'],
    ['settings/',                         '',       ''],
    ['settings/prefs.ttl',                '',       ''],
    ['settings/privateTypeIndex.ttl',     '',       ''],
    ['settings/publicTypeIndex.ttl',      'read',   'read'],
    ['inbox/',                            'append', ''],
    ['inbox/a-message',                   '',       ''],
  ];

  const { access, pods } = newAccess();
  before(async () => { await createPod(pods, 'path', 'https://host.example/', { name: 'alice' }); });

  async function header(path: string, agent: Agent): Promise<string> {
    const sight = (await pods.look(base, pods.parsePath(`/${path}`)))!;
    return wacAllow(await access.privileges(sight, sight.path, agent));
  }

  for (const [path, user, anybody] of rows) {
    it(`/${path}: the public ${anybody || 'nothing'}, the signed-in ${user || 'nothing'}, the owner all`, async () => {
      assert.equal(await header(path, alice), `user="read write append control",public="${anybody}"`);
      assert.equal(await header(path, bob), `user="${user}",public="${anybody}"`);
    });
  }
});

describe('a template of one\'s own', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'freehold-template-'));
    await mkdir(join(directory, 'a/b'), { recursive: true });
    await writeFile(join(directory, 'a/b/photo.png'), Buffer.from([0, 0xff, 0x7b, 0x7b]));
    await writeFile(join(directory, 'a/b/plain.txt'), '{{= it.label }}');
    await writeFile(join(directory, 'a/b/card.eta'), '{{= it.owner }} <#says> {{= it.label }}.');
    await writeFile(join(directory, 'a/b/card.meta'), '<card> <#says> 1.');
    await writeFile(join(directory, 'a/model.bin'), '');
  });
  after(() => rm(directory, { recursive: true }));

  it('gives files as they are, and renders those that end in .eta', async () => {
    const files = await readPodTemplate(directory, values);
    const found = files.map(({ path, mediaType, bytes }) => [path, mediaType, Buffer.from(bytes).toString('latin1')]);
    assert.deepEqual(found, [
      ['a/b/card', 'text/turtle', '<../../profile/card#me> <#says> "Alice".'],
      ['a/b/card.meta', 'text/turtle', '<card> <#says> 1.'],
      ['a/b/photo.png', 'image/png', '\0\xff{{'],
      ['a/b/plain.txt', 'text/plain', '{{= it.label }}'],
      ['a/model.bin', 'application/octet-stream', ''],
    ]);
  });

  it('gets every label as one string of Turtle, and every WebID as one IRI', async () => {
    const label = fc.string({ unit: 'grapheme' });
    const id = fc.webUrl({ withFragments: true }).filter((url) => !/[|^`]/.test(url));
    await fc.assert(fc.asyncProperty(label, id, async (text, iri) => {
      const [card] = await readPodTemplate(directory, { ...values, label: `"\\\n\u0000${text}`, webId: iri });
      const [quad, ...more] = graphOf(card!);
      assert.equal(more.length, 0);
      assert.equal(quad!.object.value, `"\\\n\u0000${text}`);
      assert.equal(quad!.subject.value, iri);
    }), { numRuns: 30 });
  });

  const wrong: [string, Partial<PodValues>][] = [
    ['an IRI that ends early', { webId: 'https://a.example/> <#x' }],
    ['an IRI with a space', { webId: 'https://a.example/a b' }],
    ['a relative IRI', { webId: 'card#me' }],
    ['an issuer that is no IRI', { issuer: 'idp' }],
  ];
  for (const [what, value] of wrong) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(readPodTemplate(directory, { ...values, ...value }),
        (error) => error instanceof Problem && error.kind === 'invalid');
    });
  }
});
