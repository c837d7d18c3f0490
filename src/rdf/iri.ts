/** Turns a reference into an absolute IRI. */
export type ResolveIri = (reference: string) => string;

const absolute = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The function that resolves references against an absolute base IRI (RFC 3986, section 5.2). Like the parsers of RDF,
 * and unlike `URL`, it leaves absolute IRIs and the spelling of characters as they are: IRIs are compared as strings.
 */
export function iriResolver(base: string): ResolveIri {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^([^:/?#]*:)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(base) ?? [];
  const root = scheme + authority;
  const folder = path.slice(0, path.lastIndexOf('/') + 1) || (authority === '' ? '' : '/');
  return (reference) => {
    if (absolute.test(reference)) return reference;
    if (reference === '') return root + path + query;
    if (reference.startsWith('#')) return root + path + query + reference;
    if (reference.startsWith('?')) return root + path + reference;
    if (reference.startsWith('//')) {
      const pathStart = reference.slice(2).search(/[/?#]|$/) + 2;
      return scheme + reference.slice(0, pathStart) + withoutDots(reference.slice(pathStart));
    }
    return root + withoutDots(reference.startsWith('/') ? reference : folder + reference);
  };
}

/** Removes the segments `.` and `..` from a path, which may be followed by a query and a fragment. */
function withoutDots(reference: string): string {
  const pathEnd = reference.search(/[?#]|$/);
  const path = reference.slice(0, pathEnd);
  if (!/(?:^|\/)\.\.?(?:\/|$)/.test(path)) return reference;
  const kept: string[] = [];
  const segments = path.split('/');
  segments.forEach((segment, index) => {
    if (segment !== '.' && segment !== '..') return kept.push(segment);
    if (segment === '..' && kept.length > 1) kept.pop();
    return index === segments.length - 1 ? kept.push('') : 0;
  });
  return kept.join('/') + reference.slice(pathEnd);
}
