/**
 * Whom every server of the bench lets in: somebody with a WebID, and the issuer that vouches for them. Their documents
 * are served by a process of its own, `node --import tsx bench/identity.ts JWK`, so that nothing else delays them.
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SignJWT, calculateJwkThumbprint } from 'jose';

const program = fileURLToPath(import.meta.url);

/** The bench's WebID, and what it takes to come as its owner. */
export interface Identity extends AsyncDisposable {
  readonly webId: string;
  /** With a slash at its end. */
  readonly issuer: string;
  readonly port: number;
  /** What proofs are signed with (RFC 9449), with ES256. */
  readonly proofKey: KeyObject;
  /** Its public half, for the header of proofs. */
  readonly jwk: JsonWebKey;
  /** A new token as Solid-OIDC has it (section 6), good for an hour with proofs of `proofKey`. */
  accessToken(): Promise<string>;
}

/** Starts the process that serves the documents, and waits until it does. */
export async function startIdentity(): Promise<Identity> {
  const issuerKey = makeKey();
  const proofKey = makeKey();
  const signedWith = { alg: 'ES256', kid: 'bench' };
  const published = JSON.stringify({ ...issuerKey.jwk, ...signedWith, use: 'sig' });
  const child = spawn(process.execPath, ['--import', 'tsx', program, published], {
    cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  process.once('exit', () => child.kill());
  const said = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [line] = await Promise.race([said, ended.then(() => { throw new Error('the identity ended at its start'); })]);
  const port = Number(line);
  const { issuer, webId } = names(port);
  const jkt = await calculateJwkThumbprint(proofKey.jwk);
  return {
    webId, issuer, port, proofKey: proofKey.privateKey, jwk: proofKey.jwk,
    accessToken: () => new SignJWT({ webid: webId, client_id: 'bench', cnf: { jkt } })
      .setProtectedHeader({ ...signedWith, typ: 'at+jwt' })
      .setIssuer(issuer).setSubject(webId).setAudience('solid').setJti(randomUUID())
      .setIssuedAt().setExpirationTime('1h')
      .sign(issuerKey.privateKey),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

function makeKey(): { privateKey: KeyObject; jwk: JsonWebKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) };
}

function names(port: number): { issuer: string; webId: string } {
  const issuer = `http://localhost:${port}/`;
  return { issuer, webId: `${issuer}profile#me` };
}

/** Serves the documents until it is ended, and says at which port. */
async function serve(jwk: string): Promise<void> {
  const documents = new Map<string, { type: string; text: string }>();
  const server = createServer(({ url = '' }, response) => {
    const document = documents.get(url);
    if (document === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': document.type, 'Cache-Control': 'public, max-age=3600' });
    response.end(document.text);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { issuer, webId } = names(port);
  const json = (value: unknown): { type: string; text: string } => (
    { type: 'application/json', text: JSON.stringify(value) });
  documents.set(new URL(webId).pathname, {
    type: 'text/turtle', text: `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${issuer}>.\n`,
  });
  documents.set('/.well-known/openid-configuration', json({
    issuer, jwks_uri: `${issuer}jwks`, scopes_supported: ['openid', 'webid'],
    // Nobody logs in here; but these must be said (OpenID Connect Discovery 1.0, section 3).
    authorization_endpoint: `${issuer}authorization`, token_endpoint: `${issuer}token`,
    response_types_supported: ['code'], subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'], dpop_signing_alg_values_supported: ['ES256'],
  }));
  documents.set('/jwks', json({ keys: [JSON.parse(jwk)] }));
  console.log(port);
}

if (process.argv[1] === program) await serve(process.argv[2]!);
