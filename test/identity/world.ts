import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose';
import Koa from 'koa';
import type { Agent } from '../../src/access/agent.ts';
import { identify } from '../../src/identity/agent.ts';
import type { IdentifyOptions } from '../../src/identity/agent.ts';
import { problemAnswers } from '../../src/http/problem-response.ts';
import type { ProblemKind } from '../../src/problem.ts';
import { MemorySeen } from '../../src/storage/memory-seen.ts';
import { openRemote, serve } from '../remote/servers.ts';
import type { TestServer } from '../remote/servers.ts';

export interface KeyPair {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** The public part, with its thumbprint as `kid`. */
  readonly jwk: JWK & { kid: string };
}

const made = new Map<string, Promise<KeyPair>>();

/** A pair of keys for an algorithm. RSA keys take a while to make, so those of one name are made once for all tests. */
export function keyPair(alg = 'ES256', name: string = randomUUID()): Promise<KeyPair> {
  const id = `${alg} ${name}`;
  const before = made.get(id);
  if (before) return before;
  const making = make(alg);
  made.set(id, making);
  return making;
}

async function make(alg: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, jwk: { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) } };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An identity provider and the host of its users' WebIDs, whose answers a test may change. */
export interface Issuer extends AsyncDisposable {
  readonly server: TestServer;
  readonly issuer: string;
  readonly webId: string;
  /** The keys that it shows, and that it signs with. */
  readonly shown: JWK[];
  signsWith: KeyPair;
  /** What it says at paths; others are 404. */
  readonly pages: Map<string, Answer>;
  /** Instead of all that. */
  answer: Answer | undefined;
}

export const paths = { metadata: '/.well-known/openid-configuration', keys: '/keys', profile: '/alice' };

export function page(type: string, text: () => string, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(200, { 'content-type': type, ...headers }).end(text());
}

