import { Problem } from '../problem.ts';
import type { PodAddresses } from './addresses.ts';
import { podBase } from './addresses.ts';
import { auxiliaryPath } from './path.ts';
import type { ResourcePath } from './path.ts';
import type { Pod } from './pod.ts';
import type { Pods } from './pods.ts';
import { ownPodTemplate, readPodTemplate } from './template.ts';
import type { PodFile } from './template.ts';
import type { Beside } from './transaction.ts';

export interface NewPod {
  readonly name: string;
  /** The owner's WebID, elsewhere; when not given, the one in the pod's own profile document. */
  readonly webId?: string | undefined;
  /** The name of its owner, in any words; when not given, that of the pod. */
  readonly label?: string | undefined;
  /** Containers, relative to the root and with a slash at the end, that everybody may read and write. */
  readonly open?: readonly string[] | undefined;
}

/** The WebID in the profile document that a new pod has. */
export function ownWebId(base: string): string {
  return `${base}profile/card#me`;
}

/**
 * Makes a pod with its first contents. Throws `conflict` when there is one at its address, and `invalid` for a name
 * that cannot be one. `beside`: see `Pods.create`.
 */
export async function createPod(
  pods: Pods, addresses: PodAddresses, baseUrl: string, { name, webId: given, label = name, open = [] }: NewPod,
  beside?: (writes: Beside, made: Pod) => Promise<void>,
): Promise<Pod> {
  const base = podBase(addresses, baseUrl, name);
  const webId = given ?? ownWebId(base);
  // Whoever has a WebID elsewhere has an issuer there: it is not for this document to name one.
  const issuer = given === undefined ? { issuer: baseUrl } : {};
  const contents = await readPodTemplate(ownPodTemplate, { base, webId, label, ...issuer });
  const files = [...contents, ...open.map((folder) => openAcl(folder, webId))];
  return pods.create({ base, owners: [webId] }, files, beside);
}

/**
 * Gives the resource at `path` the access that it has in a new pod: the ACL document of the template where that has
 * one, else none, so that it inherits. For owners whose rules went wrong; whoever calls this knows that it is one.
 */
export async function resetAcl(
  pods: Pods, pod: Pod, path: ResourcePath,
): Promise<'replaced' | 'removed' | 'inherited'> {
  const at = auxiliaryPath(path, 'acl');
  const [webId = ''] = pod.owners;
  const contents = await readPodTemplate(ownPodTemplate, { base: pod.base, webId, label: '' });
  const own = contents.find((file) => `/${file.path}` === at);
  if (own !== undefined) {
    await pods.put(pod, at, () => undefined, { mediaType: own.mediaType, content: { bytes: own.bytes } });
    return 'replaced';
  }
  try {
    await pods.remove(pod, at, () => undefined);
    return 'removed';
  } catch (error) {
    if (error instanceof Problem && error.kind === 'missing') return 'inherited';
    throw error;
  }
}

function openAcl(folder: string, owner: string): PodFile {
  const rules = `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
@prefix foaf: <http://xmlns.com/foaf/0.1/>.

<#owner> a acl:Authorization;
    acl:agent <${owner}>;
    acl:accessTo <./>; acl:default <./>;
    acl:mode acl:Read, acl:Write, acl:Control.

<#everybody> a acl:Authorization;
    acl:agentClass foaf:Agent;
    acl:accessTo <./>; acl:default <./>;
    acl:mode acl:Read, acl:Write.
`;
  return { path: `${folder}.acl`, mediaType: 'text/turtle', bytes: Buffer.from(rules) };
}
