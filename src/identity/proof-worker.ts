import { parentPort } from 'node:worker_threads';
import { readJsonObject } from './json-object.ts';
import { ProofKeys } from './proof-keys.ts';
import { SigningKey } from './signing-key.ts';

const keys = new ProofKeys();

/**
 * The thread of `ProofThread`. It is given several JWS at a time, with headers in which there is a key that was found
 * good, and answers for each whether that key has signed it; `undefined` where it cannot tell. An empty answer says that
 * it is ready.
 */
parentPort!.on('message', (jws: readonly string[]) => parentPort!.postMessage(jws.map(isSigned)));
parentPort!.postMessage([]);

function isSigned(jws: string): boolean | undefined {
  const header = jws.slice(0, jws.indexOf('.'));
  try {
    return (keys.get(header) ?? keyIn(header)).hasSigned(jws);
  } catch {
    // No text of a stranger ends the thread.
    return undefined;
  }
}

function keyIn(header: string): SigningKey {
  const { jwk, alg } = readJsonObject(Buffer.from(header, 'base64url')) as { jwk: object; alg: string };
  const key = new SigningKey(jwk, alg);
  keys.add(header, key);
  return key;
}
