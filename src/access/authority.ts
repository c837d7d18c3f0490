import { normalIri } from './iri.ts';
import { append, control, none, read, write, type Modes } from './modes.ts';

/** One thing that an app was granted: these modes, on these resources, until a time. */
export interface Grant {
  /** Absolute URLs in the form of `normalIri`. A container stands for itself and for all that is below it. */
  readonly locations: readonly string[];
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
 *     { "type": "solid", "locations": ["https://alice.example/notes/"], "actions": ["read", "append"], "exp": 1790000000 }
 *
 * `actions` are `read`, `append`, `write` and `control`; `exp` is optional, in seconds since 1970 as in a JWT. An action
 * that is not known grants nothing; nor does a detail of another shape, or with a member that is not known, which could
 * be a restriction. With `base`, locations may be relative to it.
 */
export function parseAuthority(details: unknown, base?: string): Authority {
  return Array.isArray(details) ? details.flatMap((detail) => parseDetail(detail, base)) : [];
}

const known = new Set(['type', 'locations', 'actions', 'exp']);

function parseDetail(detail: unknown, base: string | undefined): Grant[] {
  if (typeof detail !== 'object' || detail === null) return [];
  const { type, locations, actions, exp } = detail as Record<string, unknown>;
  const understood = type === 'solid' && isTexts(locations) && isTexts(actions)
    && (exp === undefined || (typeof exp === 'number' && Number.isFinite(exp)))
    && Object.keys(detail).every((member) => known.has(member));
  if (!understood) return [];
  return [{
    locations: locations.filter((location) => URL.canParse(location, base))
      .map((location) => normalIri(new URL(location, base).href)),
    modes: actions.reduce((modes, action) => modes | (modeOf.get(action) ?? none), none),
    ...(exp === undefined ? {} : { until: exp * 1000 }),
  }];
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The modes that an authority allows on a resource at a time (milliseconds since 1970). `target`: its normal URL. */
export function allowed(authority: Authority, target: string, now: number): Modes {
  let modes = none;
  for (const { locations, modes: granted, until } of authority) {
    if (until !== undefined && until <= now) continue;
    if (locations.some((location) => covers(location, target))) modes |= granted;
  }
  return modes;
}

/** Whether a location is the resource, or a container that it is in. */
function covers(location: string, target: string): boolean {
  return location === target || (location.endsWith('/') && target.startsWith(location));
}
