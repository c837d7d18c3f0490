import type { Place } from '../storage/keyspace.ts';
import { Problem } from '../problem.ts';

/**
 * Where a resource is within its pod: `/`, `/notes/`, `/notes/monday.ttl`, `/notes/monday.ttl.acl`.
 *
 * Always normalised (RFC 3986 section 6.2.2): unreserved characters stand for themselves, all that is not allowed in a
 * path is percent-encoded in upper case, and encoded delimiters (`%2F`, `%25`) stay as they are, so that two spellings
 * of one address give one path and no path is two things. Made by `parsePath` alone.
 */
export type ResourcePath = string & { readonly [resourcePath]: true };
declare const resourcePath: unique symbol;

/** `maxPathLength` in characters, `maxPathDepth` in segments, both counted from the root of the pod. */
export interface PathLimits {
  readonly maxPathLength: number;
  readonly maxPathDepth: number;
}

/** The auxiliary resources of a subject (Solid Protocol, Auxiliary Resources): its access rules and its description. */
export const auxiliaryKinds = ['acl', 'meta'] as const;
export type AuxiliaryKind = (typeof auxiliaryKinds)[number];

export const rootPath = '/' as ResourcePath;
/** The storage description within each pod. */
export const descriptionPath = '/.well-known/solid' as ResourcePath;
/** Where each pod tells its owners who may do what. */
export const accessPath = '/.access' as ResourcePath;

/**
 * Reads the path component of a request target, from the root of the pod on; characters stand for bytes, as
 * `node:http` gives them. Throws `invalid` for a path that names nothing: broken escapes, `%00`, `.` and `..`, empty
 * segments, too long or too deep, a reserved suffix inside of it; and `missing` for an auxiliary of an auxiliary.
 */
export function parsePath(raw: string, limits: PathLimits): ResourcePath {
  if (raw.length > limits.maxPathLength * 3) throw tooLong(limits);
  const path = normalise(raw);
  if (path.length > limits.maxPathLength) throw tooLong(limits);
  if (!path.startsWith('/')) throw new Problem('invalid', 'The path does not begin with a slash.');

  const segments = path.slice(1).split('/');
  const last = segments.pop() ?? '';
  if (segments.length + (last === '' ? 0 : 1) > limits.maxPathDepth) {
    throw new Problem('invalid', `The path is deeper than ${limits.maxPathDepth} segments.`);
  }
  for (const segment of [...segments, ...(last === '' ? [] : [last])]) {
    if (segment === '') throw new Problem('invalid', 'The path has an empty segment ("//").');
    if (segment === '.' || segment === '..') throw new Problem('invalid', `The path has a "${segment}" segment.`);
  }
  const reserved = segments.find((segment) => suffixOf(segment) !== undefined);
  if (reserved !== undefined) {
    throw new Problem('invalid', `"${reserved}/" cannot name a container: the endings .acl and .meta are reserved.`);
  }
  const subject = subjectOf(path as ResourcePath);
  if (subject !== undefined && suffixOf(subject) !== undefined) {
    throw new Problem('missing', 'An auxiliary resource has no auxiliary resources of its own.');
  }
  return path as ResourcePath;
}

const auxiliarySuffixes = auxiliaryKinds.map((kind) => `.${kind}` as const);

function suffixOf(name: string): (typeof auxiliarySuffixes)[number] | undefined {
  return auxiliarySuffixes.find((suffix) => name.endsWith(suffix));
}

function tooLong(limits: PathLimits): Problem {
  return new Problem('invalid', `The path is longer than ${limits.maxPathLength} characters.`);
}

