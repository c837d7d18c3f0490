import type { Page } from 'playwright-core';

/** Somebody at a browser. */
export interface Newcomer {
  readonly email: string;
  readonly password: string;
  readonly pod: string;
}

/** From the login page to a new account with a pod, and on to what the app asked for. */
export async function register(page: Page, { email, password, pod }: Newcomer): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your pod').fill(pod);
  await page.getByRole('button', { name: 'Create account' }).click();
}

export async function logIn(page: Page, { email, password }: Newcomer): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Lets the app do all that it needs to keep notes: everything but sharing. */
export async function allow(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^Everything in my pods/ }).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** Lets the app know who the person is, and no more. */
export async function introduce(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^Only who I am/ }).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

export async function refuse(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel' }).click();
}

/** At the page to which an app leads whoever wants to log out of the node too. */
export async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
}
