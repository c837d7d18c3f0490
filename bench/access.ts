/**
 * `npm run bench:access`: what it costs to decide about one request, without HTTP, when the ACL documents have been
 * parsed before: a document ten containers deep, an ACL with 50 authorizations on every container, and the agent named
 * in the last of them. Prints a table.
 */
import assert from 'node:assert/strict';
import { Access } from '../src/access/access.ts';
import { Apps } from '../src/access/apps.ts';
import { includes, read, write } from '../src/access/modes.ts';
import type { Agent } from '../src/access/agent.ts';
import { schema } from '../src/config/options.ts';
import type { ResourcePath } from '../src/pods/path.ts';
import { Pods } from '../src/pods/pods.ts';
import { MemoryBlobs } from '../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../src/storage/memory.ts';

const depth = 10;
const authorizations = 50;
const base = 'https://pods.example/alice/';
const owner = `${base}profile/card#me`;
const rounds = 200_000;

/** Counts round trips to the store. */
class CountedDatabase extends MemoryDatabase {
  reads = 0;

  override get(...args: Parameters<MemoryDatabase['get']>): ReturnType<MemoryDatabase['get']> {
    this.reads += 1;
    return super.get(...args);
  }
}

function aclText(): Buffer {
  const rules = Array.from({ length: authorizations }, (_, i) => `<#rule${i}> a acl:Authorization;
    acl:agent <https://agent${i}.example/profile/card#me>; acl:accessTo <./>; acl:default <./>;
    acl:mode ${i % 2 === 0 ? 'acl:Read' : 'acl:Read, acl:Write'}.`);
  return Buffer.from(`@prefix acl: <http://www.w3.org/ns/auth/acl#>.\n${rules.join('\n')}`);
}

const database = new CountedDatabase();
const pods = new Pods(database, new MemoryBlobs(), schema.parse({}));
const access = new Access(new Apps(database), {
  pods, locate: () => undefined, maxGroupBytes: 1, remote: { read: () => Promise.reject(new Error()), known: () => undefined },
});

const containers = Array.from({ length: depth + 1 }, (_, i) => '/c'.repeat(i).slice(1) + (i === 0 ? '' : '/'));
await pods.create({ base, owners: [owner] }, containers.map((path) =>
  ({ path: `${path}.acl`, mediaType: 'text/turtle', bytes: aclText() })));
const path = pods.parsePath(`/${containers.at(-1)!}document.ttl`);

const agents: readonly [what: string, agent: Agent][] = [
  ['the public', {}],
  ['an agent of the last authorization', { webId: `https://agent${authorizations - 1}.example/profile/card#me` }],
  ['the same with an app, an issuer and an origin', {
    webId: `https://agent${authorizations - 1}.example/profile/card#me`, client: 'https://app.example/id',
    issuer: 'https://id.example/', origin: 'https://app.example',
  }],
  ['the same with a token for ten containers', {
    webId: `https://agent${authorizations - 1}.example/profile/card#me`, client: 'https://app.example/id',
    authority: [{ locations: containers.map((container) => base + container), except: [], modes: read | write }],
  }],
  ['the owner', { webId: owner }],
];

async function microseconds(work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < rounds / 10; i += 1) await work();
  const begun = performance.now();
  for (let i = 0; i < rounds; i += 1) await work();
  return (performance.now() - begun) * 1000 / rounds;
}

await pods.look(base, path);
database.reads = 0;
const sight = (await pods.look(base, path))!;
for (const [what, agent] of agents) {
  const { user } = await access.privileges(sight, path, agent);
  assert.equal(includes(user, read), agent.webId?.startsWith('https://agent') === true);
  console.log(`${what.padEnd(50)} ${(await microseconds(() => access.privileges(sight, path, agent))).toFixed(2).padStart(6)} µs`);
}
const parent = containers.at(-1)!;
const creating = async (): Promise<void> => {
  await access.privileges(sight, path, agents[1]![1]);
  await access.privileges(sight, `/${parent}` as ResourcePath, agents[1]![1]);
};
console.log(`${'creating, which asks about the container too'.padEnd(50)} ${(await microseconds(creating)).toFixed(2).padStart(6)} µs`);
console.log(`round trips to the store for one request            ${String(database.reads).padStart(6)}`);
