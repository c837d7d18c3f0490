import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type {
  AuthenticationResponseJSON, PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

interface Credential {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  readonly key: KeyObject;
  counter: number;
}

/** What a test has an authenticator do amiss. */
export interface Amiss {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Whether its owner showed who they are to it. */
  readonly verified?: boolean;
  readonly userHandle?: string;
  readonly credential?: string;
  /** Not to be counted, as on a copy of the authenticator. */
  readonly counter?: number;
}

const hash = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const base64 = (data: string | Buffer): string => Buffer.from(data).toString('base64url');

/** A browser with an authenticator in it, which keeps passkeys (Web Authentication, Level 3, section 6), in software. */
export class Authenticator {
  readonly #origin: string;
  readonly #credentials: Credential[] = [];

  constructor(origin: string) {
    this.#origin = origin;
  }

  create(given: Record<string, unknown>, amiss: Amiss = {}): RegistrationResponseJSON {
    const options = given as unknown as PublicKeyCredentialCreationOptionsJSON;
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const credential: Credential = {
      id: amiss.credential === undefined ? randomBytes(16) : Buffer.from(amiss.credential, 'base64url'),
      rpId: amiss.rpId ?? options.rp.id!, userHandle: options.user.id, key: privateKey, counter: 1,
    };
    this.#credentials.push(credential);
    // COSE (RFC 9053, section 7.1.1): EC2, ES256, P-256.
    const cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x!, 'base64url'),
      Buffer.from('225820', 'hex'), Buffer.from(y!, 'base64url'),
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credential.id.byteLength);
    const data = Buffer.concat([
      this.#data(credential, 0x40 | flags(amiss)), Buffer.alloc(16), length, credential.id, cose,
    ]);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(data.byteLength);
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex'), size, data,
    ]);
    return {
      id: base64(credential.id), rawId: base64(credential.id), type: 'public-key', clientExtensionResults: {},
      response: {
        clientDataJSON: base64(this.#clientData('webauthn.create', options.challenge, amiss)),
        attestationObject: base64(attestation), transports: ['internal'],
      },
    };
  }

  /** Shows the passkey that was made last. */
  get(given: Record<string, unknown>, amiss: Amiss = {}): AuthenticationResponseJSON {
    const options = given as unknown as PublicKeyCredentialRequestOptionsJSON;
    const credential = this.#credentials.at(-1)!;
    credential.counter = amiss.counter ?? credential.counter + 1;
    const data = this.#data({ ...credential, rpId: amiss.rpId ?? credential.rpId }, flags(amiss));
    const clientData = this.#clientData('webauthn.get', options.challenge, amiss);
    const signature = createSign('sha256').update(data).update(hash(clientData)).sign(credential.key);
    const id = amiss.credential ?? base64(credential.id);
    return {
      id, rawId: id, type: 'public-key', clientExtensionResults: {},
      response: {
        clientDataJSON: base64(clientData), authenticatorData: base64(data), signature: base64(signature),
        userHandle: amiss.userHandle ?? credential.userHandle,
      },
    };
  }

  #clientData(type: string, challenge: string, amiss: Amiss): string {
    return JSON.stringify({
      type: amiss.type ?? type, challenge: amiss.challenge ?? challenge, origin: amiss.origin ?? this.#origin, crossOrigin: false,
    });
  }

  #data({ rpId, counter }: Pick<Credential, 'rpId' | 'counter'>, bits: number): Buffer {
    const rest = Buffer.alloc(5);
    rest.writeUInt8(bits);
    rest.writeUInt32BE(counter, 1);
    return Buffer.concat([hash(rpId), rest]);
  }
}

/** Somebody is there; they showed who they are; the passkey may be, and is, on other devices too. */
function flags({ verified = true }: Amiss): number {
  return 0x01 | 0x08 | 0x10 | (verified ? 0x04 : 0);
}
