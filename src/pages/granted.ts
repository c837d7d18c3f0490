import { everywhere, parseAuthority } from '../access/authority.ts';
import type { GrantAbout } from '../access/grant.ts';
import { append, control, includes, read, write } from '../access/modes.ts';
import { choiceOf } from './consent.ts';
import type { Duration } from './consent.ts';

/** In characters. */
const maxName = 60;

/** For how long an app is let in, by what was chosen. */
export const durationWords: Readonly<Record<Duration, string>> = {
  session: 'Until I log out here', day: 'One day', month: '30 days', year: 'One year',
  withdrawn: 'Until I take it back',
};

/** What a grant lets an app do: in a sentence, behind which folders follow where it is about some. */
export function whatItMay(grant: GrantAbout): {
  readonly may: string; readonly folders: readonly { readonly folder: string; readonly modes: string }[];
} {
  const { authorizationDetails: details, scopes } = grant;
  const { level } = choiceOf(grant);
  const authority = details === undefined ? [] : parseAuthority(details);
  const nothing = authority.every(({ locations, modes }) => locations.length === 0 || modes === 0);
  if (!scopes.includes('webid') || (details !== undefined && nothing)) {
    return { may: 'It knows who you are, and may do nothing.', folders: [] };
  }
  if (details === undefined) return { may: 'It may do all that you may, here and at other servers.', folders: [] };
  if (level === 'everything' || level === 'full') {
    const where = placesIn(authority[0]!.locations);
    return {
      may: level === 'full' ? `It may do all that you may, also share, ${where}.`
        : `It may see, add, change and delete everything ${where}, but not settings and sharing.`,
      folders: [],
    };
  }
  const folders = authority.flatMap(({ locations, modes }) =>
    locations.map((folder) => ({ folder: folder === everywhere ? 'everywhere' : folder, modes: wordsOf(modes) })));
  return { may: 'It may do this:', folders };
}

function placesIn(locations: readonly string[]): string {
  if (locations.includes(everywhere)) return 'wherever you may, also in other people’s pods';
  return `in ${locations.join(', ')}`;
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
