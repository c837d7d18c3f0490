import assert from 'node:assert/strict';
import { makePerson } from '../../clients/account-script.ts';
import type { Person } from '../../clients/account-script.ts';
import { TokenBearer } from '../../clients/dpop.ts';

/** People of the node who show what pages look like when they are used. */
export const people = {
  owner: { email: 'maria.holm@example.org', password: 'keep the lights on here', pod: 'maria' },
  anna: { email: 'anna.lindqvist@example.org', password: 'seven grey geese over the lake', pod: 'anna' },
  bjorn: { email: 'bjorn@example.org', password: 'a bear sleeps in winter', pod: 'bjorn' },
  chen: { email: 'li.chen@example.org', password: 'tea before the rain comes', pod: 'chen' },
  dora: { email: 'dora.k@example.org', password: 'dora has lost her keys again', pod: 'dora' },
  emil: { email: 'emil@example.org', password: 'emil has no pod so far', pod: 'emil' },
} as const;

/** What is in a pod, and of what size in bytes. */
const contents: readonly [path: string, type: string, size: number][] = [
  ['notes/2026/garden.md', 'text/markdown', 4_200],
  ['notes/2026/letters.md', 'text/markdown', 9_100],
  ['notes/shopping.txt', 'text/plain', 300],
  ['photos/2026/lake/IMG_0231.jpg', 'image/jpeg', 3_400_000],
  ['photos/2026/lake/IMG_0232.jpg', 'image/jpeg', 2_900_000],
  ['recipes/cardamom-buns.ttl', 'text/turtle', 0],
  ['health/blood-pressure.csv', 'text/csv', 22_000],
];

/** Makes an account with a pod and something in it, which is shared in part. Gives who it is. */
export async function moveIn(node: string, who: typeof people[keyof typeof people], friend?: string): Promise<Person> {
  const person = await makePerson(node, who);
  await fill(person, friend);
  return person;
}

/** Puts something into the pod; `friend`: a WebID with which some of it is shared. */
export async function fill(person: Person, friend?: string): Promise<void> {
  const bearer = await TokenBearer.login(person.issuer, person.credential);
  const put = async (path: string, type: string, body: string | Buffer): Promise<void> => {
    const init = { method: 'PUT', headers: { 'content-type': type }, body };
    const { status } = await bearer.fetch(`${person.pod}${path}`, init);
    assert.equal(status, 201, path);
  };
  for (const [path, type, size] of contents) await put(path, type, Buffer.alloc(size, 'lorem ipsum '));
  if (friend === undefined) return;
  await put('photos/2026/lake/.acl', 'text/turtle', `${owned(person.webId)}
    <#friends> a acl:Authorization; acl:agent <${friend}>; acl:accessTo <./>; acl:default <./>;
      acl:mode acl:Read, acl:Append.`);
  await put('recipes/.acl', 'text/turtle', `${owned(person.webId)}
    <#all> a acl:Authorization; acl:agentClass <http://xmlns.com/foaf/0.1/Agent>; acl:accessTo <./>; acl:default <./>;
      acl:mode acl:Read.
    <#known> a acl:Authorization; acl:agentClass acl:AuthenticatedAgent; acl:accessTo <./>; acl:default <./>;
      acl:mode acl:Append.`);
}

function owned(webId: string): string {
  return `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
    <#owner> a acl:Authorization; acl:agent <${webId}>; acl:accessTo <./>; acl:default <./>;
      acl:mode acl:Read, acl:Write, acl:Control.`;
}
