/**
 * What physics asks for, and nothing else: `node ceiling.ts PORT DATA ISSUER`. A proof is checked in the same turn with
 * the key kept, a token once; what is read comes from the store in the same turn, what is written was parsed and is on
 * the disk with all that came meanwhile. No access rules, no containment, no conversion.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Level } from 'level';
import { Parser, Writer } from 'n3';
import type { Quad } from 'n3';

const [port, data, issuer] = process.argv.slice(2) as [string, string, string];
const store = new Level<string, string>(data);
await store.open();
const solid = 'http://www.w3.org/ns/solid/terms#';

const read = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;
const { jwks_uri: jwks } = await read<{ jwks_uri: string }>(`${issuer}.well-known/openid-configuration`);
const issuerKeys = new Map((await read<{ keys: JsonWebKey[] }>(jwks)).keys.map((jwk) => [jwk['kid'], publicKey(jwk)]));

/** Keys of proofs by the encoded header that they came in, with their thumbprints. */
const proofKeys = new Map<string, { key: KeyObject; jkt: string }>();
/** Tokens that are good: the key that each is bound to, its hash, and its end in seconds since 1970. */
const tokens = new Map<string, { jkt: string; ath: string; ends: number }>();
/** What identifies the proofs of this minute and of the one before: none of them is still good after that. */
let [seen, seenBefore] = [new Set<string>(), new Set<string>()];
setInterval(() => { [seen, seenBefore] = [new Set(), seen]; }, 121_000).unref();

function publicKey(jwk: JsonWebKey): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function decoded<T>(part: string): T {
  return JSON.parse(Buffer.from(part, 'base64url').toString('latin1')) as T;
}

function isSigned(jws: string, key: KeyObject): boolean {
  const end = jws.lastIndexOf('.');
  const options = { key, ...(key.asymmetricKeyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : {}) };
  return verify('sha256', Buffer.from(jws.slice(0, end)), options, Buffer.from(jws.slice(end + 1), 'base64url'));
}

function goodToken(token: string): { jkt: string; ath: string; ends: number } | undefined {
  const [header, payload] = token.split('.') as [string, string];
  const key = issuerKeys.get(decoded<{ kid: string }>(header).kid);
  if (key === undefined || !isSigned(token, key)) return undefined;
  const { iss, exp, cnf } = decoded<{ iss: string; exp: number; cnf: { jkt: string } }>(payload);
  if (iss !== issuer) return undefined;
  const good = { jkt: cnf.jkt, ath: createHash('sha256').update(token).digest('base64url'), ends: exp };
  tokens.set(token, good);
  return good;
}

function keyOfProof(header: string): { key: KeyObject; jkt: string } {
  const { jwk } = decoded<{ jwk: JsonWebKey }>(header);
  const { crv, kty, x, y } = jwk;
  const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  const known = { key: publicKey(jwk), jkt };
  proofKeys.set(header, known);
  return known;
}

/** Whether a request comes from whoever the token was made for (RFC 9449, section 4.3). */
function isProven({ method, url, headers: { authorization = '', dpop, host } }: IncomingMessage): boolean {
  if (typeof dpop !== 'string') return false;
  const text = authorization.slice('DPoP '.length);
  const token = tokens.get(text) ?? goodToken(text);
  const [header, payload] = dpop.split('.', 2) as [string, string];
  const { key, jkt } = proofKeys.get(header) ?? keyOfProof(header);
  const { htm, htu, iat, jti, ath } = decoded<Record<'htm' | 'htu' | 'jti' | 'ath', string> & { iat: number }>(payload);
  const now = Date.now() / 1000;
  if (token === undefined || token.ends < now || token.jkt !== jkt || token.ath !== ath) return false;
  if (htm !== method || htu !== `http://${host}${url}` || Math.abs(now - iat) > 60) return false;
  if (seen.has(jti) || seenBefore.has(jti) || !isSigned(dpop, key)) return false;
  seen.add(jti);
  return true;
}

/** What is being written, as the next change of it has to find it, and who waits for that. */
let waiting: { path: string; text: string; done: () => void }[] = [];
const pending = new Map<string, string>();
let writing = false;

function write(path: string, text: string, done: () => void): void {
  pending.set(path, text);
  waiting.push({ path, text, done });
  if (!writing) void writeWaiting();
}

async function writeWaiting(): Promise<void> {
  writing = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    await store.batch(group.map(({ path, text }) => ({ type: 'put', key: path, value: text })), { sync: true });
    for (const { path, text, done } of group) {
      if (pending.get(path) === text) pending.delete(path);
      done();
    }
  }
  writing = false;
}

const writer = new Writer();
const line = ({ subject, predicate, object }: Quad): string => writer.quadToString(subject, predicate, object);

/** The document after an N3 Patch; `undefined` when what it deletes is not there. */
function patched(text: string, patch: string, baseIRI: string): string | undefined {
  const document = new Set(new Parser({ baseIRI }).parse(text).map(line));
  const said = new Parser({ format: 'text/n3', baseIRI }).parse(patch);
  const formula = (which: string): string[] => {
    const graph = said.find(({ predicate }) => predicate.value === solid + which)?.object;
    return graph === undefined ? [] : said.filter((quad) => quad.graph.equals(graph)).map(line);
  };
  if (!formula('deletes').every((statement) => document.delete(statement))) return undefined;
  for (const statement of formula('inserts')) document.add(statement);
  return [...document].join('');
}

function receive(request: IncomingMessage, done: (body: string) => void): void {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => done(body));
}

const server = createServer((request, response) => {
  const answer = (status: number, text = ''): void => {
    response.writeHead(status, { 'Content-Type': 'text/turtle', 'Content-Length': Buffer.byteLength(text) }).end(text);
  };
  const path = request.url!;
  const open = path.startsWith('/open/') && request.method === 'GET';
  if (!open && !isProven(request)) return answer(401);
  if (request.method === 'GET') {
    const text = store.getSync(path);
    return text === undefined ? answer(404) : answer(200, text);
  }
  receive(request, (body) => {
    const base = `http://${request.headers.host}${path}`;
    if (request.method === 'PUT') {
      new Parser({ baseIRI: base }).parse(body);
      return write(path, body, () => answer(201));
    }
    const next = patched(pending.get(path) ?? store.getSync(path) ?? '', body, base);
    return next === undefined ? answer(409) : write(path, next, () => answer(204));
  });
});
server.listen(Number(port), 'localhost');
process.once('SIGTERM', () => process.exit());
