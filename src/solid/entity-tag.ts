import type { Current } from '../http/conditional.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import { formatOf } from '../rdf/formats.ts';
import type { Pod } from '../pods/pod.ts';
import type { Resource } from '../pods/resource.ts';

/** What stands in an entity tag for a representation in a format. */
const suffixes: Readonly<Record<RdfFormat, string>> = {
  turtle: 'ttl', jsonld: 'jsonld', ntriples: 'nt', nquads: 'nq', trig: 'trig',
};

/**
 * The strong entity tag (RFC 9110 section 8.8.3) of a representation, without its quotes: the pod, the revision of the
 * resource, and the format if it is one of several. A revision never returns, so neither does a tag.
 */
export function entityTag(pod: Pod, resource: Resource, format = ownFormat(resource)): string {
  return `${revisionOf(pod, resource)}${format === undefined ? '' : `-${suffixes[format]}`}`;
}

/**
 * The state of a resource for conditional requests: If-Match holds with the tag of any representation of the current
 * state, whatever format the client read it in.
 */
export function stateOf(pod: Pod, resource: Resource, format = ownFormat(resource)): Current {
  const revision = revisionOf(pod, resource);
  return {
    tag: entityTag(pod, resource, format),
    isCurrent: (value) =>
      value === revision || Object.values(suffixes).some((suffix) => value === `${revision}-${suffix}`),
    lastModified: new Date(resource.kind === 'container' ? resource.listed : resource.modified),
  };
}

function ownFormat(resource: Resource): RdfFormat | undefined {
  return resource.kind === 'container' ? 'turtle' : formatOf(resource.mediaType);
}

function revisionOf(pod: Pod, resource: Resource): string {
  return `${pod.id.slice(0, 6)}-${resource.revision.toString(36)}`;
}
