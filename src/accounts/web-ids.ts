import { randomUUID } from 'node:crypto';
import type { Quad } from '@rdfjs/types';
import { locateUrl } from '../pods/addresses.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { decodePod, encodePod } from '../pods/pod.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { solid } from '../rdf/vocabulary.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, StoredAccount } from './account.ts';
import { putAccount, readActiveAccount, shown } from './account.ts';
import { isWebIdKey } from './accounts.ts';
import { change } from './change.ts';
import { dropWebIds } from './drop-web-ids.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import type { RateLimits } from './rate-limit.ts';

const maxWebIds = 100;
/** How long a proof may be brought, in milliseconds. */
const proofLifetime = 60 * 60 * 1000;

/** What came of linking: done, or what has to be in the document of the WebID to show that it is the account's. */
export type Linking =
  | { readonly linked: true }
  | { readonly linked: false; readonly token: string; /** In Turtle. */ readonly statement: string };

/** No secret: it is to be published. */
interface Proof {
  readonly token: string;
  readonly expires: number;
}

/** What the WebIDs are linked with. */
export interface WebIdsParts {
  readonly database: Database;
  readonly limits: RateLimits;
  readonly baseUrl: string;
  /** Read anew each time, as it may be set while the server runs. */
  readonly options: { readonly podAddresses: PodAddresses };
  /** Reads the document of a WebID, wherever it is. Throws a `Problem` when it cannot be read. */
  readonly readWebId: (webId: string) => Promise<readonly Quad[]>;
  readonly now: () => number;
}

/** Which WebIDs the people of an account may be. */
export class WebIds {
  readonly #parts: WebIdsParts;

  constructor(parts: WebIdsParts) {
    this.#parts = parts;
  }

  /**
   * Links a WebID to an account: at once when it is in a pod of the account, else once its document has the statement
   * that the first call gives, for an hour (as Community Solid Server does it). Throws `invalid` for what cannot be a
   * WebID, `forbidden` when it is in somebody else's part of this server, `conflict` when another account has it, and
   * what `readWebId` throws.
   */
  async link(id: string, webId: string): Promise<Linking> {
    const { database, limits, readWebId, baseUrl, options: { podAddresses } } = this.#parts;
    checkWebId(webId);
    const state = await change(database, async (writes): Promise<'linked' | { proof: Proof; asked: boolean }> => {
      const account = await readActiveAccount(writes, id);
      if (account.webIds.includes(webId)) return 'linked';
      const address = locateUrl(podAddresses, baseUrl, webId);
      const holder = address && account.pods.find(({ base }) => base === address.base);
      if (holder !== undefined) {
        await identify(writes, holder.id, webId);
        await putWebId(writes, account, webId);
        return 'linked';
      }
      if (address !== undefined || isOfNode(podAddresses, baseUrl, webId)) {
        throw new Problem('forbidden', 'This WebID is on this server, but in no pod of this account.');
      }
      const proof = await this.#proof(writes, id, webId);
      return proof === undefined
        ? { proof: this.#newProof(writes, id, webId), asked: false } : { proof, asked: true };
    });
    if (state === 'linked') return { linked: true };

    const { proof: { token, expires }, asked } = state;
    if (asked) limits.take('link', id);
    if (!asked || !(await readWebId(webId)).some((quad) => proves(quad, webId, token))) {
      return { linked: false, token, statement: `<${webId}> <${solid.oidcIssuerRegistrationToken}> "${token}".` };
    }
    await change(database, async (writes) => {
      const account = await readActiveAccount(writes, id);
      if (account.webIds.includes(webId)) return; // Another call with the same proof was faster.
      await putWebId(writes, account, webId);
      writes.delete(keys.proof(id, webId));
      writes.delete(expiryKey(keys.proof(id, webId), expires));
    });
    return { linked: true };
  }

  /**
   * Takes a WebID from an account, with its client credentials. Throws `missing` when it is none of its, and `conflict`
   * when a pod of the account would be left without an owner who can log in here.
   */
  async unlink(id: string, webId: string): Promise<Account> {
    return change(this.#parts.database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (!before.webIds.includes(webId)) throw new Problem('missing', 'This WebID is not linked to the account.');
      const after = await dropWebIds(writes, before, [webId]);
      putAccount(writes, after, before);
      return shown(after);
    });
  }

  async #proof({ read }: Beside, id: string, webId: string): Promise<Proof | undefined> {
    const [entry] = await read([keys.proof(id, webId)]);
    const proof = entry && decodeJson<Proof>(entry.value);
    return proof === undefined || proof.expires <= this.#parts.now() ? undefined : proof;
  }

  #newProof(writes: Beside, id: string, webId: string): Proof {
    const key = keys.proof(id, webId);
    const proof = { token: randomUUID(), expires: this.#parts.now() + proofLifetime };
    writes.put(key, encodeJson(proof));
    const entry = expiryEntry(key, proof.expires);
    writes.put(entry.key, entry.value);
    return proof;
  }
}

/** Has the pod keep in mind that a WebID in it is somebody, so that no app changes who may log in as it. */
async function identify({ read, put }: Beside, id: string, webId: string): Promise<void> {
  const [entry] = await read([keys.pod(id)]);
  const pod = entry && decodePod(id, entry);
  if (pod === undefined || pod.owners.includes(webId) || pod.webIds?.includes(webId) === true) return;
  put(keys.pod(id), encodePod({ ...pod, webIds: [...pod.webIds ?? [], webId] }));
}

async function putWebId(writes: Beside, account: StoredAccount, webId: string): Promise<void> {
  if (account.webIds.length >= maxWebIds) throw new Problem('conflict', `An account has up to ${maxWebIds} WebIDs.`);
  const [taken] = await writes.read([keys.webId(webId)]);
  if (taken !== undefined) throw new Problem('conflict', 'This WebID is linked to another account.');
  writes.put(keys.webId(webId), Buffer.from(account.id));
  putAccount(writes, { ...account, webIds: [...account.webIds, webId] }, account);
}

/** In one form only, so that a WebID is not linked twice, nor one taken for another's. */
function checkWebId(webId: string): void {
  const url = isWebIdKey(webId) && URL.canParse(webId) ? new URL(webId) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Problem('invalid', 'A WebID is a web address, such as https://alice.example/profile/card#me.');
  }
  if (url.href !== webId) throw new Problem('invalid', `Write this WebID as ${url.href}`);
}

/** Whether the WebID is where only this server answers, whatever the protocol. */
function isOfNode(addresses: PodAddresses, base: string, webId: string): boolean {
  const [node, url] = [new URL(base), new URL(webId)];
  if (url.host === node.host) return url.pathname.startsWith(node.pathname);
  return addresses === 'subdomain' && url.host.endsWith(`.${node.host}`);
}

function proves({ subject, predicate, object }: Quad, webId: string, token: string): boolean {
  return subject.termType === 'NamedNode' && subject.value === webId
    && predicate.value === solid.oidcIssuerRegistrationToken
    && object.termType === 'Literal' && object.value === token;
}
