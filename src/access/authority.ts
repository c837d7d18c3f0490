import { normalIri } from './iri.ts';
import { append, control, none, read, write, type Modes } from './modes.ts';

/** One thing that an app was granted: these modes, on these resources, until a time. */
export interface Grant {
  /**
   * Absolute URLs in the form of `normalIri`. A container stands for itself and for all that is below it, and `*` for
   * all that there is, at any server.
   */
  readonly locations: readonly string[];
  /** In the same form: what of the locations this grant leaves out, which another one may give. */
  readonly except: readonly string[];
  readonly modes: Modes;
  /** Milliseconds since 1970; absent for a grant without an end of its own. */
  readonly until?: number;
}

/**
 * What an app may do at most, whoever uses it: the union of its grants; none of them, nothing. It narrows what the
 * agent may do and never adds to it.
 */
export type Authority = readonly Grant[];

const modeOf = new Map([['read', read], ['append', append], ['write', write], ['control', control]]);

/**
 * The authority in the `authorization_details` of a token (RFC 9396 section 2), of which those of type `solid` count:
 *
 *     { "type": "solid", "locations": ["https://alice.example/notes/"], "actions": ["read", "append"],
 *       "except": ["https://alice.example/notes/private/"], "exp": 1790000000 }
 *
 * `actions` are `read`, `append`, `write` and `control`. A location `*` is everywhere. `except` is optional, and so is
 * `exp`, in seconds since 1970 as in a JWT. An action that is not known grants nothing; nor does a detail of another
 * shape, with an exception that is no URL, or with a member that is not known, which could be a restriction. With
 * `base`, locations and exceptions may be relative to it.
 */
export function parseAuthority(details: unknown, base?: string): Authority {
  return Array.isArray(details) ? details.flatMap((detail) => parseDetail(detail, base)) : [];
}

const known = new Set(['type', 'locations', 'actions', 'exp', 'except']);

/** The location that is everywhere. Written otherwise (`/*`, a URL with a star), it is a name as others are. */
export const everywhere = '*';

function parseDetail(detail: unknown, base: string | undefined): Grant[] {
  if (typeof detail !== 'object' || detail === null) return [];
  const { type, locations, actions, exp, except = [] } = detail as Record<string, unknown>;
  const understood = type === 'solid' && isTexts(locations) && isTexts(actions)
    && isTexts(except) && except.every((location) => locationOf(location, base) !== undefined)
    && (exp === undefined || (typeof exp === 'number' && Number.isFinite(exp)))
    && Object.keys(detail).every((member) => known.has(member));
  if (!understood) return [];
  return [{
    locations: locations.flatMap((location) => locationOf(location, base) ?? []),
    except: except.flatMap((location) => locationOf(location, base) ?? []),
    modes: actions.reduce((modes, action) => modes | (modeOf.get(action) ?? none), none),
    ...(exp === undefined ? {} : { until: exp * 1000 }),
  }];
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function locationOf(text: string, base: string | undefined): string | undefined {
  if (text === everywhere) return everywhere;
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  // As in the paths of pods (`parsePath`); the URL standard leaves them as they are.
  url.pathname = url.pathname.replaceAll(/[[\]|^]/g, encodeURIComponent);
  return normalIri(url.href);
}

/** The modes that an authority allows on a resource at a time (milliseconds since 1970). `target`: its normal URL. */
export function allowed(authority: Authority, target: string, now: number): Modes {
  let modes = none;
  for (const { locations, except, modes: granted, until } of authority) {
    if (until !== undefined && until <= now) continue;
    if (!isAmong(locations, target) || isAmong(except, target)) continue;
    modes |= granted;
  }
  return modes;
}

/** Whether one of the locations is the resource, a container that it is in, or everywhere. */
function isAmong(locations: readonly string[], target: string): boolean {
  return locations.some((location) => location === everywhere || location === target
    || (location.endsWith('/') && target.startsWith(location)));
}
