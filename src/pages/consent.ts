import { FieldProblem } from './body-fields.ts';
import type { Consent, InteractionDetails } from './parts.ts';

/**
 * How much an app gets: only who somebody is; chosen folders; everything in the pods, but not to share it (which is all
 * that an app needs which knows nothing of such choices); or all that the person may.
 */
export type Level = 'identity' | 'folders' | 'everything' | 'full';
/** For how long: until the person logs out here; days; or until it is withdrawn. */
export type Duration = 'session' | 'month' | 'year' | 'withdrawn';

const actions = ['read', 'append', 'write', 'control'] as const;
export type Action = (typeof actions)[number];

/** A folder, or a document, and what an app may do there. */
export interface Row {
  readonly folder: string;
  readonly actions: readonly Action[];
}

/** What a person chose, as the form has it. */
export interface Choice {
  readonly webId: string | undefined;
  readonly level: Level;
  readonly duration: Duration;
  readonly rows: readonly Row[];
  /** Of the scopes that tell more of a person: those that are told. */
  readonly tell: readonly string[];
  /** Whether full control was confirmed. */
  readonly sure: boolean;
}

const days: Readonly<Record<'month' | 'year', number>> = { month: 30, year: 365 };
const dayMs = 86_400_000;
/** Rows of a form. */
const maxRows = 50;
const spareRows = 2;

/** Scopes that tell more than a WebID. */
export const tellingScopes = ['profile', 'email'] as const;

/** The levels that a person may choose from: an app that asked for something in particular gets no more than that. */
export function levelsFor({ scopes, authorizationDetails }: InteractionDetails): readonly Level[] {
  if (!scopes.includes('webid')) return [];
  return authorizationDetails === undefined ? ['identity', 'folders', 'everything', 'full'] : ['identity', 'folders'];
}

/** What the form says before anybody touched it: the least with which the app is likely to work. */
export function firstChoice(details: InteractionDetails, webIds: readonly string[]): Choice {
  const { authorizationDetails, client, granted, scopes } = details;
  const before = granted?.webId;
  return {
    webId: before !== undefined && webIds.includes(before) ? before : webIds[0],
    level: authorizationDetails === undefined ? 'everything' : 'folders',
    // Whoever is nobody in particular is not remembered unless the person wants it.
    duration: client.kind === 'document' ? 'year' : 'session',
    rows: withSpare(requestedRows(authorizationDetails ?? [])),
    tell: scopes.includes('webid') ? [] : [...tellingScopes],
    sure: false,
  };
}

/** Reads the form as it was sent. */
export function readChoice(form: URLSearchParams): Choice {
  const rows: Row[] = [];
  for (let i = 0; i < maxRows && form.has(`folder-${i}`); i += 1) {
    const given = form.getAll(`modes-${i}`);
    rows.push({ folder: form.get(`folder-${i}`)!.trim(), actions: actions.filter((action) => given.includes(action)) });
  }
  return {
    webId: form.get('webId') ?? undefined,
    level: oneOf<Level>(form.get('level'), ['identity', 'folders', 'everything', 'full'], 'identity'),
    duration: oneOf<Duration>(form.get('duration'), ['session', 'month', 'year', 'withdrawn'], 'session'),
    rows, tell: form.getAll('tell'), sure: form.has('sure'),
  };
}

/** The rows with empty ones behind, for more. */
export function withSpare(rows: readonly Row[]): readonly Row[] {
  const used = rows.filter(({ folder }) => folder !== '');
  return [...used, ...Array<Row>(spareRows).fill({ folder: '', actions: ['read'] })].slice(0, maxRows);
}

interface Situation {
  readonly details: InteractionDetails;
  /** The base URLs of the person's pods. */
  readonly pods: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * What the person agrees to, for the issuer. Throws a `FieldProblem` for what cannot be meant. The level `everything`
 * names the roots of the pods, with all modes but Control: so it holds for what comes later too, and the app can change
 * neither who has access nor, as that takes Control as well, who somebody is.
 */
export function decide(choice: Choice, { details, pods, now }: Situation): Consent {
  const { level, duration, webId, tell } = choice;
  const { scopes } = details;
  const untold = tellingScopes.filter((scope) => scopes.includes(scope) && !tell.includes(scope));
  // Without it, what the app got ends when the person logs out here.
  const untied = duration === 'session' && scopes.includes('offline_access') ? ['offline_access'] : [];
  const until = duration === 'month' || duration === 'year' ? now + days[duration] * dayMs : undefined;
  const consent: Consent = {
    ...(untold.length + untied.length > 0 && { rejectedScopes: [...untold, ...untied] }),
    ...(until !== undefined && { until }),
  };
  if (!scopes.includes('webid')) return consent;
  if (webId === undefined) throw new FieldProblem({ webId: 'Choose who you are to this app.' });
  if (!levelsFor(details).includes(level)) throw new FieldProblem({ level: 'Choose what the app may do.' });
  if (level === 'full') {
    if (!choice.sure) throw new FieldProblem({ sure: 'Tick that you want to give full control, or choose less.' });
    return { ...consent, webId };
  }
  const end = endOf(until, details);
  const exp = end === undefined ? {} : { exp: end };
  return { ...consent, webId, authorizationDetails: granted(choice, pods).map((detail) => ({ ...detail, ...exp })) };
}

function granted({ level, rows }: Choice, pods: readonly string[]): object[] {
  if (level === 'identity') return [];
  if (level === 'everything') {
    if (pods.length === 0) throw new FieldProblem({ level: 'You have no pod yet. Choose less, or make one first.' });
    return [{ type: 'solid', locations: [...pods], actions: ['read', 'append', 'write'] }];
  }
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
    return { type: 'solid', locations: [location], actions: [...chosen] };
  });
}

/** An address as people write it: whole, or from the root of their pod on. */
export function locationOf(folder: string, pod: string | undefined): string | undefined {
  const relative = !/^[a-z][a-z0-9+.-]*:/i.test(folder);
  if (relative && pod === undefined) return undefined;
  const text = relative ? `${pod}${folder.replace(/^\/+/, '')}` : folder;
  if (!URL.canParse(text)) return undefined;
  const { protocol, href, search, hash, username, password } = new URL(text);
  const plain = ['http:', 'https:'].includes(protocol) && `${search}${hash}${username}${password}` === '';
  return plain && (!relative || href.startsWith(pod!)) ? href : undefined;
}

/** No later than the app itself asked for; in seconds, as in a token. */
function endOf(until: number | undefined, { authorizationDetails = [] }: InteractionDetails): number | undefined {
  const asked = authorizationDetails.flatMap((detail) => {
    const { exp } = detail as { exp?: unknown };
    return typeof exp === 'number' ? [exp] : [];
  });
  const end = Math.min(...asked, until === undefined ? Infinity : Math.floor(until / 1000));
  return end === Infinity ? undefined : end;
}

function requestedRows(details: readonly object[]): Row[] {
  return details.flatMap((detail) => {
    const { locations, actions: asked } = detail as { locations?: unknown; actions?: unknown };
    if (!Array.isArray(locations) || !Array.isArray(asked)) return [];
    return locations.filter((folder) => typeof folder === 'string')
      .map((folder) => ({ folder, actions: actions.filter((action) => asked.includes(action)) }));
  });
}

function oneOf<T extends string>(value: string | null, values: readonly T[], otherwise: T): T {
  return values.find((one) => one === value) ?? otherwise;
}
