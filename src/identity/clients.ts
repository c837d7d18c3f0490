import { timingSafeEqual } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { Problem } from '../problem.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { OidcRecord, OidcRecords } from './adapter.ts';
import type { ClientDocuments } from './client-documents.ts';
import { errors } from './oidc.ts';
import { digest } from './secrets.ts';

/** What a script logs in with: client credentials of an account, for one of its WebIDs. */
export interface IssuerCredential {
  readonly id: string;
  readonly account: string;
  readonly webId: string;
}

export interface ClientsOptions {
  /** The credential with this client id; `undefined` also when its account may not log in. */
  readonly credential: (clientId: string) => Promise<IssuerCredential | undefined>;
  readonly verifyCredential: (clientId: string, secret: string) => Promise<boolean>;
  readonly clientDocuments: ClientDocuments;
  /** Why an app may not be used on this node; `undefined` when it may. */
  readonly blocked?: (clientId: string) => Promise<string | undefined>;
}

/** For an app that may not be used here. Apps get an error of OAuth (RFC 6749, 5.2), people the problem in it. */
function appBlocked(reason: string): Error {
  const sentence = `Whoever runs this server has blocked this app.${reason === '' ? '' : ` The reason: ${reason}`}`;
  return Object.assign(new errors.UnauthorizedClient(sentence), { cause: new Problem('forbidden', sentence) });
}

/** What people are told instead of an error of OAuth, if anything else. */
export function problemIn(error: unknown): Problem | undefined {
  return error instanceof Error && error.cause instanceof Problem ? error.cause : undefined;
}

/** What a client has for a secret, as far as oidc-provider knows: how the one that is sent is to be checked. */
const hashed = 'sha256:';
const ofCredential = 'credential';

/**
 * Registrations that nobody has used for a year are forgotten. Apps keep theirs in the browser, and some go round in
 * circles for ever when the issuer does not know it any more (solid-client-authn-js#4355).
 */
const keptSeconds = 365 * 86_400;

/** How much of that has to have passed before a use is written down: one write a day at most. */
const renewedAfter = 86_400_000;

/**
 * Who may ask for tokens: apps that say what they are in a document at their own URL, apps that registered here, and
 * scripts with credentials of an account.
 */
export class Clients {
  readonly #records: OidcRecords;
  readonly #options: ClientsOptions;

  constructor(records: OidcRecords, options: ClientsOptions) {
    this.#records = records;
    this.#options = options;
  }

  /** For the adapter. Throws errors of oidc-provider for an app that is blocked, or whose document cannot be used. */
  async find(id: string): Promise<AdapterPayload | undefined> {
    const reason = await this.#options.blocked?.(id);
    if (reason !== undefined) throw appBlocked(reason);
    if (isUrl(id)) return this.#byDocument(id);
    const record = await this.#records.find('Client', digest(id));
    if (record !== undefined) {
      await this.#renew(record);
      return record.payload;
    }
    const credential = await this.#options.credential(id);
    return credential && {
      client_id: id,
      client_secret: ofCredential,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    };
  }

  /** Stores a registration, without its secret. */
  async upsert(id: string, metadata: AdapterPayload): Promise<void> {
    const { client_secret: secret, ...rest } = metadata;
    const payload = secret === undefined ? rest : { ...rest, client_secret: hashed + digest(secret) };
    await this.#records.put('Client', digest(id), { payload, expires: this.#records.ending(keptSeconds) });
  }

  /** Whether a client has this secret. `known` is what `find` gave for it. */
  async hasSecret(id: string, known: string | undefined, secret: string): Promise<boolean> {
    if (known === ofCredential) return this.#options.verifyCredential(id, secret);
    const [expected, actual] = [Buffer.from(known ?? ''), Buffer.from(hashed + digest(secret))];
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }

  async #renew(record: OidcRecord): Promise<void> {
    const expires = this.#records.ending(keptSeconds);
    if (record.expires !== undefined && expires - record.expires < renewedAfter) return;
    // When another process was faster, it did the same.
    await this.#records.replace('Client', record.hash, record, { payload: record.payload, expires });
  }

  async #byDocument(id: string): Promise<AdapterPayload> {
    try {
      return { ...await this.#options.clientDocuments.read(id) } as AdapterPayload;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (error.reason !== 'unreachable') throw new errors.InvalidClient(error.message);
      throw new errors.TemporarilyUnavailable(error.message);
    }
  }
}

/** Whether a client is known by a document at this URL, rather than by a name that it was given here. */
export function isUrl(id: string): boolean {
  return /^https?:\/\//.test(id) && URL.canParse(id);
}
