import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign } from 'jose';
import type { JWK } from 'jose';
import { SigningKey } from '../../src/identity/signing-key.ts';

const pairs = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }), p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), ed25519: generateKeyPairSync('ed25519'),
  x25519: generateKeyPairSync('x25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }), short: generateKeyPairSync('rsa', { modulusLength: 1024 }),
};
type Kind = keyof typeof pairs;

const keyOf: Readonly<Record<string, Kind>> = {
  ES256: 'p256', ES384: 'p384', RS256: 'rsa', PS256: 'rsa', EdDSA: 'ed25519', Ed25519: 'ed25519',
};

const jwkOf = (kind: Kind): JWK => pairs[kind].publicKey.export({ format: 'jwk' });

describe('A key that signs (RFC 7515, RFC 7518)', () => {
  for (const [alg, kind] of Object.entries(keyOf)) {
    it(`with ${alg} is told from others, and so is what it signed`, async () => {
      const key = new SigningKey(jwkOf(kind), alg);
      const text = await new CompactSign(Buffer.from('{"a":1}')).setProtectedHeader({ alg }).sign(pairs[kind].privateKey);
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const other = new SigningKey(publicKey.export({ format: 'jwk' }), 'ES256');
      const cases: readonly [signed: boolean, by: SigningKey, jws: string][] = [
        [true, key, text],
        [false, key, text.replace('.', '.A')],
        [false, key, text.slice(0, -8)],
        [false, key, text.slice(0, text.lastIndexOf('.') + 1)],
        [false, other, text],
      ];
      for (const [signed, by, jws] of cases) assert.equal(by.hasSigned(jws), signed);
    });

    for (const unfit of Object.keys(pairs) as Kind[]) {
      if (unfit === kind) continue;
      it(`with ${alg} is no ${unfit} key`, () => assert.throws(() => new SigningKey(jwkOf(unfit), alg)));
    }

    it(`with ${alg} has the thumbprint of RFC 7638`, async () => {
      const jwk = jwkOf(kind);
      assert.equal(new SigningKey({ ...jwk, kid: 'any', alg }, alg).jkt, await calculateJwkThumbprint(jwk));
    });
  }

  it('is not on another curve than it says, nor of an algorithm that nobody knows', () => {
    const { y: _, ...half } = jwkOf('p256');
    assert.throws(() => new SigningKey({ ...half, y: half.x! }, 'ES256'));
    assert.throws(() => new SigningKey(half, 'ES256'));
    assert.throws(() => new SigningKey(jwkOf('rsa'), 'HS256'));
    assert.throws(() => new SigningKey({ kty: 'oct', k: 'AAAA' }, 'ES256'));
  });
});
