import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { makePerson } from '../../clients/account-script.ts';
import type { Person } from '../../clients/account-script.ts';
import { TokenBearer } from '../../clients/dpop.ts';
import { serveApp } from './app-server.ts';
import type { AppServer } from './app-server.ts';
import { visitor } from './browser.ts';
import type { Node } from './node.ts';
import { Notes } from './notes.ts';
import { atHome, introduce, logIn, newcomer, tabTo } from './our-pages.ts';
import type { Newcomer } from './our-pages.ts';
import { sharedBrowser, sharedNode } from './this-run.ts';

/** Somebody with a pod that has two folders with a text in each. */
interface Resident extends Newcomer, Omit<Person, 'pod'> {
  /** Acts for them, with all that they may. */
  readonly bearer: TokenBearer;
  readonly notes: string;
  readonly letters: string;
}

describe('what an app may do, in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let node: Node;
  let app: AppServer;
  before(async () => {
    [browser, node, app] = await Promise.all([sharedBrowser(), sharedNode(), serveApp('Pantry')]);
  });
  after(() => app?.[Symbol.asyncDispose]());

  async function resident(name: string): Promise<Resident> {
    const known = newcomer(name);
    const { pod, ...person } = await makePerson(node.url, known);
    const bearer = await TokenBearer.login(node.url, person.credential);
    for (const folder of ['notes', 'letters']) await put(bearer, `${pod}${folder}/one.txt`, `in ${folder}`);
    return { ...known, ...person, bearer, notes: `${pod}notes/`, letters: `${pod}letters/` };
  }

  async function put(bearer: TokenBearer, url: string, body: string): Promise<void> {
    const { status } = await bearer.fetch(url, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body });
    assert.ok([201, 204].includes(status), `${status}`);
  }

  /** The connected apps of whoever is logged in to the node, in a tab of their own. */
  async function connectedApps(page: Page, person: Newcomer): Promise<Page> {
    const tab = await page.context().newPage();
    await tab.goto(`${node.url}.account/login/`);
    await logIn(tab, person);
    await tab.goto(`${await atHome(tab)}app/`);
    return tab;
  }

  it('is chosen by a person, widened and taken back, and holds at once each time', async () => {
    await using visit = await visitor(browser);
    const { page, complaints } = visit;
    const anna = await resident('anna');
    const one = `${anna.notes}one.txt`;
    const notes = await Notes.open(page, app.url, node.url);
    await notes.visit(app.clientId);
    await notes.logIn();
    await logIn(page, anna);

    await page.getByRole('radio', { name: /^Chosen folders/ }).check();
    await page.getByRole('button', { name: `Choose ${anna.notes}` }).click();
    const folder = page.getByRole('group', { name: 'Folder 1' });
    await holding(page, anna.notes);
    await folder.getByRole('checkbox', { name: 'See' }).check();
    for (const more of ['Add', 'Change', 'Share']) await folder.getByRole('checkbox', { name: more }).uncheck();
    await page.getByRole('radio', { name: 'One day' }).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    assert.equal(await notes.who(), `Logged in as ${anna.webId}`);
    assert.equal(await notes.read(one), '200 in notes');
    assert.match(await notes.read(`${anna.letters}one.txt`), /^403 /);
    assert.equal(await notes.write(one, 'of the app'), '403');

    const tab = await connectedApps(page, anna);
    await tab.getByRole('link', { name: /^Change what Pantry may do/ }).click();
    await tab.getByRole('group', { name: 'Folder 1' }).getByRole('checkbox', { name: 'Change' }).check();
    await tab.getByRole('button', { name: 'Change', exact: true }).click();
    await tab.getByRole('status').first().waitFor();
    // What it has in hand is from before; it asks for the next when it is loaded.
    await page.reload();
    assert.equal(await notes.who(), `Logged in as ${anna.webId}`);
    assert.equal(await notes.write(one, 'of the app'), '204');
    assert.match(await notes.read(`${anna.letters}one.txt`), /^403 /);

    assert.match(await notes.listen(one), /^20[01]$/);
    await notes.line('open');
    await put(anna.bearer, one, 'of somebody else');
    await notes.told('Update', one);

    await tab.goto(`${tab.url().replace(/\/app\/.*/, '')}/app/`);
    await tab.getByRole('button', { name: /^Take back what Pantry may do/ }).click();
    await tab.getByText(/^None\. An app that you log in to/).waitFor();
    assert.match(await notes.read(one), /^401 /);
    await notes.line('closed');
    assert.deepEqual(complaints, []);
  });

  it('is asked again when an app wants more, with what is new; who cancels lets it have nothing', async () => {
    await using visit = await visitor(browser);
    const { page } = visit;
    const berta = await resident('berta');
    const notes = await Notes.open(page, app.url, node.url);
    await notes.visit(app.clientId);
    await notes.logIn(berta.notes);
    await logIn(page, berta);
    await holding(page, berta.notes);
    await page.getByRole('button', { name: 'Allow' }).click();
    assert.equal(await notes.who(), `Logged in as ${berta.webId}`);
    assert.equal(await notes.read(`${berta.notes}one.txt`), '200 in notes');

    await notes.logOut();
    await notes.visit(app.clientId);
    await notes.logIn(berta.letters, 'read write');
    await page.getByRole('heading', { name: 'What is new' }).waitFor();
    assert.equal(await page.getByText('New', { exact: true }).count(), 1);
    const answered = page.waitForRequest((request) => request.url().startsWith(`${app.url}?`));
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(new URL((await answered).url()).searchParams.get('error'), 'access_denied');
    assert.equal(await notes.who(), 'Not logged in');
  });

  it('is decided without scripts, after logging in without them', async () => {
    const clara = await resident('clara');
    await using visit = await visitor(browser, { scripts: false });
    const { page, complaints } = visit;
    await page.goto(await authorizationUrl(app));
    await logIn(page, clara);
    await page.getByRole('radio', { name: /^Chosen folders/ }).check();
    await page.getByText('Choose folders').click();
    await page.getByRole('button', { name: `Open ${clara.letters}` }).click();
    await page.getByText('no folders inside').waitFor();
    await page.getByRole('button', { name: `Choose ${clara.letters}` }).click();
    const folder = page.getByRole('group', { name: 'Folder 1' });
    assert.equal(await folder.getByRole('textbox').inputValue(), clara.letters);
    await folder.getByRole('checkbox', { name: 'See' }).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL((url) => url.origin === new URL(app.url).origin && url.searchParams.has('code'));
    assert.deepEqual(complaints, []);
  });

  it('is decided with the keyboard alone, and no button is chosen beforehand', async () => {
    const dora = await resident('dora');
    await using visit = await visitor(browser);
    const { page } = visit;
    await page.goto(await authorizationUrl(app));
    await logIn(page, dora);
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    assert.equal(await page.evaluate('document.activeElement === document.body'), true);
    await tabTo(page, page.getByRole('group', { name: 'What may it do?' }).getByRole('radio', { checked: true }));
    for (let i = 0; i < 4 && !await page.getByRole('radio', { name: /^Only who I am/ }).isChecked(); i += 1) {
      await page.keyboard.press('ArrowUp');
    }
    assert.equal(await page.getByRole('radio', { name: /^Only who I am/ }).isChecked(), true);
    await tabTo(page, page.getByRole('button', { name: 'Allow' }));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.origin === new URL(app.url).origin);
  });

  it('is nothing but who somebody is, where that was chosen', async () => {
    await using visit = await visitor(browser);
    const { page } = visit;
    const emil = await resident('emil');
    const notes = await Notes.open(page, app.url, node.url);
    await notes.logIn();
    await logIn(page, emil);
    await page.getByText('Unregistered app.').waitFor();
    await introduce(page);
    assert.equal(await notes.who(), `Logged in as ${emil.webId}`);
    assert.match(await notes.read(`${emil.notes}one.txt`), /^403 /);
  });

  /** Where an app sends somebody who is to log in (OpenID Connect Core, 3.1.2.1; RFC 7636). */
  async function authorizationUrl({ url, clientId }: AppServer): Promise<string> {
    const configuration = await fetch(`${node.url}.well-known/openid-configuration`);
    const { authorization_endpoint: endpoint } = await configuration.json() as { authorization_endpoint: string };
    const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
    return `${endpoint}?${new URLSearchParams({
      client_id: clientId, redirect_uri: url, response_type: 'code', scope: 'openid webid', state: 'a state',
      code_challenge: challenge, code_challenge_method: 'S256',
    }).toString()}`;
  }
});

/** Waits until some field holds a text. */
async function holding(page: Page, text: string): Promise<void> {
  const wanted = JSON.stringify(text);
  await page.waitForFunction(`[...document.querySelectorAll('input')].some(({ value }) => value === ${wanted})`);
}
