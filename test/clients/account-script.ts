import assert from 'node:assert/strict';
import { ProofKey, TokenBearer, askForToken } from './dpop.ts';
import type { ClientCredential } from './dpop.ts';

/** What came of one request: its status, and the names of what is in the JSON that was answered. */
export interface Step {
  readonly step: string;
  readonly status: number;
  readonly has: readonly string[];
}

interface Controls {
  readonly main: { readonly index: string; readonly logins: string };
  readonly account: {
    readonly create: string; readonly logout: string; readonly webId: string; readonly pod: string;
    readonly clientCredentials: string;
  };
  readonly password: {
    readonly create: string; readonly login: string; readonly forgot: string; readonly reset: string;
  };
}

/** All answers of the account API that the script reads, as one. */
interface Answer {
  readonly controls: Controls;
  readonly version: string;
  readonly authorization: string;
  readonly resource: string;
  readonly pod: string;
  readonly webId: string;
  readonly podResource: string;
  readonly id: string;
  readonly secret: string;
  readonly logins: Readonly<Record<string, string>>;
  readonly passwordLogins: Readonly<Record<string, string>>;
  readonly pods: Readonly<Record<string, string>>;
  readonly webIdLinks: Readonly<Record<string, string>>;
  readonly clientCredentials: Readonly<Record<string, string>>;
  readonly baseUrl: string;
  readonly owners: readonly { readonly webId: string; readonly visible: boolean }[];
}

/** Whoever has an account, as scripts need them. */
export interface Person {
  readonly webId: string;
  /** The base URL of their pod. */
  readonly pod: string;
  readonly issuer: string;
  readonly credential: ClientCredential;
}

/** A session with the account API of version 0.5, as the Community Solid Server 7 has it. */
class Script {
  readonly steps: Step[] = [];
  readonly #index: string;
  headers: Record<string, string> = {};
  cookie = '';

  constructor(base: string) {
    this.#index = `${base}.account/`;
  }

