import { Secret, TOTP } from 'otpauth';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { AppServer } from './app-server.ts';
import { visitor } from './browser.ts';
import type { Node } from './node.ts';
import { Notes } from './notes.ts';
import { atHome, logIn, press, signUp } from './our-pages.ts';
import type { Newcomer } from './our-pages.ts';
import { moveIn, people } from './scene.ts';

/** What to do at each page: `name` for a file, `about` for people. */
export type Look = (page: Page, name: string, about: string) => Promise<void>;

/** What a tour goes through. Its node is new: nobody has set it up. */
export interface Place {
  readonly browser: Browser;
  readonly node: Node;
  readonly app: AppServer;
  readonly look: Look;
}

/** A part of the tour: what it shows, and the way through it. They go in this order. */
export const parts: readonly [about: string, walk: (place: Place) => Promise<void>][] = [
  ['the first visit of who runs the node', firstVisit],
  ['who has no account', strangers],
  ['an account', account],
  ['logging in to an account', security],
  ['an app that asks', consent],
  ['an app that asks somebody who has no pod', firstPod],
  ['connected apps', apps],
  ['running the node', administration],
];

async function firstVisit({ browser, node, look }: Place): Promise<void> {
  await using owner = await visitor(browser);
  const { page } = owner;
  await page.goto(node.url);
  await look(page, 'front-new', 'The front page of a node that nobody has set up yet');
  await page.goto(await node.setupLink());
  await look(page, 'setup', 'The setup, which the link that the server prints leads to');
  await page.getByLabel('E-mail').first().fill(people.owner.email);
  await page.getByLabel('Password', { exact: true }).fill(people.owner.password);
  await page.getByRole('radio', { name: /everybody|open/i }).first().check();
  await page.getByRole('button', { name: 'Set it up' }).click();
  await page.waitForURL(({ pathname }) => !pathname.includes('/setup/'));
}

async function strangers({ browser, node, look }: Place): Promise<void> {
  const bjorn = await moveIn(node.url, people.bjorn);
  await moveIn(node.url, people.anna, bjorn.webId);
  await using stranger = await visitor(browser);
  const { page } = stranger;
  for (const [name, path, about] of [
    ['front', '', 'The front page'],
    ['login', '.account/login/', 'Logging in'],
    ['sign-up', '.account/login/password/register/', 'Signing up'],
    ['forgot', '.account/login/password/forgot/', 'A forgotten password'],
    ['no-page', '.account/nothing/', 'Where no page is'],
    ['private', 'anna/notes/', 'What is private, opened in a browser'],
    ['problem', '.problems/forbidden', 'What a kind of problem means'],
  ] as const) {
    await page.goto(`${node.url}${path}`);
    await look(page, name, about);
  }
  await page.goto(`${node.url}.account/login/`);
  await logIn(page, { email: people.anna.email, password: 'not her password' });
  await page.locator('.trouble').first().waitFor();
  await look(page, 'login-wrong', 'A password that is wrong');
  await page.goto(`${node.url}.account/login/password/forgot/`);
  await page.getByLabel('E-mail').fill(people.anna.email);
  await page.getByRole('button').first().click();
  await look(page, 'forgot-sent', 'A link to a new password is on its way');
  await page.goto((await node.post.letter(people.anna.email, /^Set a new password$/)).link);
  await look(page, 'reset', 'Setting a new password');
  await page.goto((await node.post.letter(people.anna.email, /^Confirm your e-mail address$/)).link);
  await look(page, 'verify', 'Confirming an e-mail address');
}

async function account({ browser, node, look }: Place): Promise<void> {
  await using anna = await visitor(browser);
  const { page } = anna;
  const home = await goHome(page, node, people.anna);
  await look(page, 'account', 'The account');
  for (const [name, path, about] of [
    ['pods', 'pod/', 'Pods'],
    ['sharing', 'sharing/', 'What is shared, and with whom'],
    ['webids', 'webid/', 'WebIDs'],
    ['scripts', 'client-credentials/', 'Programs that log in by themselves'],
    ['leave', 'leave/', 'Deleting the account'],
  ] as const) {
    await page.goto(`${home}${path}`);
    await look(page, name, about);
  }
  await page.goto(`${home}pod/`);
  await page.getByRole('link', { name: /^Settings/ }).first().click();
  await look(page, 'pod', 'The settings of a pod');
  await page.goto(`${home}client-credentials/`);
  await page.getByLabel('What they are for').fill('Backup every night');
  await page.getByRole('button', { name: 'Make them' }).click();
  await look(page, 'secret', 'The secret of a program, shown once');
}

async function security({ browser, node, look }: Place): Promise<void> {
  await using person = await visitor(browser);
  const { page } = person;
  const home = await signUp(page, node.url, people.chen);
  await look(page, 'account-new', 'An account that was just made');
  const { cdp, authenticatorId } = await withPasskeys(page);
  await page.goto(`${home}login/`);
  await page.getByLabel(/^Name of a new passkey/).fill('Laptop');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  await page.evaluate('scrollTo(0, 0)');
  await look(page, 'security', 'How one logs in to the account');
  await page.getByRole('button', { name: 'Set it up' }).click();
  await page.getByText('I cannot scan it').click();
  const secret = (await page.locator('.secret').innerText()).replaceAll(/\s/g, '');
  await page.getByText('I cannot scan it').click();
  await look(page, 'authenticator', 'Setting up an authenticator app');
  await page.getByRole('textbox', { name: 'Code' }).fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await look(page, 'recovery-codes', 'Recovery codes');
  await page.goto(`${home}login/`);
  await look(page, 'security-codes', 'How one logs in, with codes');
  await page.goto(`${home}log/`);
  await look(page, 'security-log', 'What happened to the account');
  await page.goto(`${home}session/`);
  await look(page, 'sessions', 'Where one is logged in');
  await using again = await visitor(browser);
  await again.page.goto(`${node.url}.account/login/`);
  await logIn(again.page, people.chen);
  await again.page.getByRole('heading', { name: 'Your code' }).waitFor();
  await look(again.page, 'second-step', 'The second step');
}

