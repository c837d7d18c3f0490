import { isIP } from 'node:net';
import type { AuthenticationResponseJSON, RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import { Problem } from '../problem.ts';
import type { Database, Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { decodeAccount, isAccountId, putAccount, readAccount, readActiveAccount } from './account.ts';
import { admit } from './admission.ts';
import type { Admission } from './admission.ts';
import { deleteChallenge, lifetimes, putChallenge, readChallenge } from './challenges.ts';
import type { Challenge } from './challenges.ts';
import { change } from './change.ts';
import { networkOf } from './rate-limit.ts';
import type { RateLimits } from './rate-limit.ts';
import { hashOf } from './secret.ts';
import type { From, SecurityLog } from './security-log.ts';

/** Loaded when there is a passkey to ask for: that takes half a second, which no command and no start should wait. */
const webAuthn = () => import('@simplewebauthn/server');

export const maxPasskeys = 20;
/** In characters. */
const maxName = 100;

/** A passkey, as its owner may see it. `created` and `lastUsed`: in milliseconds since 1970. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly lastUsed?: number;
  /** Whether it is on other devices of its owner too, so that it is not lost with one. */
  readonly synced: boolean;
}

interface StoredPasskey extends Omit<Passkey, 'id'> {
  /** The credential id, and the public key in COSE; both in base64url. */
  readonly credential: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports?: readonly string[];
}

export interface PasskeysParts {
  readonly database: Database;
  readonly limits: RateLimits;
  readonly securityLog: SecurityLog;
  readonly baseUrl: string;
  readonly now: () => number;
}

/**
 * Passkeys (Web Authentication, Level 3): discoverable, so that one logs in without saying who one is; and each shows
 * by itself that it is in its owner's hands (user verification), so it is both factors in one.
 */
export class Passkeys {
  readonly #parts: PasskeysParts;
  /** The relying party: passkeys are of the host, for good. The origin is what browsers say that they were shown to. */
  readonly #rp: { readonly id: string; readonly origin: string };

  constructor(parts: PasskeysParts) {
    this.#parts = parts;
    const { hostname, origin } = new URL(parts.baseUrl);
    this.#rp = { id: hostname, origin };
  }

  /** Whether there can be any: no browser makes one for an IP address. */
  get possible(): boolean {
    return isIP(this.#rp.id.replace(/^\[|\]$/g, '')) === 0;
  }

  /** Those of an account, in the order in which they were made. */
  async list(account: string): Promise<Passkey[]> {
    const [owner] = isAccountId(account) ? await this.#parts.database.get([keys.account(account)]) : [];
    const ids = owner === undefined ? [] : decodeAccount(owner).passkeys ?? [];
    const entries = await this.#parts.database.get(ids.map((id) => keys.passkey(account, id)));
    return entries.flatMap((entry) => {
      if (entry === undefined) return [];
      const { name, created, lastUsed, synced } = stored(entry);
      return [{ id: entry.key[2]!, name, created, synced, ...(lastUsed !== undefined && { lastUsed }) }];
    });
  }

  /**
   * What a browser needs to make one (`PublicKeyCredentialCreationOptionsJSON`). Throws `conflict` when the account has
   * as many as it may, or no other way to log in, and `too-many`.
   */
  async creation(id: string): Promise<Record<string, unknown>> {
    const { database, limits, now } = this.#parts;
    limits.take('challenge', `account ${id}`);
    const { challenge, email, others } = await change(database, async (writes) => {
      const { logins: [login], passkeys = [] } = await readActiveAccount(writes, id);
      if (login === undefined) throw new Problem('conflict', 'Add an e-mail address with a password first.');
      if (passkeys.length >= maxPasskeys) throw tooMany();
      const entries = await writes.read(passkeys.map((one) => keys.passkey(id, one)));
      return {
        challenge: putChallenge(writes, { kind: 'new-passkey', account: id }, now()), email: login.email,
        others: entries.flatMap((entry) => (entry === undefined ? [] : [{ id: stored(entry).credential }])),
      };
    });
    const { generateRegistrationOptions } = await webAuthn();
    const options = await generateRegistrationOptions({
      rpName: new URL(this.#parts.baseUrl).host, rpID: this.#rp.id, userName: email, userDisplayName: email,
      userID: new Uint8Array(Buffer.from(id, 'hex')), challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
      attestationType: 'none', excludeCredentials: others, timeout: lifetimes['new-passkey'],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    return { ...options };
  }

  /**
   * Adds the passkey that a browser made. Throws `invalid` when what it sent is not one for this account and this
   * question, and `conflict` as `creation`.
   */
  async add(id: string, response: RegistrationResponseJSON, name: string, from?: From): Promise<Passkey> {
    const { database, securityLog, now } = this.#parts;
    const challenge = challengeOf(response);
    const asked = await this.#take('new-passkey', challenge);
    const made = await this.#verifyNew(response, challenge);
    if (asked.account !== id || made === undefined) {
      throw new Problem('invalid', 'The passkey could not be added: what the browser sent is not good. Try again.');
    }
    const { credential, credentialBackedUp: synced } = made;
    const hash = hashOf(credential.id);
    const record: StoredPasskey = {
      name: nameOf(name), created: now(), synced, credential: credential.id, counter: credential.counter,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      ...(credential.transports && { transports: credential.transports }),
    };
    const event = { kind: 'passkey-added', about: record.name } as const;
    await change(database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      const passkeys = before.passkeys ?? [];
      if (passkeys.includes(hash)) throw new Problem('conflict', 'This passkey is there already.');
      if (passkeys.length >= maxPasskeys) throw tooMany();
      putAccount(writes, { ...before, passkeys: [...passkeys, hash] }, before);
      writes.put(keys.passkey(id, hash), encodeJson(record));
      securityLog.put(writes, id, event, from);
    });
    securityLog.tell(id, event, from);
    return { id: hash, name: record.name, created: record.created, synced };
  }

  /** Gives a passkey another name. Throws `missing` when there is none. */
  async rename(id: string, passkey: string, name: string): Promise<void> {
    await change(this.#parts.database, async (writes) => {
      const [entry] = isHash(passkey) ? await writes.read([keys.passkey(id, passkey)]) : [];
      if (entry === undefined) throw missing();
      writes.put(entry.key, encodeJson({ ...stored(entry), name: nameOf(name) } satisfies StoredPasskey));
    });
  }

  /** Removes a passkey; it is never the last way in, as an account has a password. Throws `missing`. */
  async remove(id: string, passkey: string, from?: From): Promise<void> {
    const { database, securityLog } = this.#parts;
    const event = await change(database, async (writes) => {
      const before = await readAccount(writes, id);
      const [entry] = isHash(passkey) ? await writes.read([keys.passkey(id, passkey)]) : [];
      if (entry === undefined) throw missing();
      const passkeys = (before.passkeys ?? []).filter((one) => one !== passkey);
      putAccount(writes, { ...before, passkeys }, before);
      writes.delete(entry.key);
      const removed = { kind: 'passkey-removed', about: stored(entry).name } as const;
      securityLog.put(writes, id, removed, from);
      return removed;
    });
    securityLog.tell(id, event, from);
  }

  /** What a browser needs to ask for one (`PublicKeyCredentialRequestOptionsJSON`). Throws `too-many`. */
  async question(address: string): Promise<Record<string, unknown>> {
    const { database, limits, now } = this.#parts;
    limits.take('challenge', networkOf(address));
    const challenge = await change(database, async (writes) => putChallenge(writes, { kind: 'passkey' }, now()));
    const { generateAuthenticationOptions } = await webAuthn();
    const options = await generateAuthenticationOptions({
      rpID: this.#rp.id, challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
      userVerification: 'required', timeout: lifetimes.passkey,
    });
    return { ...options };
  }

  /**
   * Lets somebody in who shows a passkey. The same answer, `forbidden`, for one that is not known, is wrong, or comes
   * too late; so too for a suspended account, but then it says so. Throws `too-many`.
   */
  async login(response: AuthenticationResponseJSON, from: From): Promise<Admission> {
    const { database, limits, securityLog, now } = this.#parts;
    const network = networkOf(from.address);
    limits.take('loginAddress', network);
    const challenge = challengeOf(response);
    await this.#take('passkey', challenge).catch((error: unknown) => {
      throw error instanceof Problem && error.kind === 'invalid' ? refused() : error;
    });
    const id = Buffer.from(response.response.userHandle ?? '', 'base64url').toString('hex');
    if (!isAccountId(id)) throw refused();
    const hash = hashOf(response.id);
    const done = await change(database, async (writes) => {
      const [entry, owner] = await writes.read([keys.passkey(id, hash), keys.account(id)]);
      if (entry === undefined || owner === undefined) throw refused();
      const record = stored(entry);
      const counter = await this.#verify(response, challenge, record);
      if (counter === undefined) return { wrong: record.name };
      writes.put(entry.key, encodeJson({ ...record, counter, lastUsed: now() } satisfies StoredPasskey));
      const before = decodeAccount(owner);
      return admit(writes, securityLog, before, before, 'passkey', from);
    });
    if ('wrong' in done) {
      securityLog.recordLater(id, { kind: 'passkey-failed', about: done.wrong }, from);
      throw refused();
    }
    limits.giveBack('loginAddress', network);
    for (const event of done.events) securityLog.tell(id, event, from);
    return done.admission;
  }

  /** Finds what was asked and ends it, whatever the answer is good for: none is tried twice. Throws `invalid`. */
  #take<K extends Challenge['kind']>(kind: K, challenge: string) {
    return change(this.#parts.database, async (writes) => {
      const asked = await readChallenge(writes, kind, challenge, this.#parts.now());
      deleteChallenge(writes, challenge, asked);
      return asked;
    });
  }

  async #verifyNew(response: RegistrationResponseJSON, expectedChallenge: string) {
    const { id: expectedRPID, origin: expectedOrigin } = this.#rp;
    const { verifyRegistrationResponse } = await webAuthn();
    try {
      return (await verifyRegistrationResponse({
        response, expectedChallenge, expectedOrigin, expectedRPID, requireUserVerification: true,
      })).registrationInfo;
    } catch {
      return undefined; // The library throws for whatever is wrong with what was sent.
    }
  }

  /** The counter that comes with a good answer. The library refuses one that does not count up (section 6.1.1). */
  async #verify(response: AuthenticationResponseJSON, expectedChallenge: string, record: StoredPasskey) {
    const { id: expectedRPID, origin: expectedOrigin } = this.#rp;
    const credential: WebAuthnCredential = {
      id: record.credential, counter: record.counter,
      publicKey: new Uint8Array(Buffer.from(record.publicKey, 'base64url')),
    };
    const { verifyAuthenticationResponse } = await webAuthn();
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response, expectedChallenge, expectedOrigin, expectedRPID, credential, requireUserVerification: true,
      });
      return verified ? authenticationInfo.newCounter : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The challenge that an answer says it is for: to be held against what was asked, and against the signature. */
function challengeOf({ response }: { readonly response: { readonly clientDataJSON: string } }): string {
  try {
    const text = Buffer.from(response.clientDataJSON, 'base64url').toString();
    const data = JSON.parse(text) as { challenge?: unknown } | null;
    const challenge = data?.challenge;
    return typeof challenge === 'string' ? challenge : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

function nameOf(text: string): string {
  const name = text.trim().slice(0, maxName).toWellFormed();
  return name === '' ? 'Passkey' : name;
}

function stored({ value }: Entry): StoredPasskey {
  return decodeJson<StoredPasskey>(value);
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function tooMany(): Problem {
  return new Problem('conflict', `An account has up to ${maxPasskeys} passkeys. Remove one first.`);
}

function missing(): Problem {
  return new Problem('missing', 'This account has no such passkey.');
}

function refused(): Problem {
  return new Problem('forbidden', 'This passkey was not accepted. Try again, or log in with your password.');
}
