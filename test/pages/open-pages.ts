import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import Koa from 'koa';
import { pino } from 'pino';
import { Access } from '../../src/access/access.ts';
import { Apps } from '../../src/access/apps.ts';
import type { Account } from '../../src/accounts/account.ts';
import { openAccounts } from '../../src/accounts/open-accounts.ts';
import type { OpenAccounts, OpenAccountsOptions } from '../../src/accounts/open-accounts.ts';
import { problemPages } from '../../src/http/problem-pages.ts';
import { answerProblems, logBrokenAnswers } from '../../src/http/problem-response.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { ClientDocuments } from '../../src/identity/client-documents.ts';
import { openIssuer } from '../../src/identity/issuer.ts';
import type { Issuer } from '../../src/identity/issuer.ts';
import { Logos } from '../../src/identity/logos.ts';
import { OwnDocuments } from '../../src/identity/own-documents.ts';
import { readTypeIndexes } from '../../src/identity/type-indexes.ts';
import { accountLinks } from '../../src/pages/account-links.ts';
import { accountRoutes } from '../../src/pages/account-routes.ts';
import { loggedOutPage, logoutPage } from '../../src/pages/issuer-pages.ts';
import { locateUrl } from '../../src/pods/addresses.ts';
import { Pods } from '../../src/pods/pods.ts';
import { Problem } from '../../src/problem.ts';
import { Remote } from '../../src/remote/remote.ts';
import { Subscriptions } from '../../src/notifications/webhook-subscriptions.ts';
import type { Database } from '../../src/storage/database.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { serving } from '../access/new-access.ts';
import { options as accountOptions } from '../accounts/open-room.ts';
import { databaseWithKeys } from '../identity/prepared-keys.ts';
import { defaults } from '../pods/open-pod.ts';

export { cheap, email, other, password } from '../accounts/open-room.ts';

