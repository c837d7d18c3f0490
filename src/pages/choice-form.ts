import type { Account } from '../accounts/account.ts';
import { everywhere, parseAuthority, allowed } from '../access/authority.ts';
import type { GrantAbout } from '../access/grant.ts';
import { normalIri } from '../access/iri.ts';
import { levelsFor, tellingScopes, withSpare } from './consent.ts';
import type { Choice, Row, Wishes } from './consent.ts';
import { folderTree } from './folder-tree.ts';
import { durationWords } from './granted.ts';
import type { Parts } from './parts.ts';

/** The modes of folders, by the words of the form. */
const modeWords = [['read', 'See'], ['append', 'Add'], ['write', 'Change'], ['control', 'Share']] as const;

/**
 * What the part of a page is made with in which a person chooses what an app may do (`choice.eta`): when it asks, and
 * afterwards among the connected apps. `open`: the folders whose insides are shown.
 */
export async function choiceForm(
  parts: Parts, account: Account, choice: Choice, wishes: Wishes,
  { open, before }: { readonly open: readonly string[]; readonly before?: GrantAbout | undefined },
) {
  const pods = account.pods.map(({ base }) => base);
  const levels = levelsFor(wishes);
  const places = levels.includes('folders') ? await registeredPlaces(parts, account) : [];
  return {
    choice: { ...choice, rows: withSpare(choice.rows) },
    levels, pods, places, modeWords, durationWords,
    tree: levels.includes('folders') ? await folderTree(parts.pods, account, open) : [],
    wishes: {
      folders: wishes.authorizationDetails !== undefined,
      away: wishes.scopes.includes('offline_access'),
      telling: tellingScopes.filter((scope) => wishes.scopes.includes(scope)),
    },
    /** Whether an app that was let in before did not have what a row says. */
    isNew: (row: Row) => before !== undefined && row.folder !== '' && !hasAlready(before, row),
  };
}

/** What of a grant a row asks for is all there. */
function hasAlready({ authorizationDetails: details }: GrantAbout, { folder, actions }: Row): boolean {
  if (details === undefined) return true;
  const [wanted] = parseAuthority([{ type: 'solid', locations: [folder], actions: [...actions] }]);
  // An address of one's own typing is not something that an app asks for.
  if (wanted?.locations[0] === undefined) return true;
  const [location] = wanted.locations;
  const authority = parseAuthority(details);
  if (location === everywhere) return authority.some(({ locations }) => locations.includes(everywhere));
  return (allowed(authority, normalIri(location), Date.now()) & wanted.modes) === wanted.modes;
}

/** Folders of the person's pods by what apps registered that they are for. */
async function registeredPlaces({ typeIndexes }: Parts, { webIds, pods }: Account) {
  const bases = pods.map(({ base }) => base);
  const found = await Promise.all(webIds.map((webId) => typeIndexes(webId, bases)));
  return found.flatMap(({ places }) => places)
    .filter(({ location }) => bases.some((base) => location.startsWith(base)));
}

/** The type indexes of a person. */
export async function indexesOf({ typeIndexes }: Parts, { webIds, pods }: Account): Promise<readonly string[]> {
  const bases = pods.map(({ base }) => base);
  const found = await Promise.all(webIds.map((webId) => typeIndexes(webId, bases)));
  return [...new Set(found.flatMap(({ documents }) => documents))];
}
