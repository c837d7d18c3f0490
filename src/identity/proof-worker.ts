import { parentPort } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { SigningKey } from './signing-key.ts';

/** How many keys are at hand. */
const maxKeys = 1_000;
const keys = new LRUCache<string, SigningKey>({ max: maxKeys });

/**
 * The thread of `ProofThread`. It is given several JWS at a time, with headers in which there is a key that was found
 * good, and answers for each whether that key has signed it. An empty answer says that it is ready.
 */
parentPort!.on('message', (jws: readonly string[]) => parentPort!.postMessage(jws.map(isSigned)));
parentPort!.postMessage([]);

function isSigned(jws: string): boolean {
  const header = jws.slice(0, jws.indexOf('.'));
  const key = keys.get(header) ?? keyIn(header);
  return key.hasSigned(jws);
}

function keyIn(header: string): SigningKey {
  const { jwk, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk: object; alg: string };
  const key = new SigningKey(jwk, alg);
  keys.set(header, key);
  return key;
}
