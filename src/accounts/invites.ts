import { randomBytes } from 'node:crypto';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { change } from './change.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import { hashOf } from './secret.ts';

const day = 24 * 60 * 60 * 1000;
const maxUses = 100_000;
const maxDays = 3_650;
const maxNote = 500;

/** A code with which to make an account. The code itself is known only to those who have it. */
export interface Invite {
  /** The hash of the code. */
  readonly id: string;
  /** How many accounts can be made with it yet. */
  readonly uses: number;
  readonly created: number;
  readonly expires?: number;
  /** For the administrator: for whom it is. */
  readonly note: string;
}

/** The invites that are good for something yet. */
export class Invites {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** Makes an invite for `uses` accounts, which ends after `days` if given. Throws `invalid` for other numbers. */
  async create(
    { uses = 1, days, note = '' }: { readonly uses?: number; readonly days?: number; readonly note?: string },
  ): Promise<{ readonly invite: Invite; readonly code: string }> {
    if (!Number.isInteger(uses) || uses < 1 || uses > maxUses) {
      throw new Problem('invalid', `An invite is good for 1 to ${maxUses} accounts.`);
    }
    if (days !== undefined && !(days > 0 && days <= maxDays)) {
      throw new Problem('invalid', `An invite ends within ${maxDays} days, or never.`);
    }
    if (note.length > maxNote) throw new Problem('invalid', `A note has up to ${maxNote} characters.`);
    const code = randomBytes(16).toString('base64url');
    const created = this.#now();
    const expires = days === undefined ? {} : { expires: created + Math.ceil(days * day) };
    const invite: Invite = { id: hashOf(code), uses, created, note: note.toWellFormed(), ...expires };
    await change(this.#database, async (writes) => put(writes, invite));
    return { invite, code };
  }

  /** All invites, in no order. */
  async * list(): AsyncIterable<Invite> {
    for await (const { key, value } of this.#database.range(keys.invites)) {
      const invite = { ...decodeJson<Omit<Invite, 'id'>>(value), id: key[1]! };
      if (!isOver(invite, this.#now())) yield invite;
    }
  }

  /** Takes an invite back; resolves to whether it was there. */
  async remove(id: string): Promise<boolean> {
    return change(this.#database, async (writes) => {
      const invite = await read(writes, id);
      if (invite !== undefined) remove(writes, invite);
      return invite !== undefined;
    });
  }
}

/** Uses an invite, in the commit that makes the account. Throws `forbidden` when it is good for nothing any more. */
export async function useInvite(writes: Beside, code: string, now: number): Promise<void> {
  const invite = await read(writes, hashOf(code.trim()));
  if (invite === undefined || isOver(invite, now)) {
    throw new Problem('forbidden', 'This invite is good for nothing: it is mistyped, used, or too old.');
  }
  if (invite.uses > 1) put(writes, { ...invite, uses: invite.uses - 1 });
  else remove(writes, invite);
}

async function read(writes: Beside, id: string): Promise<Invite | undefined> {
  const [entry] = /^[0-9a-f]{64}$/.test(id) ? await writes.read([keys.invite(id)]) : [];
  return entry && { ...decodeJson<Omit<Invite, 'id'>>(entry.value), id };
}

function put(writes: Beside, { id, ...record }: Invite): void {
  const key = keys.invite(id);
  writes.put(key, encodeJson(record));
  if (record.expires === undefined) return;
  const entry = expiryEntry(key, record.expires);
  writes.put(entry.key, entry.value);
}

function remove(writes: Beside, { id, expires }: Invite): void {
  writes.delete(keys.invite(id));
  if (expires !== undefined) writes.delete(expiryKey(keys.invite(id), expires));
}

function isOver({ expires }: Invite, now: number): boolean {
  return expires !== undefined && expires <= now;
}