/** RFC 3986 section 6.2.2.1 and 6.2.2.2, for a path whose characters stand for bytes. */
function normalise(raw: string): string {
  return raw.replace(/%([0-9A-Fa-f]{2})?|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g, (found, hex: string | undefined) => {
    if (found === '%') {
      throw new Problem('invalid', 'The path has a "%" that is not followed by two hexadecimal digits.');
    }
    const byte = hex === undefined ? found.charCodeAt(0) : Number.parseInt(hex, 16);
    if (byte === 0) throw new Problem('invalid', 'The path has an encoded NUL (%00).');
    if (byte > 0xff || found === '#') {
      throw new Problem('invalid', `The path has a character that must be encoded: "${found}".`);
    }
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/**
 * What the node itself answers below its base URL, which may be the root of a pod: the first segments of the paths.
 * Reserved in every pod, as a pod may move to the root.
 */
const nodeSegments = /^\/\.(?:account|admin|health|notifications|oidc|problems)(?:[./]|$)/;

/** Whether the node answers at a path, in any spelling, rather than a pod at its root. */
export function isNodes(raw: string): boolean {
  return nodeSegments.test(normalise(raw));
}

/** What the server itself writes (Solid Protocol, Storage; `solid/access-report.ts`). */
const written: readonly ResourcePath[] = [descriptionPath, accessPath];

/** Whether no resource can be at the path: it is the node's, or one that the server itself writes, or below that. */
export function isReserved(path: ResourcePath): boolean {
  return path.startsWith('/.') && (nodeSegments.test(path) || written.some((own) =>
    path === own || path.startsWith(`${own}/`) || subjectOf(path) === own));
}

/** A name as a path segment: what may not stand in one is percent-encoded as UTF-8. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}

/** A member of a container by its encoded name. */
export function childPath(container: ResourcePath, name: string): ResourcePath {
  return `${container}${name}` as ResourcePath;
}

export function isContainerPath(path: ResourcePath): boolean {
  return path.endsWith('/');
}

/** The container that holds `path`; of an auxiliary resource, the one that holds its subject. None for the root. */
export function parentOf(path: ResourcePath): ResourcePath | undefined {
  const of = subjectOf(path) ?? path;
  return of === rootPath ? undefined : of.slice(0, of.lastIndexOf('/', of.length - 2) + 1) as ResourcePath;
}

/** All containers above `path`, the nearest first, the root last. */
export function ancestorsOf(path: ResourcePath): ResourcePath[] {
  const above: ResourcePath[] = [];
  for (let next = parentOf(path); next !== undefined; next = parentOf(next)) above.push(next);
  return above;
}

/** Which kind of auxiliary resource `path` is, if it is one. */
export function auxiliaryKind(path: ResourcePath): AuxiliaryKind | undefined {
  return suffixOf(path)?.slice(1) as AuxiliaryKind | undefined;
}

/** The resource that the auxiliary resource at `path` belongs to; `undefined` when `path` is no auxiliary resource. */
export function subjectOf(path: ResourcePath): ResourcePath | undefined {
  const suffix = suffixOf(path);
  return suffix && path.slice(0, -suffix.length) as ResourcePath;
}

/** Where the auxiliary resource of `subject` is. */
export function auxiliaryPath(subject: ResourcePath, kind: AuxiliaryKind): ResourcePath {
  return `${subject}.${kind}` as ResourcePath;
}

/**
 * The path with its trailing slash added or taken away. Of the two, one at most exists
 * (Solid Protocol, URI Slash Semantics). None for the root and for auxiliary resources.
 */
export function twinOf(path: ResourcePath): ResourcePath | undefined {
  if (path === rootPath || suffixOf(path) !== undefined) return undefined;
  return (isContainerPath(path) ? path.slice(0, -1) : `${path}/`) as ResourcePath;
}

/** The last segment, with its slash for a container. `/` for the root. */
export function nameOf(path: ResourcePath): string {
  return path === rootPath ? '/' : path.slice(path.lastIndexOf('/', path.length - 2) + 1);
}

/** Where the keyspace puts `path`. */
export function placeOf(path: ResourcePath): Place {
  const subject = subjectOf(path);
  return subject === undefined
    ? { family: 'resource', parent: parentOf(path) ?? '', name: nameOf(path) }
    : { family: 'auxiliary', parent: subject, name: path.slice(subject.length) };
}