  /** Asks, without redirects, and notes what was answered. Throws when that is no JSON, which all answers are. */
  async ask(step: string, method: string, url: string, body?: object): Promise<Answer> {
    const response = await fetch(url, {
      method, redirect: 'manual',
      headers: { accept: 'application/json', ...this.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    assert.match(type, /^application\/json\b/, `${step}: ${response.status} ${text}`);
    this.cookie = /^css-account=([^;]+)/.exec(response.headers.getSetCookie().join('\n'))?.[1] ?? this.cookie;
    const answer = JSON.parse(text) as Answer;
    this.steps.push({ step, status: response.status, has: namesIn(answer) });
    return answer;
  }

  async controls(step: string): Promise<Controls> {
    const { controls, version } = await this.ask(step, 'GET', this.#index);
    assert.equal(version, '0.5');
    return controls;
  }

  authorize(value: string): void {
    this.headers = { authorization: `CSS-Account-Token ${value}` };
  }
}

/** The names of what an answer has, two levels deep where what it has is controls. */
function namesIn(answer: object): string[] {
  return Object.entries(answer).flatMap(([name, value]) => name === 'controls'
    ? Object.entries(value as object)
      .filter(([group]) => group !== 'html')
      .flatMap(([group, controls]) => Object.keys(controls as object).map((control) => `${name}.${group}.${control}`))
    : [name]).toSorted();
}

interface Names {
  readonly email: string;
  readonly password: string;
  readonly pod: string;
}

/** Makes an account, a pod and client credentials, as scripts for the Community Solid Server do. */
export async function makePerson(base: string, { email, password, pod: name }: Names): Promise<Person> {
  const script = new Script(base);
  const { pod, webId, id, secret } = await makeAccount(script, { email, password, pod: name });
  return { webId, pod, issuer: base, credential: { id, secret } };
}

async function makeAccount(script: Script, { email, password, pod: name }: Names):
Promise<{ pod: string; webId: string; id: string; secret: string }> {
  const open = await script.controls('what anybody can do');
  const { authorization } = await script.ask('make an account', 'POST', open.account.create, {});
  script.authorize(authorization);
  const own = await script.controls('what can be done with the account');
  await script.ask('give it a password', 'POST', own.password.create, { email, password });
  const { pod, webId } = await script.ask('make a pod', 'POST', own.account.pod, { name });
  const { id, secret } = await script.ask('make client credentials', 'POST', own.account.clientCredentials,
    { name: 'a script', webId });
  return { pod, webId, id, secret };
}

/**
 * A script that was written against the account API of the Community Solid Server: it makes an account, a pod and
 * client credentials, logs in with its password, gets a token with the credentials, writes with it, and tidies up.
 * Asserts all that such a script relies on; gives what was answered to each request, so that servers can be compared.
 */
export async function runAccountScript(base: string, names: Names): Promise<readonly Step[]> {
  const { email, password } = names;
  const script = new Script(base);
  const made = await makeAccount(script, names);
  assert.equal(made.webId, `${made.pod}profile/card#me`);

  script.headers = {};
  const open = await script.controls('what anybody can do, once more');
  assert.equal(open.main.index, `${base}.account/`);
  const { logins } = await script.ask('how one can log in', 'GET', open.main.logins);
  assert(Object.values(logins).includes(open.password.login));
  const { login } = open.password;
  await script.ask('log in with the wrong password', 'POST', login, { email, password: 'not the password' });
  await script.ask('log in as nobody', 'POST', login, { email: 'nobody@example.org', password });
  const { authorization } = await script.ask('log in', 'POST', login, { email, password, remember: true });
  assert.equal(script.cookie, authorization);
  // Browsers, and some scripts, send the cookie; others send the same value as a header.
  script.headers = { cookie: `css-account=${script.cookie}` };
  const own = await script.controls('what can be done with the cookie');
  script.authorize(authorization);

  await lookAround(script, own, made, email);
  await useCredentials(base, made);
  await tidyUp(script, own, made, names);
  return script.steps;
}

async function lookAround(
  script: Script, own: Controls, { pod, webId, id }: { pod: string; webId: string; id: string }, email: string,
): Promise<void> {
  const { passwordLogins } = await script.ask('list the logins', 'GET', own.password.create);
  assert.deepEqual(Object.keys(passwordLogins), [email]);
  const { pods } = await script.ask('list the pods', 'GET', own.account.pod);
  assert.deepEqual(Object.keys(pods), [pod]);
  const { baseUrl, owners } = await script.ask('look at the pod', 'GET', pods[pod]!);
  assert.equal(baseUrl, pod);
  assert.deepEqual(owners, [{ webId, visible: false }]);
  const { webIdLinks } = await script.ask('list the WebIDs', 'GET', own.account.webId);
  assert.deepEqual(Object.keys(webIdLinks), [webId]);
  const { clientCredentials } = await script.ask('list the client credentials', 'GET', own.account.clientCredentials);
  assert.deepEqual(Object.keys(clientCredentials), [id]);
  const one = await script.ask('look at the client credentials', 'GET', clientCredentials[id]!);
  assert.deepEqual([one.id, one.webId], [id, webId]);
  assert.equal('secret' in one, false);
  const name = new URL(pod).pathname.slice(1, -1);
  await script.ask('make a pod that is there already', 'POST', own.account.pod, { name });
  await script.ask('make credentials of somebody else', 'POST', own.account.clientCredentials,
    { name: 'x', webId: 'https://example.org/somebody#me' });
  await script.ask('send what is no account', 'POST', own.password.create, { email: 7 });
}

async function useCredentials(
  base: string, { pod, id, secret }: { pod: string; id: string; secret: string },
): Promise<void> {
  const user = await TokenBearer.login(base, { id, secret });
  const url = `${pod}notes/first.txt`;
  const headers = { 'content-type': 'text/plain' };
  assert.equal((await fetch(url, { method: 'PUT', headers, body: 'no' })).status, 401);
  assert.equal((await user.fetch(url, { method: 'PUT', headers, body: 'a note' })).status, 201);
  assert.equal((await fetch(url)).status, 401);
  assert.equal(await (await user.fetch(url)).text(), 'a note');
}

async function tidyUp(
  script: Script, own: Controls, { webId, id, secret }: { webId: string; id: string; secret: string }, names: Names,
): Promise<void> {
  const { email, password } = names;
  const issuer = new URL('..', own.main.index).href;
  const { clientCredentials } = await script.ask('find the client credentials', 'GET', own.account.clientCredentials);
  await script.ask('remove them', 'DELETE', clientCredentials[id]!);
  const refused = await askForToken(issuer, { id, secret }, await ProofKey.make());
  assert.equal(refused.status, 401, 'a token for credentials that were removed');

  const { passwordLogins } = await script.ask('find the login', 'GET', own.password.create);
  await script.ask('change the password with the wrong one', 'POST', passwordLogins[email]!,
    { oldPassword: 'not the password', newPassword: `${password} 2` });
  await script.ask('change the password', 'POST', passwordLogins[email]!,
    { oldPassword: password, newPassword: `${password} 2` });
  await script.ask('remove the only login', 'DELETE', passwordLogins[email]!);
  await script.ask('link a WebID that is linked', 'POST', own.account.webId, { webId });
  await script.ask('log out', 'POST', own.account.logout, {});
  const after = await script.controls('what can be done after that');
  assert.equal('pod' in after.account, false);
  await script.ask('list the pods without being logged in', 'GET', own.account.pod);
  script.headers = {};
  await script.ask('log in with the new password', 'POST', own.password.login, { email, password: `${password} 2` });
}
