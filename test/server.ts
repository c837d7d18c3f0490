import type { IncomingMessage } from 'node:http';
import type { Identified } from '../src/access/agent.ts';
import { parseAuthority } from '../src/access/authority.ts';
import { openApp } from '../src/app.ts';
import type { App } from '../src/app.ts';
import { schema } from '../src/config/options.ts';
import type { Options } from '../src/config/options.ts';
import { log } from '../src/log.ts';
import { MemoryBlobs } from '../src/storage/memory-blobs.ts';
import { databaseWithKeys } from './identity/prepared-keys.ts';

/** A real server on a free port of this machine, with the pod `alice`, of which everybody may use the playground. */
export interface TestServer extends AsyncDisposable {
  readonly app: App;
  /** The base URL of the node. */
  readonly url: string;
  /** The base URL of the pod. */
  readonly pod: string;
  /** The WebID of the pod's owner. */
  readonly owner: string;
  /** The container that everybody may read and write. */
  readonly open: string;
}

export async function startServer(options: Partial<Options> = {}): Promise<TestServer> {
  log.level = 'error';
  const all = { ...schema.parse({}), port: 0, database: 'memory' as const, ...options };
  // To make keys takes longer than all else.
  const stores = all.database === 'memory' ? { database: await databaseWithKeys(), blobs: new MemoryBlobs() } : undefined;
  const app = await openApp(all, { identify: believe, ...(stores && { stores }) });
  await app.plant([{ email: 'alice@example.org', password: 'a long password', pods: [{ name: 'alice', open: ['playground/'] }] }]);
  const { url } = await app.listen();
  const pod = options.podAddresses === 'root' ? url
    : options.podAddresses === 'subdomain' ? url.replace('//', '//alice.') : `${url}alice/`;
  return {
    app, url, pod, owner: `${pod}profile/card#me`, open: `${pod}playground/`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** What a test says of who is asking, beside the WebID. `authority`: `authorization_details` (RFC 9396). */
export interface Token {
  readonly client?: string;
  readonly issuer?: string;
  readonly authority?: unknown;
  /** As the issuer of the node calls it in its tokens. */
  readonly grant?: string;
}

/** Takes a request's word for who sent it: `Authorization: WebID https://… {"client": …}`. */
export async function believe({ headers }: IncomingMessage): Promise<Identified> {
  const { origin = '' } = headers;
  const [, webId, token = '{}'] = /^WebID (\S+)(?: (.+))?$/.exec(headers.authorization ?? '') ?? [];
  const { authority, ...said } = JSON.parse(token) as Token;
  return { agent: {
    ...(webId === undefined ? {} : { webId }), ...(origin === '' ? {} : { origin }), ...said,
    ...(authority === undefined ? {} : { authority: parseAuthority(authority) }),
  } };
}

/** The header that says who is asking. */
export function as(webId: string, token?: Token): { authorization: string } {
  return { authorization: `WebID ${webId}${token === undefined ? '' : ` ${JSON.stringify(token)}`}` };
}
