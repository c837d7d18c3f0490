import assert from 'node:assert/strict';
import { serveApp } from './app-server.ts';
import type { AppServer } from './app-server.ts';
import { visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { startNode } from './node.ts';
import type { Node } from './node.ts';
import { Notes } from './notes.ts';
import { allow, introduce, logIn, logOut, refuse, register } from './our-pages.ts';
import { sharedBrowser } from './this-run.ts';

const person = { email: 'browser@example.org', password: 'the password of a person', pod: 'person' };

/** For how long an access token is good, in seconds: the app asks for the next one 5 seconds before. */
const lifetime = 8;

describe('@inrupt/solid-client-authn-browser in Chromium', function () {
  // Each goes on where the one before has left the browser.
  this.timeout(60_000);

  let server: Node;
  let app: AppServer;
  let visit: Visitor;
  let notes: Notes;
  let webId: string;
  let note: string;
  /** The grants that tokens were asked for with. */
  const grants: string[] = [];

  before(async function () {
    this.timeout(60_000);
    [server, app, visit] = await Promise.all([
      startNode('--access-token-seconds', String(lifetime)), serveApp(), sharedBrowser().then(visitor),
    ]);
    webId = `${server.url}${person.pod}/profile/card#me`;
    note = `${server.url}${person.pod}/private/note.txt`;
    notes = await Notes.open(visit.page, app.url, server.url);
    notes.page.on('request', (request) => {
      const grant = new URLSearchParams(request.postData() ?? '').get('grant_type');
      if (grant !== null) grants.push(grant);
    });
  });
  after(async () => {
    await visit?.[Symbol.asyncDispose]();
    await Promise.all([server?.[Symbol.asyncDispose](), app?.[Symbol.asyncDispose]()]);
  });

  it('sends who is not logged in to the node, where they register and let the app in', async () => {
    assert.equal(await notes.who(), 'Not logged in');
    await notes.logIn();
    await register(notes.page, person);
    await allow(notes.page);
    assert.equal(await notes.who(), `Logged in as ${webId}`);
  });

  it('writes what is private, from another origin, and reads it', async () => {
    assert.equal(await notes.write(note, 'a note'), '201');
    assert.equal(await notes.read(note), '200 a note');
    assert.equal((await fetch(note)).status, 401);
  });

  it('is still logged in after the page was loaded anew, without a question', async () => {
    await notes.page.reload();
    assert.equal(await notes.who(), `Logged in as ${webId}`);
    assert.equal(await notes.read(note), '200 a note');
  });

  it('goes on after its access token has expired, with a refresh token', async () => {
    await new Promise((resolve) => { setTimeout(resolve, (lifetime + 1) * 1000); });
    assert.equal(await notes.read(note), '200 a note');
    assert.equal(await notes.write(note, 'another note'), '204');
    assert.equal(grants.at(-1), 'refresh_token');
  });

  it('knows nothing of the person any more when they log out of the app', async () => {
    await notes.logOut();
    assert.equal(await notes.who(), 'Not logged in');
    assert.match(await notes.read(note), /^401 /);
    await notes.page.reload();
    assert.equal(await notes.who(), 'Not logged in');
  });

  it('is let in by its Client ID Document, which the node reads, without another login', async () => {
    await notes.visit(app.clientId);
    await notes.logIn();
    await allow(notes.page);
    assert.equal(await notes.who(), `Logged in as ${webId}`);
    assert.equal(await notes.read(note), '200 another note');
  });

  it('is told when the person does not let it in', async () => {
    await notes.logOut();
    await notes.visit();
    await notes.logIn();
    await refuse(notes.page);
    assert.equal(await notes.who(), 'Not logged in');
  });

  it('may do no more than it was allowed, whatever its person may', async () => {
    await notes.logIn();
    await introduce(notes.page);
    assert.equal(await notes.who(), `Logged in as ${webId}`);
    assert.match(await notes.read(note), /^403 /);
    assert.equal(await notes.write(note, 'not allowed'), '403');
  });

  it('logs out of the node too, which asks for the password next time', async () => {
    await notes.logOut();
    // Only a document can say where an app wants its person back: this library does not tell that when it registers.
    await notes.visit(app.clientId);
    await notes.logIn();
    await allow(notes.page);
    assert.equal(await notes.who(), `Logged in as ${webId}`);
    await notes.logOutEverywhere();
    await logOut(notes.page);
    assert.equal(await notes.who(), 'Not logged in');
    await notes.logIn();
    await logIn(notes.page, { ...person, password: 'not the password' });
    await logIn(notes.page, person);
    await allow(notes.page);
    assert.equal(await notes.who(), `Logged in as ${webId}`);
    assert.equal(await notes.read(note), '200 another note');
  });
});
