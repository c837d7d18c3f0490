import type { SolidGrant } from './claims.ts';

/** What an app asked for, and as whom it came, whenever a person decided about it. */
export interface Asked {
  /** Details of the type `solid` (RFC 9396). */
  readonly details: readonly object[];
  /** Where the browser was to go afterwards, as `placeOf` says it. */
  readonly places: readonly string[];
}

/** A request of an app to a person. */
export interface Request {
  readonly details: readonly object[];
  /** What the app is called now. */
  readonly name: string | undefined;
  readonly place: string | undefined;
}

/** What is remembered of it; what was asked longest ago is forgotten first, and asked about again. */
const maxDetails = 50;
const maxPlaces = 10;

/** Whether an app asks for more than the person has decided about with this grant, or is not what it was. */
export function isNews({ asked, clientName }: SolidGrant, { details, name, place }: Request): boolean {
  const known = new Set(asked?.details.map((detail) => JSON.stringify(detail)));
  if (details.some((detail) => !known.has(JSON.stringify(detail)))) return true;
  if (asked === undefined) return false;
  const renamed = clientName !== undefined && clientName !== nameOf(name);
  return renamed || (place !== undefined && !asked.places.includes(place));
}

/** What there is to remember when the person decided about this too. */
export function askedWith({ asked }: SolidGrant, { details, place }: Request): Asked {
  const all = new Map([...asked?.details ?? [], ...details].map((detail) => [JSON.stringify(detail), detail]));
  const places = new Set([...asked?.places ?? [], ...place === undefined ? [] : [place]]);
  return { details: [...all.values()].slice(-maxDetails), places: [...places].slice(-maxPlaces) };
}

/** The name of an app, as far as it is kept. */
export function nameOf(name: string | undefined): string | undefined {
  return name?.slice(0, 200);
}

/** The host that a redirect goes to; of an app on a device, which has a scheme of its own and no host, that scheme. */
export function placeOf(redirectUri: unknown): string | undefined {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return undefined;
  const { host, protocol } = new URL(redirectUri);
  return host === '' ? protocol : host;
}

/** What a request asks for in particular; `undefined` when it asks for nothing in particular. */
export function detailsOf({ authorization_details: details }: Readonly<Record<string, unknown>>): object[] | undefined {
  return typeof details === 'string' ? JSON.parse(details) as object[] : undefined;
}
