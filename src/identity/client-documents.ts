import { Problem } from '../problem.ts';
import { RemoteDocuments } from '../remote/documents.ts';
import { essenceOf } from '../remote/exchange.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { Remote } from '../remote/remote.ts';
import { readJsonObject } from './json-object.ts';

/** What an app says of itself (RFC 7591, 2), as far as it counts here. */
export interface ClientMetadata {
  readonly client_id: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types: readonly ['code'];
  readonly token_endpoint_auth_method: 'none';
  readonly client_name?: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly tos_uri?: string;
  readonly contacts?: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
  readonly scope?: string;
  readonly application_type?: string;
  readonly default_max_age?: number;
  readonly require_auth_time?: boolean;
  readonly id_token_signed_response_alg?: string;
}

export interface ClientDocumentsOptions {
  readonly remote: Remote;
  /** How long a document is of use when its server cannot be reached, in seconds. */
  readonly staleSeconds: number;
  /** The document if it is of a pod of this node, where anybody may read it: read without the network. */
  readonly local?: (url: string) => Promise<LocalDocument | undefined>;
}

export interface LocalDocument {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

interface ClientDocument {
  /** Where it is from, without a fragment. */
  readonly url: string;
  readonly metadata: ClientMetadata;
}

/** The context that gives the members of a document their meaning (Solid-OIDC, 5.1). */
const context = 'https://www.w3.org/ns/solid/oidc-context.jsonld';

const maxBytes = 64 * 1024;
const maxItems = 50;
const maxText = 2_000;

/** Those that this provider supports; others that an app can do are no concern of ours. */
const grantTypes = ['authorization_code', 'refresh_token'];
const scopes = ['openid', 'webid', 'offline_access', 'profile', 'email'];

/**
 * Client ID Documents (Solid-OIDC, 5.1): an app is identified by the URL of a document in which it says where it may be
 * redirected to. Whoever can put a document at a URL is the app of that URL; so the document has to be at that very
 * address, not behind a redirect, and has to name it.
 */
export class ClientDocuments {
  readonly #documents: RemoteDocuments<ClientDocument>;
  readonly #local: ((url: string) => Promise<LocalDocument | undefined>) | undefined;

  constructor({ remote, staleSeconds, local }: ClientDocumentsOptions) {
    this.#local = local;
    this.#documents = new RemoteDocuments(remote, {
      name: 'client document', accept: 'application/ld+json, application/json', maxBytes, staleSeconds,
      parse: parseDocument,
    });
  }

  /** What the app `id` says of itself. Throws `RemoteError` when there is no such document, or it is of no use. */
  async read(id: string): Promise<ClientMetadata> {
    const { url, metadata } = await this.#readLocal(id) ?? await this.#documents.read(id);
    if (withoutFragment(id) !== url) throw unusable(id, 'it is behind a redirect.');
    if (metadata.client_id !== id) throw unusable(id, 'it is for another client_id.');
    return metadata;
  }

  async #readLocal(id: string): Promise<ClientDocument | undefined> {
    const url = withoutFragment(id);
    const document = await this.#local?.(url);
    if (document === undefined) return undefined;
    try {
      const mediaType = essenceOf(document.mediaType);
      if (mediaType !== 'application/ld+json' && mediaType !== 'application/json') {
        throw new Problem('invalid', `It is ${mediaType}, not application/ld+json.`);
      }
      return parseDocument({ url, bytes: document.bytes });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw unusable(id, error.message);
    }
  }
}

function unusable(id: string, why: string): RemoteError {
  return new RemoteError('unusable', `The client document at ${id.slice(0, 200)} cannot be used: ${why}`);
}

function withoutFragment(id: string): string {
  const url = new URL(id);
  url.hash = '';
  return url.href;
}

function parseDocument({ url, bytes }: { readonly url: string; readonly bytes: Uint8Array }): ClientDocument {
  if (bytes.length > maxBytes) throw new Problem('invalid', `It is larger than ${maxBytes} bytes.`);
  return { url, metadata: parseMetadata(readJsonObject(bytes)) };
}

/** Reads the members as JSON, which the context makes them mean; under no or another context alone they would not. */
function parseMetadata(members: Readonly<Record<string, unknown>>): ClientMetadata {
  const contexts = [members['@context'] ?? context].flat();
  if (!contexts.includes(context)) throw new Problem('invalid', `Its @context has no ${context}.`);
  const id = text(members, 'client_id') ?? text(members, '@id') ?? text(members, 'id');
  if (id === undefined) throw new Problem('invalid', 'It has no client_id.');
  const redirects = texts(members, 'redirect_uris');
  if (redirects === undefined || redirects.length === 0) throw new Problem('invalid', 'It has no redirect_uris.');
  const algorithm = text(members, 'id_token_signed_response_alg');
  const scope = text(members, 'scope')?.split(' ').filter((name) => scopes.includes(name)).join(' ');
  return {
    client_id: id,
    redirect_uris: redirects,
    grant_types: (texts(members, 'grant_types') ?? ['authorization_code']).filter((type) => grantTypes.includes(type)),
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...given('client_name', text(members, 'client_name')),
    ...given('client_uri', webUri(members, 'client_uri')),
    ...given('logo_uri', webUri(members, 'logo_uri')),
    ...given('policy_uri', webUri(members, 'policy_uri')),
    ...given('tos_uri', webUri(members, 'tos_uri')),
    ...given('contacts', texts(members, 'contacts')?.filter((contact) => contact.includes('@'))),
    ...given('post_logout_redirect_uris', texts(members, 'post_logout_redirect_uris')),
    ...given('scope', scope || undefined),
    ...given('application_type', oneOf(text(members, 'application_type'), ['web', 'native'])),
    ...given('default_max_age', seconds(members, 'default_max_age')),
    ...given('require_auth_time', members['require_auth_time'] === true ? true : undefined),
    ...given('id_token_signed_response_alg', oneOf(algorithm, ['ES256', 'RS256'])),
  };
}

function given<K extends string, V>(name: K, value: V | undefined): { [Name in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [Name in K]?: V };
}

function text(members: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > maxText) {
    throw new Problem('invalid', `Its ${name} is not a text of up to ${maxText} characters.`);
  }
  return value;
}

/** One text may stand for a list of one, as in JSON-LD. */
function texts(members: Readonly<Record<string, unknown>>, name: string): string[] | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > maxItems || !list.every((item) => typeof item === 'string' && item.length <= maxText)) {
    throw new Problem('invalid', `Its ${name} is not a list of up to ${maxItems} texts.`);
  }
  return list as string[];
}

/** Something to show to people, left out when it is nothing that may be a link: `javascript:`, a typing error. */
function webUri(members: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = text(members, name);
  return value !== undefined && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : undefined;
}

function oneOf(value: string | undefined, known: readonly string[]): string | undefined {
  return value !== undefined && known.includes(value) ? value : undefined;
}

function seconds(members: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = members[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
