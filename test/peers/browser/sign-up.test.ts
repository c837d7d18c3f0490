import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { visitor } from './browser.ts';
import type { Node } from './node.ts';
import { atHome, logIn, logOut, newcomer, press, signUp, tabTo } from './our-pages.ts';
import { sharedBrowser, sharedNode } from './this-run.ts';

describe('an account, made in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let node: Node;
  before(async () => { [browser, node] = await Promise.all([sharedBrowser(), sharedNode()]); });

  for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without';
    it(`is signed up for, and its address confirmed by the link that is mailed to it, ${how}`, async () => {
      await using person = await visitor(browser, { scripts });
      const { page, complaints } = person;
      const anna = newcomer('anna');
      const home = await signUp(page, node.url, anna);
      await page.getByText(`${node.url}${anna.pod}/`).first().waitFor();
      await page.goto(`${home}login/`);
      await page.getByText('not confirmed yet').first().waitFor();
      const { link } = await node.post.letter(anna.email, /^Confirm your e-mail address$/);
      await page.goto(link);
      await press(page, page.getByRole('button', { name: 'This is my address' }));
      await page.goto(`${home}login/`);
      await page.getByText('confirmed', { exact: true }).waitFor();
      assert.deepEqual(complaints, []);
    });

    it(`is got back into by the link that is mailed when the password is forgotten, ${how}`, async () => {
      await using person = await visitor(browser, { scripts });
      const { page, complaints } = person;
      const berta = newcomer('berta');
      const home = await signUp(page, node.url, berta);
      await logOut(page);
      await page.goto(`${node.url}.account/login/`);
      await page.getByRole('link', { name: 'Forgot your password?' }).click();
      await page.getByLabel('E-mail').fill(berta.email);
      await page.getByRole('button').first().click();
      const { link } = await node.post.letter(berta.email, /^Set a new password$/);
      await page.goto(link);
      await page.getByLabel('New password').fill('quite another password');
      await press(page, page.getByRole('button', { name: /password/i }));
      await page.goto(`${node.url}.account/login/`);
      await logIn(page, { ...berta, password: 'quite another password' });
      assert.equal(await atHome(page), home);
      assert.deepEqual(complaints, []);
    });
  }

  it('says what is wrong at the field, and keeps what was typed', async () => {
    await using person = await visitor(browser);
    const { page } = person;
    await signUp(page, node.url, newcomer('clara'));
    await logOut(page);
    await page.goto(`${node.url}.account/login/password/register/`);
    await page.getByLabel('E-mail').fill('dora@example.org');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Create account' }).click();
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'dora@example.org');
    const password = page.getByLabel('Password', { exact: true });
    assert.equal(await password.getAttribute('aria-invalid'), 'true');
    const about = await password.getAttribute('aria-describedby');
    assert.match(await page.locator(`#${about?.split(' ')[0]}`).innerText(), /10 characters/);
  });

  it('is made with the keyboard alone, in the order of the page', async () => {
    await using person = await visitor(browser);
    const { page } = person;
    const emma = newcomer('emma');
    await page.goto(`${node.url}.account/login/password/register/`);
    await tabTo(page, page.getByLabel('E-mail'));
    await page.keyboard.type(emma.email);
    await tabTo(page, page.getByLabel('Password', { exact: true }));
    await page.keyboard.type(emma.password);
    await tabTo(page, page.getByLabel('Name of your pod'));
    await page.keyboard.type(emma.pod);
    await tabTo(page, page.getByRole('button', { name: 'Create account' }));
    await page.keyboard.press('Space');
    await atHome(page);
  });
});
