import type { IncomingMessage } from 'node:http';
import { publicAgent } from '../access/agent.ts';
import type { Agent, Identified } from '../access/agent.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { Problem } from '../problem.ts';
import type { Seen } from '../storage/seen.ts';
import { AccessTokens } from './access-tokens.ts';
import type { AccessTokensOptions } from './access-tokens.ts';
import { invalidProof, invalidToken, noCredentials } from './challenge.ts';
import { Proofs } from './dpop-proof.ts';
import { isSameIssuer, readToken } from './token-claims.ts';
import type { TokenClaims } from './token-claims.ts';

export interface IdentifyOptions extends AccessTokensOptions {
  /** The base URL of the node, with its slash. */
  readonly baseUrl: string;
  /** Read anew each time, as it may be set while the server runs. */
  readonly options: { readonly podAddresses: PodAddresses };
  /** Where proofs are remembered that were used. */
  readonly seen: Seen;
  /** For how many seconds a proof is good, and how far in the future it may be from. */
  readonly dpopSeconds: number;
  /** Whether a proof may do without the hash of the token, as those of older clients do. */
  readonly dpopWithoutAth: boolean;
  /** Issuers whose tokens are taken from whoever bears them, beside our own. */
  readonly bearerIssuers?: readonly string[];
  /** Why whoever comes by a token that is good has no access all the same; `undefined` when they may. */
  readonly refuses?: (asking: Asking) => Promise<string | undefined>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** By what an operator may refuse somebody. */
export type Asking = Required<Pick<Agent, 'webId' | 'issuer'>> & Pick<Agent, 'client'>;

/** What is remembered from one request to the next, so that it need not be worked out again. */
interface Memory {
  readonly tokens: AccessTokens;
  readonly proofs: Proofs;
  /** The node's base URL. */
  readonly node: URL;
}

/** What a request brings to say who sent it. */
interface Credentials {
  readonly scheme: string;
  readonly token: string;
}

/** RFC 9110, section 11.6.2, with a token as in section 11.2. */
const authorization = /^([!#$%&'*+\-.^_`|~\w]+)(?: +([\w.~+/-]+=*))?$/;

/**
 * Finds out who sends requests: by access tokens, or ID tokens as older clients send, of any Solid-OIDC issuer, each
 * with a proof that whoever sends it holds its key (DPoP, RFC 9449). A token that is bound to no key counts only if our
 * own issuer made it, or one that the operator trusts: with others, whoever is sent such a token could use it here.
 *
 * A request is asked about once, however often its identity is: its proof is good for once.
 */
export function identify(options: IdentifyOptions): (request: IncomingMessage) => Promise<Identified> {
  const memory: Memory = { tokens: new AccessTokens(options), proofs: new Proofs(), node: new URL(options.baseUrl) };
  const asked = new WeakMap<IncomingMessage, Promise<Identified>>();
  return (request) => {
    const before = asked.get(request);
    if (before) return before;
    const identified = identifyOne(request, memory, options);
    asked.set(request, identified);
    return identified;
  };
}

async function identifyOne(request: IncomingMessage, memory: Memory, options: IdentifyOptions): Promise<Identified> {
  const { origin } = request.headers;
  const anybody: Agent = origin === undefined || origin === '' ? publicAgent : { origin };
  try {
    const credentials = readCredentials(request);
    if (credentials === undefined) return { agent: anybody };
    const claims = await checkCredentials(request, credentials, memory, options);
    const { webId, issuer, client, authority, payload } = claims;
    const asking = { webId, issuer, ...(client === undefined ? {} : { client }) };
    const reason = await options.refuses?.(asking);
    if (reason !== undefined) throw invalidToken(reason);
    const grant = memory.tokens.isOwn(claims) ? payload['grant'] : undefined;
    return {
      agent: {
        ...anybody, ...asking, ...(authority === undefined ? {} : { authority }),
        ...(typeof grant === 'string' ? { grant } : {}),
      },
    };
  } catch (error) {
    if (error instanceof Problem) return { agent: anybody, failure: error };
    throw error;
  }
}

function readCredentials(request: IncomingMessage): Credentials | undefined {
  if (request.headers.authorization === undefined) return undefined;
  const [header = '', ...more] = request.headersDistinct.authorization ?? [];
  if (more.length > 0) throw noCredentials('The request has several Authorization headers.');
  const [, scheme = '', token] = authorization.exec(header) ?? [];
  if (!/^(dpop|bearer)$/i.test(scheme) || token === undefined) {
    throw noCredentials('The Authorization header is not "DPoP" with a token.');
  }
  return { scheme: scheme.toLowerCase(), token };
}

/** Checks all that a request brings, what costs least first, and what uses up the proof last. */
async function checkCredentials(
  request: IncomingMessage, { scheme, token }: Credentials, { tokens, proofs, node }: Memory, options: IdentifyOptions,
): Promise<TokenClaims> {
  const now = (options.now ?? Date.now)();
  const claims = tokens.known(token) ?? readToken(token, now);
  if (scheme === 'bearer') {
    checkBearer(claims, tokens.isOwn(claims) ? [claims.issuer] : options.bearerIssuers ?? []);
    await tokens.check(token, claims, now);
    return claims;
  }
  if (claims.jkt === undefined) {
    throw invalidToken('The token is not bound to a key (cnf.jkt), so it cannot be used with DPoP.');
  }
  const proof = await proofs.read(proofText(request), {
    method: request.method!, url: requestUrl(request, node, options), ath: claims.hash, now,
    seconds: options.dpopSeconds, withoutAth: options.dpopWithoutAth,
  });
  if (proof.jkt !== claims.jkt) {
    throw invalidToken('The token is bound to another key than the one that made the DPoP proof.');
  }
  await tokens.check(token, claims, now);
  if (!await options.seen.first(proof.mark, proof.until)) throw invalidProof('The DPoP proof was used before (jti).');
  return claims;
}

function checkBearer({ issuer, payload }: TokenClaims, issuers: readonly string[]): void {
  // RFC 9449, section 7.2: it would be of use to whoever has seen it
  if (payload['cnf'] !== undefined) {
    throw invalidToken('The token is bound to a key, so it cannot be used as a bearer token.');
  }
  if (!issuers.some((trusted) => isSameIssuer(trusted, issuer))) {
    throw invalidToken('Tokens of that issuer are taken with DPoP only, not as bearer tokens.');
  }
}

/** RFC 9449, section 4.3, check 1. */
function proofText({ headersDistinct }: IncomingMessage): string {
  const [proof, ...more] = headersDistinct.dpop ?? [];
  if (proof === undefined) {
    throw invalidProof('The request has no DPoP header, so it does not prove that the token is its sender\'s.');
  }
  if (more.length > 0) throw invalidProof('The request has several DPoP headers.');
  return proof;
}

/**
 * The URL at which the world sees what is requested, without its query: what the request says of its host counts only
 * where that is a host of this node, and its scheme is the node's, whatever lies between.
 */
function requestUrl(request: IncomingMessage, node: URL, { options: { podAddresses } }: IdentifyOptions): string {
  const [whole = ''] = (request.url ?? '').split(/[?#]/, 1);
  // As most requests are.
  if (request.headers.host === node.host && whole.startsWith('/')) return `${node.protocol}//${node.host}${whole}`;
  // RFC 9112, section 3.2.2
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(whole);
  const [, authority = request.headers.host ?? '', path = whole] = absolute ?? [];
  const url = `${node.protocol}//${authority}${path.startsWith('/') ? path : `/${path}`}`;
  const host = /^[\w.:[\]-]+$/.test(authority) && URL.canParse(url) ? new URL(url).host : undefined;
  const ours = host === node.host || (podAddresses === 'subdomain' && host?.endsWith(`.${node.host}`) === true);
  if (!ours) {
    throw invalidProof('The request is meant for another host than this server\'s, so no DPoP proof is good for it.');
  }
  return url;
}
