/** So many `../` a relative reference may begin with; what is further away is written in full. */
const maxParents = 3;

const dotSegment = /(?:^|\/)\.{1,2}(?:[/?#]|$)/;

/**
 * The function that gives the reference by which a document at this absolute base IRI names an IRI: relative where
 * resolving it (RFC 3986, section 5) gives back exactly that IRI, and it is short; else the IRI itself.
 *
 * For `http://h/alice/card`: `` for itself, `#me`, `photo.jpg`, `./` for the container it is in, `../bob/`.
 */
export function relativeTo(base: string): (iri: string) => string {
  const document = base.replace(/#.*$/s, '');
  const folders = foldersOf(document);
  return (iri) => {
    if (iri.startsWith(document)) {
      if (iri.length === document.length) return '';
      if (iri.charAt(document.length) === '#') return iri.slice(document.length);
    }
    for (const [index, folder] of folders.entries()) {
      if (iri.startsWith(folder)) return inFolder(iri.slice(folder.length), index) ?? iri;
    }
    return iri;
  };
}

/** The folder that a document is in, and those around it, nearest first, up to the root; none if there can be doubt. */
function foldersOf(document: string): string[] {
  const [, root, path] = /^(https?:\/\/[^/?#]+)([^?#]*)/.exec(document) ?? [];
  if (root === undefined || path === undefined || path.includes('//') || dotSegment.test(path)) return [];
  const segments = path.split('/').slice(1, -1);
  const folders = [`${root}/`];
  for (const segment of segments) folders.push(`${folders.at(-1)}${segment}/`);
  return folders.toReversed().slice(0, maxParents + 1);
}

/** The reference for what comes after the folder so many levels up; undefined if none would resolve to just that. */
function inFolder(rest: string, levels: number): string | undefined {
  const path = rest.replace(/[?#].*$/s, '');
  if (path.startsWith('/') || path.includes('//') || dotSegment.test(path)) return undefined;
  if (levels > 0) return '../'.repeat(levels) + rest;
  // RFC 3986, section 4.2 allows a colon after `?` or `#`; n3 takes it for the end of a scheme there too.
  const plain = /^[^/?#:][^/:]*(?:\/|$)/.test(rest);
  return plain ? rest : `./${rest}`;
}
