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

/** What a person has not decided about yet. */
export interface News {
  readonly details: readonly object[];
  /** What the app was called before, if it is called otherwise now. */
  readonly formerName?: string;
  readonly place?: string;
}

/** What is remembered of it; what was asked longest ago is forgotten first, and asked about again. */
const maxDetails = 50;
const maxPlaces = 10;

/** What an app asks for of which the person has not decided with this grant; `undefined` when there is nothing new. */
export function newsFor({ asked, clientName }: SolidGrant, { details, name, place }: Request): News | undefined {
  const known = new Set(asked?.details.map((detail) => JSON.stringify(detail)));
  const fresh = details.filter((detail) => !known.has(JSON.stringify(detail)));
  const renamed = asked !== undefined && clientName !== undefined && clientName !== nameOf(name);
  const moved = asked !== undefined && place !== undefined && !asked.places.includes(place);
  if (fresh.length === 0 && !renamed && !moved) return undefined;
  return { details: fresh, ...(renamed && { formerName: clientName }), ...(moved && { place }) };
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
