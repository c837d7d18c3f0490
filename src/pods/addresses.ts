import { Problem } from '../problem.ts';
import { isNodes } from './path.ts';

/**
 * Where the pods of a node are: `path` under the base URL (`https://host/alice/`), `subdomain` in front of its host
 * (`https://alice.host/`), or `root`, one pod that is the whole of it.
 */
export type PodAddresses = 'path' | 'subdomain' | 'root';

/** The base URL of a pod and the path of the request within it, still as it came, with its leading slash. */
export interface Address {
  readonly base: string;
  readonly path: string;
}

/** Names that people would take for the node itself. */
const reservedNames = new Set(`account accounts admin administrator api app apps auth autoconfig autodiscover cdn
  dashboard dns docs freehold ftp help host hostmaster id idp imap info issuer localhost login logout mail me mx ns ns1
  ns2 oauth oidc pod pods pop postmaster register root security settings signup smtp solid ssl static status storage
  support system webmaster wpad www`.split(/\s+/));

/** Lower case and fit for a host name (RFC 1035 section 2.3.1), whatever the addresses are now: they may change. */
const podName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The base URL for a new pod. Throws `invalid` for a name that cannot be one. `base`: the node's, with its slash. */
export function podBase(addresses: PodAddresses, base: string, name: string): string {
  if (addresses === 'root') return base;
  if (!podName.test(name)) {
    throw new Problem('invalid', `"${name}" cannot name a pod: use 1 to 63 lower-case letters, digits and hyphens.`);
  }
  if (reservedNames.has(name)) throw new Problem('invalid', `"${name}" cannot name a pod: the name is reserved.`);
  const url = new URL(base);
  return addresses === 'path' ? `${base}${name}/` : `${url.protocol}//${name}.${url.host}/`;
}

/**
 * Finds the pod that a request target speaks of; `undefined` when it speaks of none (the node itself).
 * `host` is the Host header, `target` the request target without its query. Throws `missing` when the request was
 * meant for another host: a mistake in a proxy's configuration more often than not, so it says what it expected.
 */
export function locate(
  addresses: PodAddresses, base: string, host: string | undefined, target: string,
): Address | undefined {
  const node = partsOf(base);
  const asked = host?.toLowerCase().replace(node.protocol === 'https:' ? /:443$/ : /:80$/, '');
  if (asked !== node.host && addresses === 'subdomain' && asked?.endsWith(`.${node.host}`) === true) {
    const name = asked.slice(0, -node.host.length - 1);
    return isPodName(name) ? { base: `${node.protocol}//${asked}/`, path: target } : undefined;
  }
  if (asked !== node.host) {
    throw new Problem('missing', `This server answers for ${node.host}, not for "${host ?? ''}". ` +
      'If you run it, check its baseUrl and the Host header that your proxy passes on.');
  }
  if (addresses === 'subdomain' || !target.startsWith(node.pathname)) return undefined;
  if (addresses === 'root') {
    const path = target.slice(node.pathname.length - 1);
    return isNodes(path) ? undefined : { base, path };
  }
  const [name = ''] = target.slice(node.pathname.length).split('/', 1);
  return isPodName(name)
    ? { base: `${base}${name}/`, path: target.slice(node.pathname.length + name.length) }
    : undefined;
}

let parts: Pick<URL, 'href' | 'protocol' | 'host' | 'pathname'> | undefined;

/** The base of a node is the same with every request. */
function partsOf(base: string): Pick<URL, 'href' | 'protocol' | 'host' | 'pathname'> {
  if (parts?.href !== base) {
    const { href, protocol, host, pathname } = new URL(base);
    parts = { href, protocol, host, pathname };
  }
  return parts;
}

function isPodName(name: string): boolean {
  return podName.test(name) && !reservedNames.has(name);
}

/** Finds the pod of this node that an absolute URL lies in; `undefined` when it is the node's or another server's. */
export function locateUrl(addresses: PodAddresses, base: string, url: string): Address | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== new URL(base).protocol) return undefined;
  try {
    return locate(addresses, base, host, pathname);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** Whether requests for the pod at the base URL `pod` would find it: the node may have another address than before. */
export function isReachable(addresses: PodAddresses, base: string, pod: string): boolean {
  return locateUrl(addresses, base, pod)?.base === pod;
}
