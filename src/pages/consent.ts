import { parseAuthority } from '../access/authority.ts';
import type { GrantAbout } from '../access/grant.ts';
import { FieldProblem } from './body-fields.ts';
import { levelDetails } from './consent-levels.ts';
import type { Consent, InteractionDetails } from './parts.ts';

/**
 * How much an app gets: only who somebody is; chosen folders; everything but settings and sharing (which is all that an
 * app needs which knows nothing of such choices); or all that the person may.
 */
export const levels = ['identity', 'folders', 'everything', 'full'] as const;
type Level = (typeof levels)[number];
/** For how long: until the person logs out here; days; or until it is withdrawn. */
export const durations = ['session', 'day', 'month', 'year', 'withdrawn'] as const;
export type Duration = (typeof durations)[number];

export const actions = ['read', 'append', 'write', 'control'] as const;
type Action = (typeof actions)[number];

/** A folder, or a document, and what an app may do there. */
export interface Row {
  readonly folder: string;
  readonly actions: readonly Action[];
}

/** What a person chose, as the form has it. */
export interface Choice {
  readonly webId: string | undefined;
  readonly level: Level;
  /** In which pods, of the levels that are about whole pods: `mine`, `everywhere`, or the base URL of one. */
  readonly where: string;
  readonly duration: Duration;
  /** Whether the app may work on when nobody is logged in. */
  readonly away: boolean;
  readonly rows: readonly Row[];
  /** Of the scopes that tell more of a person: those that are told. */
  readonly tell: readonly string[];
  /** Whether full control was confirmed. */
  readonly sure: boolean;
}

const days: Readonly<Partial<Record<Duration, number>>> = { day: 1, month: 30, year: 365 };
const dayMs = 86_400_000;
/** Rows of a form. */
export const maxRows = 50;
const spareRows = 1;

/** Scopes that tell more than a WebID. */
export const tellingScopes = ['profile', 'email'] as const;

/** What an app asks for. */
export interface Wishes {
  readonly scopes: readonly string[];
  /** What it asked for in particular (RFC 9396). */
  readonly authorizationDetails?: readonly object[] | undefined;
}

/** The levels that a person may choose from: an app that asked for something in particular gets no more than that. */
export function levelsFor({ scopes, authorizationDetails }: Wishes): readonly Level[] {
  if (!scopes.includes('webid')) return [];
  return authorizationDetails === undefined ? levels : ['identity', 'folders'];
}

/**
 * What the form says before anybody touched it: what the person chose for this app the last time (`before`), with what
 * is asked for now; else the least with which the app is likely to work.
 */
export function firstChoice(
  details: Pick<InteractionDetails, 'authorizationDetails' | 'client' | 'scopes'>, webIds: readonly string[],
  before?: GrantAbout,
): Choice {
  const { authorizationDetails, client, scopes } = details;
  const last = before && choiceOf(before);
  const asked = authorizationDetails && requestedRows(authorizationDetails);
  const isKnown = client.kind === 'document';
  const level = last !== undefined && levelsFor(details).includes(last.level) ? last.level : 'everything';
  const rows = merged([...last?.rows ?? [], ...asked ?? []]);
  return {
    webId: last?.webId !== undefined && webIds.includes(last.webId) ? last.webId : webIds[0],
    level: asked === undefined ? level : 'folders',
    where: last?.where ?? 'mine',
    // Whoever is nobody in particular is not remembered, nor let in without the person, unless the person wants it.
    duration: last?.duration ?? (isKnown ? 'year' : 'session'),
    away: last?.away ?? isKnown,
    rows: withSpare(rows),
    tell: last?.tell ?? (scopes.includes('webid') ? [] : [...tellingScopes]),
    sure: false,
  };
}

