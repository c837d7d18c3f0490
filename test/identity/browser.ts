import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import * as jose from 'jose';
import type { InteractionDetails, InteractionResult } from '../../src/identity/interactions.ts';

interface Cookie { readonly value: string; readonly path: string }

/** What a browser does with cookies and redirects, and no more. */
export class Browser {
  readonly cookies = new Map<string, Cookie>();

  /** One request; redirects are not followed. */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const sent = [...this.cookies].filter(([, { path }]) =>
      pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(([key, { value }]) => `${key.split('|')[0]}=${value}`);
    const headers = new Headers(init.headers);
    if (sent.length > 0) headers.set('cookie', sent.join('; '));
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#take(line);
    return response;
  }

  /** Follows redirects within the site `base`, up to an interaction, another site, or a page. */
  async go(url: string | URL, base: string): Promise<{ url: string; response?: Response }> {
    let next = String(url);
    for (let hop = 0; hop < 10; hop += 1) {
      if (!next.startsWith(base) || next.startsWith(`${base}.account/`)) return { url: next };
      const response = await this.fetch(next);
      const location = response.headers.get('location');
      if (location === null) return { url: next, response };
      next = new URL(location, next).href;
    }
    assert.fail('too many redirects');
  }

  async details(url: string): Promise<InteractionDetails> {
    const response = await this.fetch(url);
    assert.equal(response.status, 200, await response.clone().text());
    return await response.json() as InteractionDetails;
  }

  async decide(url: string, result: InteractionResult): Promise<string> {
    const response = await this.fetch(url, { method: 'POST', body: JSON.stringify(result) });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json() as { location: string }).location;
  }

  #take(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8);
    const key = `${name}|${path}`;
    if (value === '' || (expires !== undefined && Date.parse(expires) < Date.now())) this.cookies.delete(key);
    else this.cookies.set(key, { value, path });
  }
}

/** A key of an app, with which it proves that a token is its own (RFC 9449). */
export class ProofKey {
  readonly #pair: Promise<jose.GenerateKeyPairResult> = jose.generateKeyPair('ES256', { extractable: true });

  async proof(method: string, url: string, more: Record<string, unknown> = {}): Promise<string> {
    const { privateKey, publicKey } = await this.#pair;
    return new jose.SignJWT({ htm: method, htu: url, jti: randomBytes(12).toString('hex'), ...more })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await jose.exportJWK(publicKey) })
      .setIssuedAt().sign(privateKey);
  }

  async thumbprint(): Promise<string> {
    return jose.calculateJwkThumbprint(await jose.exportJWK((await this.#pair).publicKey));
  }
}

export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Parameters of a request; those that are `undefined` are left out. */
type Params = Readonly<Record<string, string | undefined>>;

/** What the person does: as which account it logs in, and what it consents to. */
interface Decision { readonly account?: string; readonly consent?: object }

/** The proof to send; unset: a good one. Or none, when it is not `bound`. */
interface Proven { readonly proof?: string; readonly bound?: boolean }

export interface TokenAnswer {
  readonly status: number;
  readonly body: Record<string, string>;
  readonly headers: Headers;
}

/** An app that logs people in, by hand. */
export class App {
  readonly key = new ProofKey();
  readonly browser: Browser;
  readonly base: string;
  readonly id: string;
  readonly secret: string | undefined;
  readonly redirectUri: string;
  readonly verifier = randomBytes(32).toString('base64url');

  constructor(
    base: string, id: string, redirectUri: string,
    { secret, browser = new Browser() }: { secret?: string | undefined; browser?: Browser } = {},
  ) {
    this.base = base;
    this.id = id;
    this.secret = secret;
    this.redirectUri = redirectUri;
    this.browser = browser;
  }

  static async register(base: string, metadata: object = {}, browser?: Browser): Promise<App> {
    const redirectUri = 'https://app.example/callback';
    const answer = await register(base, {
      client_name: 'Test app', redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none', ...metadata,
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const uris = answer.body['redirect_uris'] as unknown as string[];
    return new App(base, answer.body['client_id']!, uris[0]!,
      { secret: answer.body['client_secret'], ...(browser && { browser }) });
  }

  authorizationUrl(params: Params = {}): URL {
    const url = new URL('.oidc/auth', this.base);
    const all = {
      client_id: this.id, redirect_uri: this.redirectUri, response_type: 'code', scope: 'openid webid offline_access',
      state: 'the-state', code_challenge: codeChallenge(this.verifier), code_challenge_method: 'S256',
      prompt: 'consent', ...params,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  /** Logs in as the account where that is asked for, consents, and gives what came back to the app. */
  async authorize(
    params: Params = {}, { account = 'a1', consent = {} }: Decision = {},
  ): Promise<URLSearchParams> {
    let next = await this.browser.go(this.authorizationUrl(params), this.base);
    for (let step = 0; step < 4 && next.url.startsWith(`${this.base}.account/`); step += 1) {
      const { prompt } = await this.browser.details(next.url);
      const location = await this.browser.decide(next.url, prompt === 'login'
        ? { login: { account } }
        : { consent: { webId: 'https://alice.example/profile#me', ...consent } });
      next = await this.browser.go(location, this.base);
    }
    assert.ok(next.url.startsWith(this.redirectUri), `${next.url} ${await next.response?.text()}`);
    return new URL(next.url).searchParams;
  }

  async code(params?: Params, decision?: Decision): Promise<string> {
    const answer = await this.authorize(params, decision);
    assert.ok(answer.has('code'), String(answer));
    return answer.get('code')!;
  }

  async token(params: Params, { proof, bound = true }: Proven = {}): Promise<TokenAnswer> {
    const url = new URL('.oidc/token', this.base).href;
    const own = { client_id: this.id, ...(this.secret !== undefined && { client_secret: this.secret }) };
    return post(url, { ...own, ...params }, bound ? { dpop: proof ?? await this.key.proof('POST', url) } : {});
  }

  exchange(code: string, params: Params = {}, how?: Proven): Promise<TokenAnswer> {
    return this.token({
      grant_type: 'authorization_code', code, redirect_uri: this.redirectUri, code_verifier: this.verifier, ...params,
    }, how);
  }

  refresh(token: string, how?: Proven): Promise<TokenAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token }, how);
  }

  /** All of it at once. */
  async logIn(params?: Params, decision?: Decision): Promise<Record<string, string>> {
    const { status, body } = await this.exchange(await this.code(params, decision));
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }
}

export async function post(url: string, params: Params, headers: Record<string, string> = {}): Promise<TokenAnswer> {
  const given = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const body = new URLSearchParams(given);
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, body: jsonOf(await response.text()), headers: response.headers };
}

export async function register(base: string, metadata: object): Promise<TokenAnswer> {
  const response = await fetch(new URL('.oidc/reg', base), {
    method: 'POST', body: JSON.stringify(metadata), headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, body: jsonOf(await response.text()), headers: response.headers };
}

function jsonOf(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return { text };
  }
}
