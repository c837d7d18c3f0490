import { everywhere } from '../access/authority.ts';
import { FieldProblem } from './body-fields.ts';
import type { Choice, Situation } from './consent.ts';

type Chosen = Pick<Choice, 'level' | 'where' | 'rows'>;
type Pods = Pick<Situation, 'pods' | 'indexes' | 'authorizationDetails'>;

/**
 * The authorization details that a level stands for; `undefined` for all that the person may. Throws a `FieldProblem`
 * for what cannot be meant.
 *
 * The levels about whole pods name their roots, so that they hold for what comes later too. `exceptSettings` leaves out
 * the settings of pods that are made later.
 */
export function levelDetails({ level, where, rows }: Chosen, pods: Pods): object[] | undefined {
  switch (level) {
    case 'identity': return [];
    case 'folders': return folderDetails(rows, pods);
    case 'everything': return everythingDetails(where, pods);
    case 'full': {
      const locations = locationsOf(where, pods.pods);
      if (locations.includes(everywhere)) return undefined;
      return [{ type: 'solid', locations, actions: ['read', 'append', 'write', 'control'] }];
    }
  }
}

/**
 * Everything but settings and sharing: without Control, an app can change neither who has access nor who somebody is.
 * The settings of one's own pods it may read, as it finds the rest by them; and it may add to the type indexes among
 * them, which apps do when they first make a folder, and fail without. It can neither change nor remove what is there.
 */
function everythingDetails(where: string, { pods, indexes }: Pods): object[] {
  const locations = locationsOf(where, pods);
  const settings = pods.map((pod) => `${pod}settings/`)
    .filter((folder) => locations.some((location) => location === everywhere || folder.startsWith(location)));
  const added = indexes.filter((index) => settings.some((folder) => index.startsWith(folder)));
  const except = settings.length > 0 ? { except: settings } : {};
  return [
    { type: 'solid', locations, actions: ['read', 'append', 'write'], ...except },
    ...(settings.length > 0 ? [{ type: 'solid', locations: settings, actions: ['read'] }] : []),
    ...(added.length > 0 ? [{ type: 'solid', locations: added, actions: ['append'] }] : []),
  ];
}

function locationsOf(where: string, pods: readonly string[]): string[] {
  if (where === 'everywhere') return [everywhere];
  if (pods.length === 0) throw new FieldProblem({ level: 'You have no pod yet. Choose less, or make one first.' });
  if (where === 'mine') return [...pods];
  const pod = pods.find((base) => base === where);
  if (pod === undefined) throw new FieldProblem({ where: 'Choose one of your pods, all of them, or everywhere.' });
  return [pod];
}

function folderDetails(rows: Choice['rows'], { pods, authorizationDetails = [] }: Pods): object[] {
  const used = rows.map((row, i) => ({ ...row, i })).filter(({ folder }) => folder !== '');
  if (used.length === 0) {
    throw new FieldProblem({ 'folder-0': 'Name a folder, or choose that the app only knows who you are.' });
  }
  return used.map(({ folder, actions: chosen, i }) => {
    const location = locationOf(folder, pods[0]);
    if (location === undefined) {
      const like = `${pods[0] ?? 'https://…/'}notes/`;
      throw new FieldProblem({ [`folder-${i}`]: `"${folder}" is not the address of a folder: write it like ${like}` });
    }
    if (chosen.length === 0) throw new FieldProblem({ [`folder-${i}`]: `Tick what the app may do in "${folder}".` });
    const except = exceptions(location, authorizationDetails, pods[0]);
    return { type: 'solid', locations: [location], actions: [...chosen], ...(except.length > 0 && { except }) };
  });
}

/** What the app itself left out of a location that it asked for. */
function exceptions(location: string, details: readonly object[], pod: string | undefined): string[] {
  const about = (details as readonly { locations: readonly string[]; except?: readonly string[] }[])
    .filter(({ locations }) => locations.some((one) => locationOf(one, pod) === location));
  const [first, ...others] = about.map(({ except = [] }) => except);
  return (first ?? []).filter((one) => others.every((except) => except.includes(one)));
}

/** An address as people write it: whole, or from the root of their pod on; or the star that apps may ask for. */
export function locationOf(folder: string, pod: string | undefined): string | undefined {
  if (folder === everywhere) return everywhere;
  const relative = !/^[a-z][a-z0-9+.-]*:/i.test(folder);
  if (relative && pod === undefined) return undefined;
  const text = relative ? `${pod}${folder.replace(/^\/+/, '')}` : folder;
  if (!URL.canParse(text)) return undefined;
  const { protocol, href, search, hash, username, password } = new URL(text);
  const plain = ['http:', 'https:'].includes(protocol) && `${search}${hash}${username}${password}` === '';
  return plain && (!relative || href.startsWith(pod!)) ? href : undefined;
}
