import { parseAuthority } from '../access/authority.ts';
import { append, control, includes, read, write } from '../access/modes.ts';
import type { GrantAbout } from './parts.ts';

/** In characters. */
const maxName = 60;

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
  const mayNothing = !scopes.includes('webid') || (details !== undefined && folders.length === 0);
  const may = mayNothing ? 'It knows who you are, and may do nothing.'
    : details === undefined ? 'It may do all that you may.' : 'It may do this:';
  return { name: nameOf(clientName) ?? host ?? client, host, client, webId, may, folders, resource };
}

/** What an app calls itself, without what would let it write over its surroundings, and not longer than a name. */
export function nameOf(name: string | undefined): string | undefined {
  const text = name?.replaceAll(/[\p{Cc}\p{Cf}\p{Z}\s]+/gu, ' ').trim();
  if (text === undefined || text === '') return undefined;
  const characters = Array.from(text);
  return characters.length > maxName ? `${characters.slice(0, maxName - 1).join('')}…` : text;
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
