import assert from 'node:assert/strict';
import { openApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { schema } from '../../src/config/options.ts';
import type { Options } from '../../src/config/options.ts';
import { log } from '../../src/log.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { collect } from '../storage/database-contract.ts';
import { databaseWithKeys } from '../identity/prepared-keys.ts';
import { Browser, unescape } from './open-pages.ts';

const account = { email: 'owner@example.org', password: 'amber kettle 72 lamp' };

describe('The page on which a new server is set up, without JavaScript,', () => {
  let app: App;
  let browser: Browser;

  /** A server on which there is nobody yet. */
  async function start(options: Partial<Options> = {}): Promise<void> {
    log.level = 'fatal';
    app = await openApp({ ...schema.parse({}), port: 0, database: 'memory', ...options },
      { stores: { database: await databaseWithKeys(), blobs: new MemoryBlobs() } });
    await app.listen();
    browser = visitor();
  }
  afterEach(() => app[Symbol.asyncDispose]());

  const visitor = (): Browser => new Browser({ port: Number(new URL(app.baseUrl).port), baseUrl: app.baseUrl });
  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const submit = (values: Record<string, string>, headers?: Record<string, string>): Promise<Browser> => {
    const { action } = browser.forms().find((form) => form.action.includes('/.admin/setup/'))!;
    return browser.submit(action, values, 'POST', headers);
  };
  const people = () => collect(app.people.accounts.accounts.list());

  it('makes the owner, logs them in, and sets what was chosen', async () => {
    await start();
    await browser.open((await app.setupLink())!);
    says(/localhost:\d+\/alice\/[^]*alice\.localhost/);
    await submit({ ...account, signUp: 'closed', podAddresses: 'subdomain', mailUrl: 'smtp://127.0.0.1:1', mailFrom: 'pods@example.org' });
    assert.equal(browser.page.status, 200);
    says(/This server is yours to run now/);
    const { signUp, podAddresses, mailUrl, mailFrom } = app.people.admin.settings.current;
    assert.deepEqual([signUp, podAddresses, mailUrl, mailFrom], ['closed', 'subdomain', 'smtp://127.0.0.1:1', 'pods@example.org']);
    assert.deepEqual((await people()).map(({ role }) => role), ['owner']);
    const owner = visitor();
    await owner.logIn(account.email, account.password);
    assert.equal((await owner.open('.admin/settings/')).page.status, 200);
  });

  it('is there once', async () => {
    await start();
    const link = (await app.setupLink())!;
    await browser.open(link);
    await submit(account);
    const late = await visitor().open(link);
    assert.equal(late.page.status, 403);
    assert.match(late.page.text, /set up already/);
    assert.equal(await app.setupLink(), undefined);
  });

  it('is gone once there is an owner another way', async () => {
    await start();
    await browser.open((await app.setupLink())!);
    const { accounts, logins } = app.people.accounts;
    const { id } = await logins.register('first@example.org', account.password, 'admin');
    await accounts.setRole(id, 'owner');
    await submit(account);
    assert.equal(browser.page.status, 403);
    assert.deepEqual((await people()).map((one) => one.id), [id]);
  });

  it('is there for one of two who send it at the same time', async () => {
    await start();
    const link = (await app.setupLink())!;
    const others = [visitor(), visitor()];
    await Promise.all(others.map((other) => other.open(link)));
    const { pathname, search } = new URL(link);
    await Promise.all(others.map((other, i) =>
      other.submit(`${pathname}${search}`, { ...account, email: `owner-${i}@example.org` })));
    assert.deepEqual(others.map(({ page }) => page.status).sort((one, other) => one - other), [200, 403]);
    assert.deepEqual((await people()).map(({ role }) => role), ['owner']);
  });

  it('is nowhere but at the newest link', async () => {
    await start();
    const old = (await app.setupLink())!;
    await app.setupLink();
    for (const url of [old, '.admin/setup/', '.admin/setup/?token=x']) {
      assert.equal((await browser.open(url)).page.status, 403, url);
      assert.deepEqual(browser.forms(), []);
    }
  });

  const wrong: [what: string, values: Record<string, string>, field: string][] = [
    ['a password that is too short', { ...account, password: 'short' }, 'password'],
    ['a mail server that is none', { ...account, mailUrl: 'mail.example' }, 'mailUrl'],
    ['a mail server without a sender', { ...account, mailUrl: 'smtp://127.0.0.1:1' }, 'mailFrom'],
  ];
  for (const [what, values, field] of wrong) {
    it(`says at the field what is wrong with ${what}, and does nothing`, async () => {
      await start();
      await browser.open((await app.setupLink())!);
      await submit(values);
      assert.equal(browser.page.status, 400);
      assert.match(browser.page.text, new RegExp(`id="setup-${field}"[^>]*aria-invalid="true"`));
      assert.match(browser.page.text, /value="owner@example\.org"/);
      assert.doesNotMatch(browser.page.text, /value="(?:short|amber)/);
      assert.deepEqual(await people(), []);
      await submit({ ...account, mailUrl: '', mailFrom: '' });
      says(/This server is yours/);
    });
  }

  it('takes nothing that a page of another server sends, or without its token', async () => {
    await start();
    await browser.open((await app.setupLink())!);
    await submit(account, { 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    assert.equal(browser.page.status, 403);
    await browser.open((await app.setupLink())!);
    await submit({ ...account, _token: 'x' });
    assert.equal(browser.page.status, 403);
    assert.deepEqual(await people(), []);
  });

  it('shows as set what whoever starts the server has set, and asks for the rest', async () => {
    await start({ signUp: 'open' });
    await browser.open((await app.setupLink())!);
    says(/An account here is made: <strong>By everybody/);
    assert.doesNotMatch(browser.page.text, /name="signUp"/);
    await submit({ ...account, podAddresses: 'path' });
    assert.equal(app.people.admin.settings.current.signUp, 'open');
    says(/This server is yours/);
  });

  it('leaves a trace in the audit log, without the password', async () => {
    await start();
    await browser.open((await app.setupLink())!);
    await submit(account);
    await browser.open('.admin/audit/');
    says(/Sets the node up/);
    assert.doesNotMatch(browser.page.text, /amber/);
  });
});
