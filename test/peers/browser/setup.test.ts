import assert from 'node:assert/strict';
import { visitor } from './browser.ts';
import { atHome, logIn, newcomer } from './our-pages.ts';
import { sharedBrowser, sharedNode } from './this-run.ts';

describe('the first visit of a node, in a browser', function () {
  this.timeout(60_000);

  it('makes the account that owns the node, by the link that the server prints, once and without scripts', async () => {
    const [browser, node] = await Promise.all([sharedBrowser(), sharedNode()]);
    await using visit = await visitor(browser, { scripts: false });
    const { page, complaints } = visit;
    const maria = newcomer('maria');
    const link = await node.setupLink();
    await page.goto(link);
    await page.getByLabel('E-mail').first().fill(maria.email);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    assert.equal(await page.getByLabel('E-mail').first().inputValue(), maria.email);
    await page.getByLabel('Password', { exact: true }).fill(maria.password);
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.getByRole('heading', { name: 'Administration' }).waitFor();
    assert.match(page.url(), /\/\.admin\//);

    await page.goto(link);
    assert.equal(await page.getByRole('button', { name: 'Set it up' }).count(), 0);

    await using elsewhere = await visitor(browser);
    await elsewhere.page.goto(`${node.url}.account/login/`);
    await logIn(elsewhere.page, maria);
    await atHome(elsewhere.page);
    await elsewhere.page.getByRole('link', { name: 'Administration' }).first().click();
    await elsewhere.page.getByRole('heading', { name: 'Administration' }).waitFor();
    assert.deepEqual([...complaints, ...elsewhere.complaints], []);
  });
});
