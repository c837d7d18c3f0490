import { TokenBearer } from '../../clients/dpop.ts';
import { makePerson } from '../../clients/account-script.ts';
import type { Person } from '../../clients/account-script.ts';

/** Someone with a pod on a node, logged in at that node. */
export interface Member extends Person {
  readonly user: TokenBearer;
}

/** Makes an account with a pod and logs in, as a script does. */
export async function makeMember(node: string, name: string): Promise<Member> {
  const names = { email: `${name}@example.org`, password: `the password of ${name}`, pod: name };
  const person = await makePerson(node, names);
  return { ...person, user: await TokenBearer.login(person.issuer, person.credential) };
}

/** Where the access rules of a resource are, by its Link header (Web Access Control, section 4.1). */
async function aclOf(owner: Member, url: string): Promise<string> {
  const response = await owner.user.fetch(url, { method: 'HEAD' });
  const link = response.headers.get('link') ?? '';
  const [, target] = /<([^>]+)>\s*;\s*rel="?acl"?/.exec(link) ?? [];
  if (target === undefined) throw new Error(`no rel="acl" at ${url}: ${response.status} ${link}`);
  return new URL(target, url).href;
}

/** Has the owner of a container say who else may read and write there. Throws when their server refuses. */
export async function share(owner: Member, container: string, webIds: readonly string[]): Promise<void> {
  const acl = await aclOf(owner, container);
  const rule = (name: string, agents: readonly string[], modes: string): string => `
<#${name}> a acl:Authorization; acl:agent ${agents.map((webId) => `<${webId}>`).join(', ')};
  acl:accessTo <${container}>; acl:default <${container}>; acl:mode ${modes}.`;
  const response = await owner.user.fetch(acl, {
    method: 'PUT', headers: { 'content-type': 'text/turtle' },
    body: `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
${rule('owner', [owner.webId], 'acl:Read, acl:Write, acl:Control')}
${webIds.length === 0 ? '' : rule('others', webIds, 'acl:Read, acl:Write')}`,
  });
  if (!response.ok) throw new Error(`PUT ${acl}: ${response.status} ${await response.text()}`);
}

/** Makes a container in the pod of its owner, which nobody else may see. */
export async function makeContainer(owner: Member, name: string): Promise<string> {
  const container = `${owner.pod}${name}/`;
  const response = await owner.user.fetch(container, { method: 'PUT', headers: { 'content-type': 'text/turtle' } });
  if (!response.ok) throw new Error(`PUT ${container}: ${response.status} ${await response.text()}`);
  return container;
}

export async function write(user: TokenBearer, url: string, text: string): Promise<number> {
  const response = await user.fetch(url, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: text });
  await response.arrayBuffer();
  return response.status;
}
