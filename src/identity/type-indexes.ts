import type { Quad } from '@rdfjs/types';
import { normalIri } from '../access/iri.ts';
import { pim, rdf, solid } from '../rdf/vocabulary.ts';
import type { OwnDocuments } from './own-documents.ts';

/** What a person's type indexes say (Solid Type Indexes): where data of which class is. */
export interface TypeIndexes {
  /** The documents themselves, by their URLs. */
  readonly documents: readonly string[];
  /** Folders and documents, each with the names of the classes that it is for: `Bookmark`. */
  readonly places: readonly { readonly location: string; readonly classes: readonly string[] }[];
}

/** Of a person who has more, the rest is not told. */
const maxDocuments = 4;
const maxPlaces = 50;

/**
 * Reads the type indexes of a WebID: those that its document names, and those that its preferences file does. What is
 * in the pods of the person is read, whoever may read it, and nothing else, as what is found is told to that person.
 * `pods`: their base URLs.
 */
export async function readTypeIndexes(
  own: Pick<OwnDocuments, 'statements'>, webId: string, pods: readonly string[],
): Promise<TypeIndexes> {
  const read = async (iri: string): Promise<readonly Quad[]> => {
    const url = normalIri(iri);
    return pods.some((base) => url.startsWith(base)) ? await own.statements(url) ?? [] : [];
  };
  const profile = await read(webId);
  const [preferences] = objectsOf(profile, webId, [pim.preferencesFile]);
  const preferred = preferences === undefined ? [] : await read(preferences);
  const named = objectsOf([...profile, ...preferred], webId, [solid.publicTypeIndex, solid.privateTypeIndex]);
  const documents = [...new Set(named)].slice(0, maxDocuments);
  const classes = new Map<string, Set<string>>();
  for (const document of documents) {
    for (const [location, name] of registrationsIn(await read(document))) {
      if (classes.size >= maxPlaces && !classes.has(location)) continue;
      classes.set(location, (classes.get(location) ?? new Set()).add(name));
    }
  }
  return { documents, places: [...classes].map(([location, names]) => ({ location, classes: [...names] })) };
}

function objectsOf(quads: readonly Quad[], about: string, predicates: readonly string[]): string[] {
  const subject = normalIri(about);
  return quads.filter(({ subject: { termType, value }, predicate, object }) => predicates.includes(predicate.value)
    && termType === 'NamedNode' && normalIri(value) === subject && object.termType === 'NamedNode')
    .map(({ object }) => object.value);
}

/** Places, each with the name of a class that it is registered for. */
function registrationsIn(quads: readonly Quad[]): [location: string, name: string][] {
  const registrations = quads.filter(({ predicate, object }) => predicate.value === rdf.type
    && object.value === solid.TypeRegistration).map(({ subject }) => subject.value);
  return registrations.flatMap((registration) => {
    const of = (predicates: readonly string[]): string[] => quads.filter(({ subject, predicate, object }) =>
      subject.value === registration && predicates.includes(predicate.value) && object.termType === 'NamedNode')
      .map(({ object }) => object.value);
    const names = of([solid.forClass]).map(nameOf);
    return of([solid.instanceContainer, solid.instance]).flatMap((location) =>
      names.map((name): [string, string] => [location, name]));
  });
}

/** What people call a class: the last part of its IRI. */
function nameOf(iri: string): string {
  return decoded(/([^#/]+)[#/]?$/.exec(iri)?.[1] ?? iri).slice(0, 60);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