/** The choice that a grant came of. */
export function choiceOf({ webId, authorizationDetails: details, chosen = {}, scopes }: GrantAbout): Choice {
  const guess: Level = details === undefined ? 'full' : details.length === 0 ? 'identity' : 'folders';
  const level = oneOf(chosen['level'], levels, guess);
  return {
    webId, level,
    where: chosen['where'] ?? (details === undefined ? 'everywhere' : 'mine'),
    duration: oneOf(chosen['duration'], durations, 'withdrawn'),
    away: scopes.includes('offline_access'),
    rows: level === 'folders' ? merged(requestedRows(details ?? [])) : [],
    tell: tellingScopes.filter((scope) => scopes.includes(scope)),
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
  const picked = form.get('choose');
  return {
    webId: form.get('webId') ?? undefined,
    level: oneOf(form.get('level'), levels, 'identity'),
    where: form.get('where') ?? 'mine',
    duration: oneOf(form.get('duration'), durations, 'session'),
    away: form.get('away') === 'on',
    rows: picked === null ? rows : withFolder(rows, picked),
    tell: form.getAll('tell'), sure: form.has('sure'),
  };
}

/** Whether a form was sent to choose from more, rather than to be done. */
export function wantsMore(form: URLSearchParams): boolean {
  return form.get('decision') === 'more' || form.has('choose') || form.has('open');
}

function withFolder(rows: readonly Row[], folder: string): readonly Row[] {
  if (rows.some((row) => row.folder === folder)) return rows;
  return [...rows.filter((row) => row.folder !== ''), { folder, actions: ['read'] as const }].slice(0, maxRows);
}

/** The rows with empty ones behind, for more. */
export function withSpare(rows: readonly Row[]): readonly Row[] {
  const used = rows.filter(({ folder }) => folder !== '');
  return [...used, ...Array<Row>(spareRows).fill({ folder: '', actions: ['read'] })].slice(0, maxRows);
}

export interface Situation extends Wishes {
  /** The base URLs of the person's pods. */
  readonly pods: readonly string[];
  /** The URLs of the person's type indexes. */
  readonly indexes: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What the person agrees to, for the issuer. Throws a `FieldProblem` for what cannot be meant. */
export function decide(choice: Choice, situation: Situation): Consent {
  const { level, where, duration, webId, tell } = choice;
  const { scopes, now } = situation;
  const untold = tellingScopes.filter((scope) => scopes.includes(scope) && !tell.includes(scope));
  const away = choice.away && duration !== 'session';
  // Without it, what the app got ends when the person logs out here.
  const tied = !away && scopes.includes('offline_access') ? ['offline_access'] : [];
  const span = days[duration];
  const until = span === undefined ? undefined : now + span * dayMs;
  const consent: Consent = {
    ...(untold.length + tied.length > 0 && { rejectedScopes: [...untold, ...tied] }),
    ...(until !== undefined && { until }),
    chosen: { level, where, duration },
  };
  if (!scopes.includes('webid')) return consent;
  if (webId === undefined) throw new FieldProblem({ webId: 'Choose who you are to this app.' });
  if (!levelsFor(situation).includes(level)) throw new FieldProblem({ level: 'Choose what the app may do.' });
  if (level === 'full' && !choice.sure) {
    throw new FieldProblem({ sure: 'Tick that you want to give full control, or choose less.' });
  }
  const details = levelDetails(choice, situation);
  if (details === undefined) return { ...consent, webId };
  const end = endOf(until, situation);
  const exp = end === undefined ? {} : { exp: end };
  return { ...consent, webId, authorizationDetails: details.map((detail) => ({ ...detail, ...exp })) };
}

/** No later than the app itself asked for; in seconds, as in a token. */
function endOf(until: number | undefined, { authorizationDetails = [] }: Situation): number | undefined {
  const asked = authorizationDetails.flatMap((detail) => {
    const { exp } = detail as { exp?: unknown };
    return typeof exp === 'number' ? [exp] : [];
  });
  const end = Math.min(...asked, until === undefined ? Infinity : Math.floor(until / 1000));
  return end === Infinity ? undefined : end;
}

/** The rows that details stand for; those that grant nothing stand for none. */
function requestedRows(details: readonly object[]): Row[] {
  return details.filter((detail) => parseAuthority([detail]).length > 0).flatMap((detail) => {
    const { locations, actions: asked } = detail as { locations: readonly string[]; actions: readonly string[] };
    return locations.map((folder) => ({ folder, actions: actions.filter((action) => asked.includes(action)) }));
  });
}

/** One row for each folder, with all that the rows say of it. */
function merged(rows: readonly Row[]): Row[] {
  const all = new Map<string, Set<Action>>();
  for (const row of rows) {
    const known = all.get(row.folder) ?? new Set();
    for (const action of row.actions) known.add(action);
    all.set(row.folder, known);
  }
  return [...all].map(([folder, known]) => ({ folder, actions: actions.filter((action) => known.has(action)) }));
}

function oneOf<T extends string>(value: string | null | undefined, values: readonly T[], otherwise: T): T {
  return values.find((one) => one === value) ?? otherwise;
}