async function withPasskeys(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true,
  } });
  return { cdp, authenticatorId };
}

async function consent({ browser, node, app, look }: Place): Promise<void> {
  await using person = await visitor(browser);
  const { page } = person;
  const notes = await Notes.open(page, app.url, node.url);
  await notes.visit(app.clientId);
  await notes.logIn();
  await look(page, 'app-login', 'Logging in on the way to an app');
  await logIn(page, people.anna);
  const allow = page.getByRole('button', { name: 'Allow' });
  await allow.waitFor();
  await look(page, 'consent', 'An app asks');
  await page.getByRole('radio', { name: /^Chosen folders/ }).check();
  await page.getByRole('button', { name: `Choose ${node.url}anna/recipes/` }).click();
  await look(page, 'consent-folders', 'Choosing folders');
  await allow.click();
  await notes.who();
  await notes.logOut();
  await notes.visit(app.clientId);
  await notes.logIn(`${node.url}anna/notes/`, 'read append');
  await page.getByRole('heading', { name: 'What is new' }).waitFor();
  await look(page, 'consent-more', 'An app asks for more than before');
  await allow.click();
  await notes.who();
  await notes.logOut();
  await notes.visit();
  await notes.logIn();
  await allow.waitFor();
  await look(page, 'consent-unregistered', 'An app asks that nobody vouches for');
  await allow.click();
  await notes.who();
  await notes.logOutEverywhere();
  await look(page, 'log-out', 'Logging out, where an app leads to that');
}

async function firstPod({ browser, node, app, look }: Place): Promise<void> {
  await using person = await visitor(browser);
  const { page } = person;
  await page.goto(`${node.url}.account/login/password/register/`);
  await page.getByLabel('E-mail').fill(people.emil.email);
  await page.getByLabel('Password', { exact: true }).fill(people.emil.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await atHome(page);
  await look(page, 'account-empty', 'An account without a pod');
  const notes = await Notes.open(page, app.url, node.url);
  await notes.visit(app.clientId);
  await notes.logIn();
  await page.getByRole('button', { name: 'Continue as' }).waitFor();
  await look(page, 'app-continue', 'On the way to an app, with an account where one is logged in');
  await page.getByRole('button', { name: 'Continue as' }).click();
  await page.getByRole('button', { name: 'Make the pod' }).waitFor();
  await look(page, 'first-pod', 'A first pod, on the way to an app');
}

async function apps({ browser, node, look }: Place): Promise<void> {
  await using anna = await visitor(browser);
  const { page } = anna;
  await page.goto(`${await goHome(page, node, people.anna)}app/`);
  await look(page, 'apps', 'Connected apps');
  await page.getByRole('link', { name: /^Change what Pantry/ }).click();
  await look(page, 'app', 'What one app may do');
}

async function administration({ browser, node, look }: Place): Promise<void> {
  await moveIn(node.url, people.dora);
  await using owner = await visitor(browser);
  const { page } = owner;
  await goHome(page, node, people.owner);
  const admin = `${node.url}.admin/`;
  await page.goto(`${admin}invites/`);
  await page.getByLabel('For whom').fill('The choir');
  await page.getByRole('button', { name: 'Make an invite' }).click();
  await look(page, 'admin-invite', 'An invite that was made');
  await page.goto(`${admin}issuers/`);
  await page.getByText('Add one').last().click();
  await page.getByRole('textbox').filter({ visible: true }).first().fill('https://spam.example/');
  await press(page, page.getByRole('button', { name: /block|add/i }).filter({ visible: true }).last());
  await page.goto(`${admin}people/`);
  await page.getByRole('link', { name: /dora/ }).first().click();
  await page.getByLabel('Why').first().fill('Spam in the guest book');
  await page.getByRole('button', { name: 'Suspend the account' }).click();
  await look(page, 'admin-suspended', 'Somebody who is suspended');
  await page.goto(`${admin}people/`);
  await page.getByRole('link', { name: /anna/ }).first().click();
  await look(page, 'admin-person', 'One person');
  await page.goto(`${admin}jobs/`);
  await page.getByRole('listitem').filter({ hasText: 'Counts people' }).getByRole('button').click();
  for (const [name, path, about] of [
    ['admin', '', 'The node at a glance'],
    ['admin-people', 'people/', 'People'],
    ['admin-invites', 'invites/', 'Invites'],
    ['admin-pods', 'pods/', 'Pods by size'],
    ['admin-apps', 'apps/', 'Apps'],
    ['admin-issuers', 'issuers/', 'Identity providers'],
    ['admin-settings', 'settings/', 'Settings'],
    ['admin-jobs', 'jobs/', 'What the server does by itself'],
    ['admin-audit', 'audit/', 'Who did what'],
  ] as const) {
    await page.goto(`${admin}${path}`);
    await look(page, name, about);
  }
}

/** Logs in, by the page for that. Gives the address of the account. */
async function goHome(page: Page, node: Node, person: Pick<Newcomer, 'email' | 'password'>): Promise<string> {
  await page.goto(`${node.url}.account/login/`);
  await logIn(page, person);
  return atHome(page);
}
