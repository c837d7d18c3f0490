import type { Quad } from '@rdfjs/types';
import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { dct, ldp, pim, posix, rdf, xsd } from '../rdf/vocabulary.ts';
import { writeRdf } from '../rdf/write.ts';
import { nameOf, rootPath } from '../pods/path.ts';
import type { Container, Resource } from '../pods/resource.ts';
import { urlOf } from '../pods/sight.ts';
import type { Exchange } from './exchange.ts';

/** The formats a container can be read in; the first is the one for those who do not say. */
export const listingFormats = ['turtle', 'jsonld'] as const;
export type ListingFormat = (typeof listingFormats)[number];

/** How much text is gathered before it is sent on, in characters. */
const chunkLength = 32 * 1024;

/**
 * The representation of a container (Solid Protocol, Resource Containment; LDP section 5.2): what it is, its members
 * with what is known of each (server-contained-resource-metadata), and its description. Written as the members come
 * from the database, so that it takes no more memory for a million of them.
 */
export async function* listing(exchange: Exchange, container: Container, format: ListingFormat): AsyncIterable<string> {
  const { sight, pods } = exchange;
  const base = urlOf(sight, container.path);
  const description = await describedBy(exchange, base);
  const shape = shapes[format];
  let text = shape.begin(container);
  let first = true;
  for await (const member of pods.members(sight.pod, container.path)) {
    text += shape.member(member, first);
    first = false;
    if (text.length >= chunkLength) {
      yield text;
      text = '';
    }
  }
  yield text + await shape.end(description, base);
}

interface Shape {
  readonly begin: (container: Container) => string;
  readonly member: (member: Resource, first: boolean) => string;
  readonly end: (description: Quad[], base: string) => Promise<string>;
}

const shapes: Readonly<Record<ListingFormat, Shape>> = {
  turtle: {
    begin: (container) => `@prefix dct: <${dct.namespace}>.
@prefix ldp: <${ldp.namespace}>.
@prefix posix: <${posix.namespace}>.
@prefix xsd: <${xsd.namespace}>.

<> a ${typesOf(container).turtle};
    dct:modified "${dateTime(container)}"^^xsd:dateTime; posix:mtime ${seconds(container)}.
`,
    member: (member) => {
      const name = reference(member);
      return `<> ldp:contains <${name}>.
<${name}> a ${typesOf(member).turtle};
    dct:modified "${dateTime(member)}"^^xsd:dateTime; posix:mtime ${seconds(member)}${
  member.kind === 'document' ? `; posix:size ${member.size}` : ''}.
`;
    },
    end: async (quads, base) =>
      (quads.length === 0 ? '' : writeRdf({ quads, prefixes: new Map() }, { format: 'turtle', base })),
  },
  jsonld: {
    begin: (container) => {
      const head = JSON.stringify({
        '@context': {
          dct: dct.namespace, ldp: ldp.namespace, posix: posix.namespace,
          modified: { '@id': 'dct:modified', '@type': xsd.dateTime },
        },
        '@id': '', '@type': typesOf(container).iris, modified: dateTime(container), 'posix:mtime': seconds(container),
      });
      return `[${head.slice(0, -1)},"ldp:contains":[`;
    },
    member: (member, first) => (first ? '' : ',') + JSON.stringify({
      '@id': reference(member), '@type': typesOf(member).iris,
      modified: dateTime(member), 'posix:mtime': seconds(member),
      ...(member.kind === 'document' ? { 'posix:size': member.size } : {}),
    }),
    end: async (quads, base) => {
      if (quads.length === 0) return ']}]';
      const nodes = await writeRdf({ quads, prefixes: new Map() }, { format: 'jsonld', base });
      return `]},${nodes}]`;
    },
  },
};

/** An IRI reference to a member, relative to the container. A colon in it must not be taken for a scheme's. */
function reference({ path }: Resource): string {
  const name = nameOf(path);
  return name.includes(':') ? `./${name}` : name;
}

/** The classes that a resource is of. */
interface Types {
  readonly iris: readonly string[];
  readonly turtle: string;
}

const containerTypes = typesFrom(ldp.Resource, ldp.Container, ldp.BasicContainer);
const storageTypes = typesFrom(...containerTypes.iris, pim.Storage);
/** By media type: most containers have members of few. */
const documentTypes = new LRUCache<string, Types>({ max: 100 });

function typesOf(resource: Resource): Types {
  if (resource.kind === 'container') return resource.path === rootPath ? storageTypes : containerTypes;
  const { mediaType } = resource;
  let types = documentTypes.get(mediaType);
  if (types === undefined) documentTypes.set(mediaType, types = typesFrom(ldp.Resource, mediaTypeIri(mediaType)));
  return types;
}

function typesFrom(...iris: string[]): Types {
  const short = (iri: string): string =>
    iri.startsWith(ldp.namespace) ? `ldp:${iri.slice(ldp.namespace.length)}` : `<${iri}>`;
  return { iris, turtle: iris.map(short).join(', ') };
}

/** What the classes of resources of a media type begin with. */
const mediaTypes = 'http://www.w3.org/ns/iana/media-types/';

/** The class of resources of a media type, as other servers name it. */
function mediaTypeIri(mediaType: string): string {
  const [essence = ''] = mediaType.split(';', 1);
  return `${mediaTypes}${essence.trim().toLowerCase().split('/').map(encodeURIComponent).join('/')}#Resource`;
}

function dateTime({ modified }: Resource): string {
  return new Date(modified).toISOString();
}

function seconds({ modified }: Resource): number {
  return Math.floor(modified / 1000);
}

async function describedBy({ sight, pods, limits }: Exchange, base: string): Promise<Quad[]> {
  const { description } = sight;
  const format = description && formatOf(description.document.mediaType);
  if (description === undefined || format === undefined) return [];
  const bytes = await pods.contents.read(description);
  const { quads } = await readRdf(bytes, { format, base: `${base}.meta`, maxQuads: limits.maxQuads });
  return quads;
}

const managed = new Set<string>([dct.modified, posix.mtime, posix.size]);
const managedTypes = new Set<string>([ldp.Resource, ldp.Container, ldp.BasicContainer]);

/**
 * Throws `conflict` when statements are among them that are for the server alone to make: what a container contains,
 * and what is known of it and its members (server-protect-containment, server-protect-contained-resource-metadata).
 * That a container is one may be said, for clients do say it. `container` is its URL.
 */
export function refuseManaged(quads: Iterable<Quad>, container: string): void {
  for (const { subject, predicate, object } of quads) {
    const about = subject.value.startsWith(container) && /^[^/#?]*\/?$/.test(subject.value.slice(container.length));
    const typed = predicate.value === rdf.type && (object.value === pim.Storage || object.value.startsWith(mediaTypes)
      || (managedTypes.has(object.value) && subject.value !== container));
    if (predicate.value === ldp.contains || (about && (typed || managed.has(predicate.value)))) {
      throw new Problem('conflict', 'Only the server says what a container contains, and its type, size and time: ' +
        `<${subject.value}> <${predicate.value}> <${object.value}> is not for clients to change.`);
    }
  }
}
