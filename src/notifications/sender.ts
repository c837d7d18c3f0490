import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, calculateJwkThumbprint } from 'jose';
import type { JWK } from 'jose';
import type { Middleware } from 'koa';
import { negotiateOrRefuse } from '../http/accept.ts';
import { Problem } from '../problem.ts';
import { formatOf, mediaTypeOf } from '../rdf/formats.ts';
import { dataFactory } from '../rdf/terms.ts';
import { activities, rdf, solid } from '../rdf/vocabulary.ts';
import { writeRdf } from '../rdf/write.ts';
import { notificationsPath } from './channel.ts';
import { contentDigest, messageSignature, signingKey } from './message-signature.ts';
import type { SigningKey } from './message-signature.ts';

/** How long a token of the sender is good, in seconds; it goes with one message. */
const tokenSeconds = 300;

export interface SenderOptions {
  /** Of the node, with its slash; its issuer too. */
  readonly baseUrl: string;
  /** The private key of the issuer that signs with ES256 at present. */
  readonly key: () => JWK;
}

/**
 * Who sends messages to webhooks: the node itself, which has a WebID whose issuer it is. What it sends is signed with a
 * key of that issuer, in two ways: as an HTTP message (RFC 9421), and with a token and a proof as those of Solid-OIDC,
 * which the receivers of Community Solid Server check.
 */
export class Sender {
  /** The WebID. */
  readonly id: string;
  readonly #options: SenderOptions;
  #key: SigningKey | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.id = `${options.baseUrl}${notificationsPath}sender#it`;
  }

  /** The headers of a POST request with this body. `url`: without a fragment. */
  async headers(url: string, body: string, contentType: string): Promise<Readonly<Record<string, string>>> {
    const key = this.#signingKey();
    const created = Math.floor(Date.now() / 1000);
    const digest = contentDigest(body);
    const token = await this.#token(key, created);
    return {
      'content-type': contentType, 'content-digest': digest,
      ...messageSignature({ method: 'POST', targetUri: url, contentType, contentDigest: digest, created }, key),
      authorization: `DPoP ${token}`, dpop: await proof(url, token, key, created),
    };
  }

  /** Serves the document of the WebID; other requests go on. */
  get middleware(): Middleware {
    const { baseUrl } = this.#options;
    const { host, pathname } = new URL(baseUrl);
    return async (ctx, next) => {
      if (ctx.host.toLowerCase() !== host || ctx.path !== `${pathname}${notificationsPath}sender`) return next();
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
        throw new Problem('method', 'This document is only read.', { allow: 'GET, HEAD' });
      }
      ctx.vary('Accept');
      const offered = [mediaTypeOf('turtle'), mediaTypeOf('jsonld')];
      const mediaType = negotiateOrRefuse(ctx.get('Accept') || undefined, offered);
      ctx.body = await this.#document(formatOf(mediaType) === 'jsonld' ? 'jsonld' : 'turtle');
      ctx.set('Content-Type', mediaType);
      ctx.set('Cache-Control', 'public, max-age=3600');
    };
  }

  #document(format: 'turtle' | 'jsonld'): Promise<string> {
    const { namedNode, quad } = dataFactory;
    const { baseUrl } = this.#options;
    const it = namedNode(this.id);
    return writeRdf({
      quads: [
        quad(it, namedNode(rdf.type), namedNode(`${activities.namespace}Service`)),
        quad(it, namedNode(solid.oidcIssuer), namedNode(baseUrl)),
      ],
      prefixes: new Map([['as', activities.namespace], ['solid', solid.namespace]]),
    }, { format, base: this.id.replace(/#.*/, '') });
  }

  #signingKey(): SigningKey {
    const jwk = this.#options.key();
    if (this.#key?.kid !== jwk.kid) this.#key = signingKey(jwk);
    return this.#key!;
  }

  /** As Community Solid Server 7 makes it; good for nothing without the key that it names. */
  async #token({ kid, key, jwk }: SigningKey, created: number): Promise<string> {
    return new SignJWT({
      webid: this.id, sub: this.id, azp: this.id, client_id: this.id,
      cnf: { jkt: await calculateJwkThumbprint(jwk, 'sha256') },
    }).setProtectedHeader({ alg: 'ES256', kid }).setIssuer(this.#options.baseUrl).setAudience([this.id, 'solid'])
      .setIssuedAt(created).setExpirationTime(created + tokenSeconds).setJti(randomUUID()).sign(key);
  }
}

/** RFC 9449, section 4.2. */
async function proof(url: string, token: string, { key, jwk }: SigningKey, created: number): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url');
  return new SignJWT({ htm: 'POST', htu: url.replace(/[?#].*$/, ''), ath })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).setIssuedAt(created).setJti(randomUUID()).sign(key);
}
