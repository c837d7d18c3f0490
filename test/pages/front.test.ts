import assert from 'node:assert/strict';
import type { Options } from '../../src/config/options.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { Browser, unescape } from './open-pages.ts';

const alice = { email: 'alice@example.org', password: 'a long password' };

describe('The front page of a node', () => {
  let server: TestServer;
  afterEach(() => server[Symbol.asyncDispose]());

  async function visit(options: Partial<Options> = {}): Promise<Browser> {
    server = await startServer(options);
    return new Browser({ port: Number(new URL(server.url).port), baseUrl: server.url }).open('');
  }

  const rows: [signUp: 'open' | 'invite' | 'closed', signsUp: boolean, says: RegExp][] = [
    ['open', true, /Create an account/],
    ['invite', true, /you need an invite/],
    ['closed', false, /Only the administrator makes accounts/],
  ];
  for (const [signUp, signsUp, says] of rows) {
    it(`${signsUp ? 'offers' : 'does not offer'} to sign up where that is ${signUp}, and says how it is`, async () => {
      const { page: { text } } = await visit({ signUp });
      assert.match(text, says);
      assert.equal(text.includes('Create an account'), signsUp);
      assert.match(text, />Log in<\/a>/);
    });
  }

  it('says where to begin until somebody owns the node', async () => {
    const browser = await visit();
    assert.match(browser.page.text, /Nobody has set this server up yet/);
    const { accounts } = server.app.people.accounts;
    await accounts.setRole((await accounts.byEmail(alice.email))!.id, 'owner');
    await browser.open('');
    assert.doesNotMatch(browser.page.text, /set this server up/);
  });

  it('leads whoever is logged in to their account, and keeps that out of what caches share', async () => {
    const browser = await visit();
    await browser.logIn(alice.email, alice.password);
    await browser.open('');
    assert.match(browser.page.text, /Go on as alice@example\.org/);
    assert.doesNotMatch(browser.page.text, /Create an account/);
    assert.match(browser.page.headers.get('cache-control')!, /private/);
    assert.match(browser.page.headers.get('vary')!, /cookie/i);
    await browser.open(/href="([^"]+)">Go on as/.exec(browser.page.text)![1]!);
    assert.match(unescape(browser.page.text), /<h1>Your account/);
  });

  it('has the message, the terms and the privacy statement of the operator', async () => {
    const browser = await visit();
    await server.app.people.admin.settings.set({
      message: 'Closed on <Friday>.', termsUrl: 'https://example.org/terms', privacyUrl: 'https://example.org/privacy',
    });
    await browser.open('');
    assert.match(unescape(browser.page.text), /Closed on <Friday>\./);
    assert.match(browser.page.text, /<a href="https:\/\/example\.org\/terms">Terms<\/a>/);
    assert.match(browser.page.text, /<a href="https:\/\/example\.org\/privacy">Privacy<\/a>/);
  });
});