export async function openIssuer(alg = 'ES256'): Promise<Issuer> {
  const signsWith = await keyPair(alg, 'issuer');
  const pages = new Map<string, Answer>();
  const server = await serve((request, response) => {
    const answer = world.answer ?? pages.get(request.url ?? '');
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  const issuer = `${server.origin}/`;
  let closing: PromiseLike<void> | undefined;
  const world: Issuer = {
    server, issuer, webId: `${server.origin}${paths.profile}#me`, shown: [signsWith.jwk], signsWith, pages, answer: undefined,
    [Symbol.asyncDispose]: () => (closing ??= server[Symbol.asyncDispose]()),
  };
  pages.set(paths.metadata, page('application/json', () => JSON.stringify({ issuer, jwks_uri: `${server.origin}${paths.keys}` })));
  pages.set(paths.keys, page('application/json', () => JSON.stringify({ keys: world.shown })));
  pages.set(paths.profile, page('text/turtle', () => `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${issuer}>.`));
  return world;
}

/** What the node of a test says of a request. */
export interface Answered {
  readonly agent: Agent;
  readonly failure?: { readonly kind: ProblemKind; readonly message: string; readonly headers: Record<string, string> };
}

/** A server that does nothing but tell who is asking. */
export interface Node extends AsyncDisposable {
  readonly baseUrl: string;
  /** Moves all clocks of the node. */
  readonly pass: (seconds: number) => void;
  /** Seconds since 1970, by the clock of the node. */
  readonly now: () => number;
  readonly send: (request: Sent) => Promise<Answered>;
}

export interface Sent {
  readonly method?: string;
  /** The request target. */
  readonly path?: string;
  readonly host?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Our own issuer in a test, which signs with one key and says what its WebIDs name. */
export const ownKeys = (): Promise<KeyPair> => keyPair('ES256', 'own');
export const ownWebId = 'https://node.example/alice/profile/card#me';

export async function openNode(options: Partial<IdentifyOptions> = {}, remoteSeconds = 2): Promise<Node> {
  let passed = 0;
  const now = (): number => Date.now() + passed;
  const remote = openRemote({ now: () => performance.now() + passed, remoteSeconds });
  const seen = new MemorySeen({ limit: 100_000, now });
  const koa = new Koa();
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const baseUrl = options.baseUrl ?? `http://127.0.0.1:${port}/`;
  const { jwk } = await ownKeys();
  const who = identify({
    baseUrl, options: { podAddresses: 'path' }, remote, remoteStaleSeconds: 86_400, seen, dpopSeconds: 60, dpopWithoutAth: false, now,
    own: { issuer: baseUrl, keys: () => ({ keys: [jwk] }) },
    ownIssuers: async (webId) => webId === ownWebId ? [baseUrl] : undefined,
    ...options,
  });
  koa.use(async (ctx) => {
    const [identified, again] = await Promise.all([who(ctx.req), who(ctx.req)]);
    assert.equal(again, identified);
    const { agent, failure } = identified;
    const { kind, message, headers } = failure ?? {};
    ctx.body = { agent, ...(failure && { failure: { kind, message, headers } }) };
  });
  const handle = koa.callback();
  return {
    baseUrl, now: () => now() / 1000,
    pass: (seconds) => { passed += seconds * 1000; },
    send: (sent) => send(port, sent),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await remote[Symbol.asyncDispose]();
    },
  };
}

async function send(port: number, { method = 'GET', path = '/', host, headers }: Sent): Promise<Answered> {
  const request = httpRequest({
    port, host: '127.0.0.1', method, path, agent: false, setHost: false,
    headers: ['Host', host ?? `127.0.0.1:${port}`, ...headers.flat()],
  });
  request.end();
  const [response] = await once(request, 'response') as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`the node answered ${response.statusCode}: ${text}`);
  return JSON.parse(text) as Answered;
}

export type Claims = Record<string, unknown>;

/** What a person has who logged in: a token, and a key to make proofs with. */
export interface Login {
  readonly key: KeyPair;
  readonly token: string;
}

/** A token of the issuer. Claims that are `undefined` are left out. */
export async function tokenOf(
  issuer: Pick<Issuer, 'issuer' | 'webId' | 'signsWith'>, claims: Claims = {}, header: Claims = {},
): Promise<string> {
  const { alg, privateKey, jwk } = issuer.signsWith;
  const iat = Math.floor(Date.now() / 1000);
  return sign({
    iss: issuer.issuer, webid: issuer.webId, sub: issuer.webId, aud: 'solid', iat, exp: iat + 3600, client_id: 'https://app.example/id', ...claims,
  }, { alg, typ: 'at+jwt', kid: jwk.kid, ...header }, privateKey);
}

export async function sign(claims: Claims, header: Claims, key: CryptoKey | Uint8Array): Promise<string> {
  const said = Object.entries(claims).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(said)).setProtectedHeader(header as JWTHeaderParameters).sign(key, { crit: { odd: true } });
}

/** Puts together what no library would sign: `header.payload.signature`, the first two of JSON values. */
export function rawJwt(header: unknown, payload: unknown, signature = ''): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).concat(signature).join('.');
}

/** A key with its private part. */
export async function privateJwk({ privateKey, jwk }: KeyPair): Promise<JWK> {
  return { ...await exportJWK(privateKey), kid: jwk.kid };
}

export async function logIn(
  issuer: Pick<Issuer, 'issuer' | 'webId' | 'signsWith'>, claims: Claims = {}, header: Claims = {}, alg = 'ES256',
): Promise<Login> {
  const key = await keyPair(alg, alg === 'ES256' ? undefined : 'client');
  return { key, token: await tokenOf(issuer, { cnf: { jkt: key.jwk.kid }, ...claims }, header) };
}

export function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The headers of a request to the node, with a new proof. `claims` and `header` change the proof. */
export async function headersOf(
  { key, token }: Login, url: string, claims: Claims = {}, header: Claims = {},
): Promise<[token: [string, string], proof: [string, string]]> {
  const { alg, privateKey } = key;
  const { kid: _, use: _use, ...jwk } = key.jwk;
  const proof = await sign(
    { htm: 'GET', htu: url, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ath: hash(token), ...claims },
    { alg, typ: 'dpop+jwt', jwk, ...header }, privateKey,
  );
  return [['Authorization', `DPoP ${token}`], ['DPoP', proof]];
}

/** The status that an answer would have, for tables. */
export function statusOf({ failure }: Answered): number {
  return failure ? problemAnswers[failure.kind].status : 200;
}
