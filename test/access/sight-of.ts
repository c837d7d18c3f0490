import type { Pod } from '../../src/pods/pod.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import type { Document } from '../../src/pods/resource.ts';
import type { Read, Sight } from '../../src/pods/sight.ts';

export const podBase = 'https://pod.example/';

/** The prefixes that every ACL document in Turtle has here. */
export const prefixes = `@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.
  @prefix vcard: <http://www.w3.org/2006/vcard/ns#>. @prefix bob: <https://bob.example/card#>. `;

/** The ACL documents of a tree, by the path of the resource that they belong to, without the first slash. */
export type Tree = Readonly<Record<string, string>>;

export interface SightOptions extends Partial<Pick<Pod, 'id' | 'base' | 'owners' | 'apps'>> {
  /** That of each ACL document. */
  readonly version?: string;
  /** Reads what else there is. */
  readonly read?: Read;
}

/** What a look at `path` shows in a pod with these ACL documents and nothing else. */
export function sightOf(path: string, tree: Tree, options: SightOptions = {}): Sight {
  const { version = '1', read = async (keys) => keys.map(() => undefined), ...pod } = options;
  const acls = upwards(path).filter((at) => at in tree).map((at) => {
    const text = tree[at]!;
    const json = text.startsWith('{');
    const bytes = Buffer.from(json ? text : prefixes + text);
    const document: Document = {
      kind: 'document', path: `/${at}.acl` as ResourcePath, mediaType: json ? 'application/ld+json' : 'text/turtle',
      size: bytes.byteLength, created: 0, modified: 0, revision: 1,
    };
    return { document, bytes, version };
  });
  return {
    pod: { id: 'p', base: podBase, owners: ['https://ann.example/card#me'], ...pod, created: 0, version: '1' },
    tally: { sequence: 1, resources: 1, bytes: 0 }, state: '', path: `/${path}` as ResourcePath, resource: undefined,
    bytes: undefined, twin: undefined, subject: undefined, description: undefined, ancestors: [], acls,
    source: { read, checked: false },
  };
}

/** Everything from a path up to the root, the nearest first. */
export function upwards(path: string): string[] {
  return path === '' ? [''] : [path, ...upwards(path.replace(/[^/]+\/?$/, ''))];
}