/** A node with accounts, issuer and pages, on a port of its own. */
export interface Node extends AsyncDisposable {
  readonly baseUrl: string;
  readonly port: number;
  readonly people: OpenAccounts;
  readonly pods: Pods;
  readonly apps: Apps;
  readonly issuer: Issuer;
  readonly database: Database;
  /** All that is in the database, as text. */
  snapshot(): Promise<string>;
  /** The lines of the log, as they are written. */
  readonly lines: string[];
  /** The documents of WebIDs elsewhere: whatever statement of `<webId> <predicate> "text"` they have. */
  readonly documents: Map<string, { predicate: string; text: string }>;
  /** The link in the last mail; for want of a mail server it is logged. */
  mailed(): Promise<string>;
  /** An account with a login, and a pod called `name` if given. */
  account(email: string, password: string, name?: string): Promise<Account>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** `https`: as behind a proxy that the world reaches at `https://pods.example/`. */
export async function openNode(changes: Partial<OpenAccountsOptions> = {}, { https = false, path = '/' } = {}): Promise<Node> {
  const port = await freePort();
  const baseUrl = https ? `https://pods.example${path}` : `http://localhost:${port}${path}`;
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => { lines.push(line); } });
  const database = await databaseWithKeys();
  const pods = new Pods(database, new MemoryBlobs(), defaults);
  const apps = new Apps(database);
  const access = new Access(apps, {
    pods, locate: (url) => locateUrl('path', baseUrl, url), remote: serving({}), maxGroupBytes: 100_000,
  });
  const links = accountLinks(baseUrl);
  const documents = new Map<string, { predicate: string; text: string }>();
  const people = openAccounts(database, pods, {
    ...accountOptions, baseUrl, maxRegistrationsPerAddress: 1_000, maxResetsPerAddress: 1_000, ...changes,
  }, {
    async readWebId(webId) {
      const found = documents.get(webId);
      if (found === undefined) throw new Problem('invalid', `<${webId}> cannot be read.`);
      return [{
        subject: { termType: 'NamedNode', value: webId }, predicate: { termType: 'NamedNode', value: found.predicate },
        object: { termType: 'Literal', value: found.text },
      }] as never;
    },
    endSessions: (account) => issuer.endSessions(account),
    revokeAccount: (account) => issuer.revokeAccount(account),
    links,
  }, log);
  const own = new OwnDocuments({ pods, locate: (url) => locateUrl('path', baseUrl, url), isPublic: async () => true });
  const remote = new Remote({ remoteSeconds: 1, remoteBytes: 100_000, remoteConnections: 8, remoteLocalhost: true });
  const issuer = await openIssuer({
    baseUrl, database, log,
    async account(id) {
      const account = await people.accounts.get(id);
      return account?.state === 'active'
        ? { id, webIds: account.webIds, ...(account.logins[0] && { email: account.logins[0].email }) } : undefined;
    },
    credential: (id) => people.credentials.find(id),
    verifyCredential: async (id, secret) => await people.credentials.verify(id, secret) !== undefined,
    clientDocuments: new ClientDocuments({ remote, staleSeconds: 60 }),
    interactionUrl: links.interaction, logoutPage, loggedOutPage,
  });
  const koa = new Koa();
  koa.on('error', logBrokenAnswers(log));
  koa.use(answerProblems({ baseUrl, log }));
  koa.use(issuer.middleware);
  koa.use(accountRoutes({
    baseUrl, people, pods, access, apps, issuer, subscriptions: new Subscriptions(database), log, quotaBytes: 10_000_000_000,
    logos: new Logos({ remote, staleSeconds: 60 }), typeIndexes: (webId, bases) => readTypeIndexes(own, webId, bases),
    addressOf: (ctx) => ctx.get('X-Test-Address') || '192.0.2.1', minPasswordLength: 10, accountGraceDays: 30, settings: { current: {} },
  }));
  koa.use(problemPages(baseUrl));
  const server = createHttpServer(koa.callback(), {
    maxConnections: 100, headerBytes: 16_384, headerSeconds: 5, keepAliveSeconds: 5, idleSeconds: 5, baseUrl,
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl, port, people, pods, apps, issuer, lines, documents, database,
    async snapshot() {
      const entries = [];
      for await (const { key, value } of database.range([])) entries.push(`${key.join('/')} ${Buffer.from(value).toString()}`);
      return entries.join('\n');
    },
    async mailed() {
      await people.mail.settled();
      const line = lines.findLast((text) => text.includes('"link"'));
      return (JSON.parse(line ?? assert.fail('no mail')) as { link: string }).link;
    },
    async account(email, password, name) {
      const { id } = await people.logins.register(email, password, 'admin');
      if (name !== undefined) await people.accounts.addPod(id, { name });
      return (await people.accounts.get(id))!;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await people[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the text says as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** One request to the port of a node, under the Host of its base URL whatever that resolves to. */
export async function send(
  node: Pick<Node, 'port' | 'baseUrl'>, method: string, url: string, headers: Record<string, string> = {}, body?: string,
): Promise<Answer> {
  const { pathname, search } = new URL(url, node.baseUrl);
  const asking = request({
    host: '127.0.0.1', port: node.port, method, path: `${pathname}${search}`,
    headers: { host: new URL(node.baseUrl).host, ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
  });
  asking.end(body);
  const [response] = await once(asking, 'response') as [import('node:http').IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const given = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) given.append(name, value);
  }
  return { status: response.statusCode!, headers: given, text, json: <T>() => JSON.parse(text) as T };
}

/** A script: it speaks JSON, and has a token once it has logged in. */
export class Script {
  readonly #node: Node;
  token: string | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  ask(method: string, url: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.#node, method, url, {
      accept: 'application/json', ...(this.token !== undefined && { authorization: `CSS-Account-Token ${this.token}` }),
      ...(body && { 'content-type': 'application/json' }), ...headers,
    }, body && JSON.stringify(body));
  }

  /** The same, when it has to go well. */
  async get<T = Record<string, string>>(method: string, url: string, body?: object): Promise<T> {
    const answer = await this.ask(method, url, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json<T>();
  }

  async logIn(email: string, password: string): Promise<void> {
    this.token = (await this.get('POST', '.account/login/password/', { email, password }))['authorization']!;
  }

  async controls(): Promise<Record<string, Record<string, string>>> {
    return (await this.get<{ controls: Record<string, Record<string, string>> }>('GET', '.account/')).controls;
  }
}

/** A form of a page, with what its fields hold. */
export interface Form {
  readonly action: string;
  readonly fields: [name: string, value: string][];
}

/** A browser without JavaScript: it keeps cookies, and fills in the forms of the page where it is. */
export class Browser {
  readonly #node: Pick<Node, 'port' | 'baseUrl'>;
  readonly cookies = new Map<string, { value: string; path: string; attributes: string }>();
  url = '';
  page: Answer = { status: 0, headers: new Headers(), text: '', json: () => assert.fail() };

  constructor(node: Pick<Node, 'port' | 'baseUrl'>) {
    this.#node = node;
  }

  /** Goes to a page, following redirects on the node; it stops where they lead away. */
  async open(url: string): Promise<this> {
    return this.#go('GET', new URL(url, this.#node.baseUrl).href, {});
  }

  async #go(method: string, url: string, headers: Record<string, string>, body?: string): Promise<this> {
    let [how, where, what] = [method, new URL(url, this.url || this.#node.baseUrl).href, body];
    for (let hop = 0; hop < 10; hop += 1) {
      this.url = where;
      if (!where.startsWith(this.#node.baseUrl)) return this;
      this.page = await this.request(how, where, headers, what);
      const refresh = /<meta http-equiv="refresh" content="0;url=([^"]+)">/.exec(this.page.text)?.[1];
      const next = this.page.headers.get('location') ?? (refresh && unescape(refresh));
      if (next === undefined || next === null) return this;
      [how, where, what] = ['GET', new URL(next, where).href, undefined];
    }
    return assert.fail('too many redirects');
  }

  async request(method: string, url: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
    const { pathname } = new URL(url, this.#node.baseUrl);
    const cookie = [...this.cookies].filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split('|')[0]}=${value}`).join('; ');
    const answer = await send(this.#node, method, url, {
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'user-agent': 'Browser of a test',
      ...(cookie !== '' && { cookie }), ...headers,
    }, body);
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value, attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line)!;
      const path = /path=([^;]+)/i.exec(attributes)?.[1] ?? '/';
      const gone = value === '' || /max-age=0\b/i.test(attributes) || /expires=Thu, 01 Jan 1970/i.test(attributes);
      if (gone) this.cookies.delete(`${name}|${path}`);
      else this.cookies.set(`${name}|${path}`, { value: value!, path, attributes });
    }
    return answer;
  }

  forms(): Form[] {
    return formsOf(this.page.text);
  }

  /** The form that goes to an address that ends in `action`, with the method that it stands for. */
  form(action: string, method = 'POST'): Form {
    const found = this.forms().find((form) => form.action.endsWith(action)
      && (form.fields.find(([name]) => name === '_method')?.[1] ?? 'POST') === method);
    return found ?? assert.fail(`no form ${method} …${action} at ${this.url}: ${this.forms().map((form) => form.action).join(' ')}\n${this.page.text}`);
  }

  /** Fills in a form and sends it. A field of `values` that is undefined is left out; several values are ticks. */
  async submit(
    action: string, values: Record<string, string | string[] | undefined> = {}, method = 'POST',
    headers: Record<string, string> = {},
  ): Promise<this> {
    const form = this.form(action, method);
    const kept = form.fields.filter(([name]) => !(name in values));
    const given = Object.entries(values).flatMap(([name, value]) =>
      (value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one])));
    const body = new URLSearchParams([...kept, ...given]).toString();
    return this.#go('POST', form.action, {
      'content-type': 'application/x-www-form-urlencoded', origin: new URL(this.#node.baseUrl).origin,
      'sec-fetch-site': 'same-origin', ...headers,
    }, body);
  }

  /** Follows a link by what it says. */
  async follow(words: string): Promise<this> {
    const link = [...this.page.text.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].find(([, , text]) => text!.includes(words));
    assert.ok(link, `no link "${words}" at ${this.url}\n${this.page.text}`);
    return this.open(unescape(link[1]!));
  }

  async logIn(email: string, password: string): Promise<this> {
    await this.open('.account/login/');
    return this.submit('login/password/', { email, password });
  }
}

/** A page without the scripts that are the server's own, which its policy lets run. */
export function withoutScripts(html: string, baseUrl: string): string {
  return html.replaceAll(new RegExp(`<script type="module" src="${baseUrl}\\.account/scripts/[0-9a-f]{16}/[\\w-]+\\.js"></script>`, 'g'), '');
}

export function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** The forms of a page with what a browser would send of each when it is left as it is, but for buttons. */
export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form([^>]*)>([^]*?)<\/form>/g)].map(([, head = '', content = '']) => {
    const fields: [string, string][] = [];
    for (const [, tag] of content.matchAll(/<input([^>]*)>/g)) {
      const of = (name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(tag!)?.[1];
      const name = of('name');
      if (name === undefined || (['checkbox', 'radio'].includes(of('type') ?? '') && !/\schecked\b/.test(tag!))) continue;
      fields.push([unescape(name), unescape(of('value') ?? '')]);
    }
    for (const [, name, options] of content.matchAll(/<select[^>]*name="([^"]*)"[^>]*>([^]*?)<\/select>/g)) {
      const [, value, text] = /<option(?: value="([^"]*)")? selected>([^<]*)/.exec(options!)
        ?? /<option(?: value="([^"]*)")?>([^<]*)/.exec(options!) ?? [];
      fields.push([name!, unescape(value ?? text ?? '')]);
    }
    return { action: unescape(/action="([^"]*)"/.exec(head)?.[1] ?? ''), fields };
  });
}
