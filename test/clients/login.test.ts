import assert from 'node:assert/strict';
import {
  buildThing, createSolidDataset, createThing, deleteFile, getFile, getSolidDataset, getStringNoLocale, getThing,
  overwriteFile, saveSolidDatasetAt, setThing,
} from '@inrupt/solid-client';
import { Session } from '@inrupt/solid-client-authn-node';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { makePerson } from './account-script.ts';
import type { Person } from './account-script.ts';
import { startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

const name = 'https://schema.org/name';

describe('@inrupt/solid-client-authn-node with client credentials', () => {
  let data: string;
  let server: ChildServer;
  let owner: Person;
  let session: Session;
  const sessions: Session[] = [];

  async function logIn({ issuer, credential }: Person): Promise<Session> {
    const made = new Session({ keepAlive: false });
    sessions.push(made);
    await made.login({ oidcIssuer: issuer, clientId: credential.id, clientSecret: credential.secret });
    return made;
  }

  before(async function () {
    this.timeout(60_000);
    data = await temporaryDirectory();
    server = await startChild({ data });
    owner = await makePerson(server.url,
      { email: 'owner@example.org', password: 'a password of the owner', pod: 'owner' });
    session = await logIn(owner);
  });
  after(async () => {
    // Else they wait for their tokens to expire.
    await Promise.all(sessions.map((each) => each.logout()));
    await server?.stop();
  });

  it('logs in as the WebID that the credentials were made for', () => {
    assert.equal(session.info.isLoggedIn, true);
    assert.equal(session.info.webId, owner.webId);
  });

  it('writes a private document, reads it and changes it, which nobody else may', async () => {
    const url = `${owner.pod}private/note`;
    const made = setThing(createSolidDataset(),
      buildThing(createThing({ url: `${url}#it` })).addStringNoLocale(name, 'one').build());
    await saveSolidDatasetAt(url, made, { fetch: session.fetch });

    const read = await getSolidDataset(url, { fetch: session.fetch });
    const thing = getThing(read, `${url}#it`)!;
    assert.equal(getStringNoLocale(thing, name), 'one');
    await saveSolidDatasetAt(url, setThing(read, buildThing(thing).setStringNoLocale(name, 'two').build()),
      { fetch: session.fetch });
    const again = await getSolidDataset(url, { fetch: session.fetch });
    assert.equal(getStringNoLocale(getThing(again, `${url}#it`)!, name), 'two');

    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 401);
  });

  it('writes a private file, reads it and deletes it', async () => {
    const url = `${owner.pod}private/file.bin`;
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    await overwriteFile(url, new Blob([bytes]), { contentType: 'application/octet-stream', fetch: session.fetch });
    const file = await getFile(url, { fetch: session.fetch });
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes);
    await deleteFile(url, { fetch: session.fetch });
    assert.equal((await session.fetch(url)).status, 404);
  });

  it('sees what it may do in WAC-Allow, which differs from what everybody may', async () => {
    const response = await session.fetch(owner.pod, { method: 'HEAD' });
    assert.match(response.headers.get('wac-allow') ?? '', /user="[^"]*\bwrite\b[^"]*"/);
    assert.doesNotMatch(response.headers.get('wac-allow') ?? '', /public="[^"]*\bwrite\b[^"]*"/);
  });

  it('does not come into the pod of somebody else', async () => {
    const other = await makePerson(server.url,
      { email: 'other@example.org', password: 'a password of another', pod: 'other' });
    const stranger = await logIn(other);
    const url = `${owner.pod}private/note`;
    assert.equal((await stranger.fetch(url)).status, 403);
    assert.equal((await stranger.fetch(url, { method: 'DELETE' })).status, 403);
    assert.equal((await session.fetch(url)).status, 200);
  });

  it('is not logged in with a secret that is wrong', async () => {
    const wrong = { ...owner, credential: { id: owner.credential.id, secret: 'wrong' } };
    const refused = await logIn(wrong).then(({ info }) => info.isLoggedIn, () => false);
    assert.equal(refused, false);
  });

  it('goes on with the same token after the server was started anew', async function () {
    this.timeout(30_000);
    const { port } = new URL(server.url);
    await server.stop();
    server = await startChild({ data, port });
    assert.equal((await session.fetch(`${owner.pod}private/note`)).status, 200);
    assert.equal((await logIn(owner)).info.webId, owner.webId);
  });
});
