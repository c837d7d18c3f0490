import type { PodAddresses } from './addresses.ts';
import { podBase } from './addresses.ts';
import type { Pod } from './pod.ts';
import type { Pods } from './pods.ts';
import { ownPodTemplate, readPodTemplate } from './template.ts';
import type { PodFile } from './template.ts';

export interface NewPod {
  readonly name: string;
  /** Containers, relative to the root and with a slash at the end, that everybody may read and write. */
  readonly open?: readonly string[] | undefined;
}

/**
 * Makes a pod with its first contents, whose owner is the WebID in its own profile document. Throws `conflict` when
 * there is one at its address, and `invalid` for a name that cannot be one.
 */
export async function createPod(
  pods: Pods, addresses: PodAddresses, baseUrl: string, { name, open = [] }: NewPod,
): Promise<Pod> {
  const base = podBase(addresses, baseUrl, name);
  const webId = `${base}profile/card#me`;
  const contents = await readPodTemplate(ownPodTemplate, { base, webId, label: name, issuer: baseUrl });
  return pods.create({ base, owners: [webId] }, [...contents, ...open.map((folder) => openAcl(folder, webId))]);
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
