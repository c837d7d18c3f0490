import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { visitor } from './browser.ts';
import type { Node } from './node.ts';
import { atHome, logIn, logOut, newcomer, signUp } from './our-pages.ts';
import { sharedBrowser, sharedNode } from './this-run.ts';

/** A device that has passkeys, built into the computer of the page's visitor, who says yes to whatever it asks. */
class Authenticator {
  readonly #cdp: CDPSession;
  readonly #id: string;

  private constructor(cdp: CDPSession, id: string) {
    this.#cdp = cdp;
    this.#id = id;
  }

  static async of(page: Page): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    } });
    return new Authenticator(cdp, authenticatorId);
  }

  async passkeys(): Promise<{ site: string | undefined; findable: boolean }[]> {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    return credentials.map(({ rpId, isResidentCredential }) => ({ site: rpId, findable: isResidentCredential }));
  }
}

/** The code of an authenticator app; `steps` ahead of now, as a code is good once, and those around now are too. */
function code(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

describe('logging in, in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let node: Node;
  before(async () => { [browser, node] = await Promise.all([sharedBrowser(), sharedNode()]); });

  async function addPasskey(page: Page, home: string, name: string): Promise<void> {
    await page.goto(`${home}login/`);
    await page.getByLabel(/^Name of a new passkey/).fill(name);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText(name).first().waitFor();
  }

  /** Has no passkey offered in a field any more, where the authenticator of these tests would take it at once. */
  async function offerNone(page: Page): Promise<void> {
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false;');
  }

  async function logInWithPasskey(page: Page): Promise<void> {
    await page.goto(`${node.url}.account/login/`);
    await page.getByRole('button', { name: 'Log in with a passkey' }).click();
  }

  it('works with a passkey alone, once one was added: by the button, or offered in a field', async () => {
    await using person = await visitor(browser);
    const { page, complaints } = person;
    const home = await signUp(page, node.url, newcomer('anna'));
    const authenticator = await Authenticator.of(page);
    await addPasskey(page, home, 'Laptop of Anna');
    assert.deepEqual(await authenticator.passkeys(), [{ site: 'localhost', findable: true }]);
    await page.goto(home);
    // The page to log in at offers the passkey in its field, and the authenticator takes it at once.
    await logOut(page);
    assert.equal(await atHome(page), home);
    await offerNone(page);
    await logOut(page);
    await logInWithPasskey(page);
    assert.equal(await atHome(page), home);
    assert.deepEqual(complaints, []);
  });

  it('fails with a passkey that was removed', async () => {
    await using person = await visitor(browser);
    const { page } = person;
    const home = await signUp(page, node.url, newcomer('berta'));
    await Authenticator.of(page);
    await addPasskey(page, home, 'Phone');
    await page.getByRole('button', { name: 'Remove Phone' }).click();
    await page.getByText('That passkey does not count any more.').waitFor();
    await offerNone(page);
    await page.goto(home);
    await logOut(page);
    await logInWithPasskey(page);
    await page.getByRole('alert').filter({ visible: true }).first().waitFor();
    assert.match(page.url(), /\/login\//);
  });

  for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without';
    it(`asks for a code of the authenticator app, or a recovery code, once that is set up, ${how}`, async () => {
      await using person = await visitor(browser, { scripts });
      const { page, complaints } = person;
      const clara = newcomer('clara');
      const home = await signUp(page, node.url, clara);
      await page.goto(`${home}login/`);
      await page.getByRole('button', { name: 'Set it up' }).click();
      await page.getByText('I cannot scan it').click();
      const secret = (await page.locator('.secret').innerText()).replaceAll(/\s/g, '');
      await page.getByRole('textbox', { name: 'Code' }).fill(code(secret));
      await page.getByRole('button', { name: 'Turn it on' }).click();
      const [recovery] = await page.locator('.codes code').allInnerTexts();
      await page.getByRole('link', { name: 'I have them' }).click();

      for (const answer of [code(secret, 1), recovery!]) {
        await page.goto(home);
        await logOut(page);
        await page.goto(`${node.url}.account/login/`);
        await logIn(page, clara);
        await page.getByRole('textbox', { name: 'Code' }).fill('000000');
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        await page.locator('[aria-invalid="true"]').waitFor();
        await page.getByRole('textbox', { name: 'Code' }).fill(answer);
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        assert.equal(await atHome(page), home);
      }
      await page.goto(`${home}login/`);
      await page.getByText('You have 9 recovery codes left').waitFor();
      assert.deepEqual(complaints, []);
    });
  }
});
