import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Eta } from 'eta';
import { packagePath } from '../package.ts';
import { Problem } from '../problem.ts';

/** The directory of the template that comes with the server. */
export const ownPodTemplate = packagePath('templates/pod/');

/** What a new pod is filled with. */
export interface PodValues {
  /** The absolute URL of the pod, with the slash at its end. */
  readonly base: string;
  /** The WebID of its owner, in this pod or elsewhere. */
  readonly webId: string;
  /** The name of its owner, in any words. */
  readonly label: string;
  /** The identity provider of the owner, where it is known. */
  readonly issuer?: string;
}

/** One of the first documents of a pod. */
export interface PodFile {
  /** Where it goes, relative to the pod: `profile/card`, `profile/.acl`. */
  readonly path: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** By the extension, which is `''` for names such as `card`, `.acl` and `.meta`. */
const mediaTypes: Readonly<Record<string, string>> = {
  '': 'text/turtle', '.acl': 'text/turtle', '.meta': 'text/turtle', '.ttl': 'text/turtle',
  '.jsonld': 'application/ld+json', '.json': 'application/json',
  '.html': 'text/html', '.md': 'text/markdown', '.txt': 'text/plain', '.css': 'text/css',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg',
};

const eta = new Eta({ tags: ['{{', '}}'], autoEscape: false });

/**
 * The first documents of a pod, from the files in a template directory. A file whose name ends in `.eta` is rendered
 * with `it.owner`, `it.issuer` (IRIs in angle brackets) and `it.label` (a string in quotes), which are whole terms of
 * Turtle, so a template need not escape them. All other files are taken as they are. Containers are there by the
 * paths of what is in them; each document comes before its auxiliary ones. IRIs in the pod are written relative to
 * the document, so that the pod can move. Throws Problem `invalid` if the WebID or the issuer is no absolute IRI.
 */
export async function readPodTemplate(directory: string, values: PodValues): Promise<readonly PodFile[]> {
  checkIri(values.webId);
  if (values.issuer) checkIri(values.issuer);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const documents = await Promise.all(files.map(async (file) => {
    const name = relative(directory, file).split(sep).join('/');
    const bytes = await readFile(file);
    if (!name.endsWith('.eta')) return { path: name, mediaType: mediaTypeOf(name), bytes };
    const path = name.slice(0, -'.eta'.length);
    return { path, mediaType: mediaTypeOf(path), bytes: Buffer.from(render(bytes.toString(), path, values)) };
  }));
  // In the order of their names a document comes before what adds a suffix to its name.
  return documents.sort((one, other) => one.path < other.path ? -1 : 1);
}

function mediaTypeOf(path: string): string {
  return mediaTypes[extname(path)] ?? 'application/octet-stream';
}

function render(template: string, path: string, { base, webId, label, issuer }: PodValues): string {
  return eta.renderString(template, {
    owner: `<${referenceTo(webId, base, path)}>`,
    issuer: issuer && `<${issuer}>`,
    label: stringTerm(label),
  });
}

/** How the document at `path` refers to an IRI: relative to itself if that is in the same pod. */
function referenceTo(iri: string, base: string, path: string): string {
  if (!iri.startsWith(base)) return iri;
  const place = iri.slice(base.length);
  if (place.startsWith(`${path}#`)) return place.slice(path.length);
  const up = '../'.repeat(path.split('/').length - 1);
  return (up || './') + place;
}

/** Throws unless an IRI is absolute and can stand between angle brackets (Turtle 1.1, section 2.4 and IRIREF). */
function checkIri(iri: string): void {
  if (URL.canParse(iri) && !/[\u0000-\u0020<>"{}|^`\\]/.test(iri)) return;
  throw new Problem('invalid', `This is not an absolute IRI: ${JSON.stringify(iri)}.`);
}

/** Every escape that JSON writes is one of Turtle's. A surrogate without its partner is no text in either. */
function stringTerm(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
