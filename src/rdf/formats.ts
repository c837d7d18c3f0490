/** The forms of RDF that are read and written, by the short names used throughout the code. */
export type RdfFormat = 'turtle' | 'jsonld' | 'ntriples' | 'nquads' | 'trig';

/** What is known about one form of RDF. `datasets`: it can hold named graphs beside the default graph. */
export interface FormatFacts {
  readonly mediaType: string;
  readonly label: string;
  readonly datasets: boolean;
}

/** Every form of RDF, in the order in which the server prefers them. Each one can be read and written. */
export const formats: Readonly<Record<RdfFormat, FormatFacts>> = {
  turtle: { mediaType: 'text/turtle', label: 'Turtle', datasets: false },
  jsonld: { mediaType: 'application/ld+json', label: 'JSON-LD', datasets: true },
  ntriples: { mediaType: 'application/n-triples', label: 'N-Triples', datasets: false },
  nquads: { mediaType: 'application/n-quads', label: 'N-Quads', datasets: true },
  trig: { mediaType: 'application/trig', label: 'TriG', datasets: true },
};

const byMediaType = new Map(
  (Object.keys(formats) as RdfFormat[]).map((format) => [formats[format].mediaType, format]),
);

/** The form of RDF that a media type names, whatever its letter case and parameters; undefined if it names none. */
export function formatOf(mediaType: string): RdfFormat | undefined {
  const end = mediaType.indexOf(';');
  return byMediaType.get((end < 0 ? mediaType : mediaType.slice(0, end)).trim().toLowerCase());
}

/** The media type of a form of RDF, without parameters. */
export function mediaTypeOf(format: RdfFormat): string {
  return formats[format].mediaType;
}
