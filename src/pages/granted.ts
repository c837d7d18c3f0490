import { parseAuthority } from '../access/authority.ts';
import { append, control, includes, read, write } from '../access/modes.ts';
import type { GrantAbout } from './parts.ts';

/** What a grant allows, for people. */
export interface GrantWords {
  readonly name: string;
  /** Under the name: the host that a client document is on, or that nobody vouches for the name. */
  readonly host: string | undefined;
  readonly client: string;
  readonly webId: string | undefined;
  /** What it may do, in a sentence, or by folder. */
  readonly may: string;
  readonly folders: readonly { readonly folder: string; readonly modes: string }[];
  readonly resource: string;
}

export function describeGrant(
  { client, clientName, webId, authorizationDetails: details, scopes, resource }:
  Omit<GrantAbout, 'id'> & { readonly resource: string },
): GrantWords {
  const host = hostOf(client);
  const folders = details === undefined ? [] : parseAuthority(details).flatMap(({ locations, modes }) =>
    locations.map((folder) => ({ folder, modes: wordsOf(modes) })));
  const may = !scopes.includes('webid') || folders.length === 0 && details !== undefined ? 'It knows who you are, and may do nothing.'
    : details === undefined ? 'It may do all that you may.' : 'It may do this:';
  return { name: clientName ?? host ?? client, host, client, webId, may, folders, resource };
}

/** The host of an app that is known by its document. */
export function hostOf(client: string): string | undefined {
  return /^https?:\/\//.test(client) && URL.canParse(client) ? new URL(client).host : undefined;
}

export function wordsOf(modes: number): string {
  const words = [
    includes(modes, read) ? ['see'] : [],
    includes(modes, write) ? ['add and change'] : includes(modes, append) ? ['add'] : [],
    includes(modes, control) ? ['share'] : [],
  ].flat();
  return words.join(', ') || 'nothing';
}
