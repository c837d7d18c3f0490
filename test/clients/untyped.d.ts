/** The parts that the tests use of two packages that have no types. */
declare module 'jsonld' {
  const jsonld: { toRDF(document: unknown, options: { base: string }): Promise<import('@rdfjs/types').Quad[]> };
  export = jsonld;
}

declare module 'rdf-canonize' {
  /** RDF Dataset Canonicalization: the same text for all datasets that are isomorphic. */
  export function canonize(
    dataset: readonly import('@rdfjs/types').Quad[],
    options: { algorithm: 'RDFC-1.0'; format: 'application/n-quads' },
  ): Promise<string>;
}
