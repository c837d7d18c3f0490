import assert from 'node:assert/strict';
import type { Quad } from '@rdfjs/types';
import { DataFactory, Parser } from 'n3';
import { ownWebId } from '../../src/pods/new-pod.ts';
import { decodeJson, encodeJson } from '../../src/pods/resource.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { problem } from '../pods/open-pod.ts';
import { assertWhole, baseUrl, email, entriesOf, hour, openRoom, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const { literal, namedNode } = DataFactory;
const token = 'http://www.w3.org/ns/solid/terms#oidcIssuerRegistrationToken';
const quad = (subject: string, predicate: string, object: ReturnType<typeof literal | typeof namedNode>): Quad =>
  DataFactory.quad(namedNode(subject), namedNode(predicate), object);
const external = 'https://alice.example/profile#me';
const alice = ownWebId(`${baseUrl}alice/`);

async function opened(changes: Parameters<typeof openRoom>[0] = {}): Promise<Room & { readonly id: string; readonly bob: string }> {
  const room = openRoom(changes);
  const { id } = await room.logins.register(email, password, 'admin');
  const { id: bob } = await room.logins.register('bob@example.org', password, 'admin');
  room.documents.set(external, []);
  return { ...room, id, bob };
}

/** Asks for what has to be in the document, and puts it there. */
async function publish(room: Room, id: string, webId = external): Promise<string> {
  const linking = await room.webIds.link(id, webId);
  assert.ok(!linking.linked);
  room.documents.set(webId, new Parser().parse(linking.statement));
  return linking.token;
}

describe('WebIDs', () => {
  it('of elsewhere are linked once their document says what it was asked to', async () => {
    const room = await opened();
    const first = await room.webIds.link(room.id, external);
    assert.ok(!first.linked);
    assert.equal(first.statement, `<${external}> <${token}> "${first.token}".`);
    assert.deepEqual(await room.webIds.link(room.id, external), first);
    assert.equal(await room.accounts.byWebId(external), undefined);
    room.documents.set(external, new Parser().parse(first.statement));
    assert.deepEqual(await room.webIds.link(room.id, external), { linked: true });
    assert.deepEqual(await room.webIds.link(room.id, external), { linked: true });
    assert.deepEqual((await room.accounts.byWebId(external))?.webIds, [external]);
    assert.deepEqual(await entriesOf(room.database, ['proof']), []);
    await assertWhole(room);
  });

  const proofs: [what: string, statement: (secret: string) => Quad][] = [
    ['of another WebID', (secret) => quad('https://alice.example/', token, literal(secret))],
    ['with another token', () => quad(external, token, literal('x'))],
    ['with an IRI', (secret) => quad(external, token, namedNode(secret))],
    ['of another kind', (secret) => quad(external, 'http://www.w3.org/ns/solid/terms#oidcIssuer', literal(secret))],
  ];
  for (const [what, statement] of proofs) {
    it(`are not linked for a statement ${what}`, async () => {
      const room = await opened();
      room.documents.set(external, [statement(await publish(room, room.id))]);
      assert.equal((await room.webIds.link(room.id, external)).linked, false);
      assert.deepEqual((await room.accounts.get(room.id))!.webIds, []);
    });
  }

  it('are not linked to who did not ask for the statement, nor after an hour', async () => {
    const room = await opened();
    const secret = await publish(room, room.id);
    const other = await room.webIds.link(room.bob, external);
    assert.ok(!other.linked && other.token !== secret);
    room.clock.now += hour;
    const late = await room.webIds.link(room.id, external);
    assert.ok(!late.linked && late.token !== secret);
    await assertWhole(room);
    room.clock.now += hour;
    await room.sweep();
    assert.deepEqual(await entriesOf(room.database, ['proof']), []);
  });

  it('are not linked when their document cannot be read, which is asked for twenty times in an hour', async () => {
    const room = await opened();
    for (const webId of ['https://gone.example/#me', external]) assert.equal((await room.webIds.link(room.id, webId)).linked, false);
    for (let i = 0; i < 20; i += 1) await assert.rejects(room.webIds.link(room.id, 'https://gone.example/#me'), problem('busy'));
    await assert.rejects(room.webIds.link(room.id, external), problem('too-many'));
    assert.equal((await room.webIds.link(room.bob, external)).linked, false);
  });

  it('are not linked to a second account, even with proof', async () => {
    const room = await opened();
    await publish(room, room.id);
    await room.webIds.link(room.id, external);
    await publish(room, room.bob);
    await assert.rejects(room.webIds.link(room.bob, external), problem('conflict', /another account/));
    await assertWhole(room);
  });

  it('in a pod are linked at once to its account, and to no other whatever their document says', async () => {
    const room = await opened();
    await room.accounts.addPod(room.id, { name: 'alice' });
    const second = `${baseUrl}alice/public/persona#x`;
    assert.deepEqual(await room.webIds.link(room.id, second), { linked: true });
    for (const webId of [alice, second, `${baseUrl}alice/public/y#me`, `${baseUrl}nobody/profile/card#me`, `${baseUrl}admin/#me`,
      `${baseUrl}%61lice/public/y#me`, `${baseUrl}#me`, `${baseUrl}.account/#me`, 'https://localhost:3000/alice/public/y#me']) {
      await assert.rejects(room.webIds.link(room.bob, webId), problem('forbidden', /in no pod of this account/), webId);
    }
    await assertWhole(room);
  });

  it('at subdomains are those of the pods there', async () => {
    const room = await opened({ baseUrl: 'https://pods.example/', podAddresses: 'subdomain' });
    await room.accounts.addPod(room.id, { name: 'alice' });
    assert.deepEqual(await room.webIds.link(room.id, 'https://alice.pods.example/x#me'), { linked: true });
    for (const webId of ['https://alice.pods.example/y#me', 'http://alice.pods.example/y#me', 'https://a.b.pods.example/#me',
      'https://www.pods.example/#me', 'https://pods.example/#me']) {
      await assert.rejects(room.webIds.link(room.bob, webId), problem('forbidden'), webId);
    }
    room.documents.set('https://otherpods.example/#me', []);
    assert.equal((await room.webIds.link(room.bob, 'https://otherpods.example/#me')).linked, false);
  });

  it('of another server on the same machine are elsewhere', async () => {
    const room = await opened();
    room.documents.set('http://localhost:3001/alice/profile/card#me', []);
    assert.equal((await room.webIds.link(room.id, 'http://localhost:3001/alice/profile/card#me')).linked, false);
  });

  for (const text of ['', 'alice', 'urn:x', 'javascript:alert(1)', 'mailto:a@b.c', 'https://a:b@c.example/#me', '\0',
    `https://a.example/${'x'.repeat(2000)}`, 'https://a.example/\ud800']) {
    it(`are not ${JSON.stringify(text.slice(0, 30))}`, async () => {
      const room = await opened();
      await assert.rejects(room.webIds.link(room.id, text), problem('invalid', /web address/));
    });
  }

  for (const text of ['HTTPS://alice.example/#me', 'https://Alice.example/#me', 'https://alice.example', 'https://alice.example:443/#me',
    'https://alice.example/a/../b#me', ' https://alice.example/#me']) {
    it(`are written in one way, which ${JSON.stringify(text)} is not`, async () => {
      const room = await opened();
      await assert.rejects(room.webIds.link(room.id, text), problem('invalid', /^Write this WebID as https:\/\/alice\.example\//));
    });
  }

  it('are unlinked with their client credentials, and can be linked by others then', async () => {
    const room = await opened();
    await publish(room, room.id);
    await room.webIds.link(room.id, external);
    await room.accounts.addPod(room.id, { name: 'alice' });
    const lost = await room.credentials.create(room.id, external, 'x');
    const kept = await room.credentials.create(room.id, alice, 'y');
    assert.deepEqual((await room.webIds.unlink(room.id, external)).webIds, [alice]);
    assert.equal(await room.credentials.verify(lost.credential.id, lost.secret), undefined);
    assert.ok(await room.credentials.verify(kept.credential.id, kept.secret));
    assert.equal(await room.accounts.byWebId(external), undefined);
    await assert.rejects(room.webIds.unlink(room.id, external), problem('missing'));
    await publish(room, room.bob);
    assert.deepEqual(await room.webIds.link(room.bob, external), { linked: true });
    await assertWhole(room);
  });

  it('stay while a pod of the account would be left without an owner', async () => {
    const room = await opened();
    const { pod } = await room.accounts.addPod(room.id, { name: 'alice' });
    await publish(room, room.id);
    await room.webIds.link(room.id, external);
    await assert.rejects(room.webIds.unlink(room.id, alice), problem('conflict', /the owner of .*alice\/, which would be left/));
    const [entry] = await room.database.get([keys.pod(pod.id)]);
    await room.database.commit({ puts: [{
      key: keys.pod(pod.id), value: encodeJson({ ...decodeJson<object>(entry!.value), owners: [alice, external] }),
    }] });
    await room.webIds.unlink(room.id, alice);
    await assert.rejects(room.webIds.unlink(room.id, external), problem('conflict'));
    await assertWhole(room);
  });

  it('are a hundred at most', async () => {
    const room = await opened();
    await room.accounts.addPod(room.id, { name: 'alice' });
    for (let i = 1; i < 100; i += 1) await room.webIds.link(room.id, `${baseUrl}alice/x#${i}`);
    await assert.rejects(room.webIds.link(room.id, `${baseUrl}alice/x#100`), problem('conflict', /up to 100/));
  });
});
