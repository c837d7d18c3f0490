import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { schema } from '../../src/config/options.ts';
import { freePort } from '../../src/http/server.ts';
import { createPod } from '../../src/pods/new-pod.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { Pods } from '../../src/pods/pods.ts';
import type { Database } from '../../src/storage/database.ts';
import { openFiles } from '../../src/storage/files.ts';
import { openLevel } from '../../src/storage/level.ts';
import { spawnServer } from '../server.ts';
import type { BenchServer, StartServer } from '../server.ts';

/** A store of Freehold that no server has open. */
export interface Store {
  readonly database: Database;
  readonly pods: Pods;
  /** The pod with the containers that every server of the bench has. */
  readonly pod: Pod;
  readonly baseUrl: string;
}

const access = (owner: string, anybody: string): string => `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
<#agent> a acl:Authorization; acl:agent <${owner}>; acl:accessTo <./>; acl:default <./>;
  acl:mode acl:Read, acl:Write, acl:Control.
${anybody}`;

const anybodyReads = `<#anybody> a acl:Authorization; acl:agentClass <http://xmlns.com/foaf/0.1/Agent>;
  acl:accessTo <./>; acl:default <./>; acl:mode acl:Read.
`;

/** Makes the store that Freehold will serve at `port`; `fill` puts into it what a work needs, without HTTP. */
export async function makeStore(
  { data, webId, port }: { readonly data: string; readonly webId: string; readonly port: number },
  fill: (store: Store) => Promise<void> = async () => undefined,
): Promise<void> {
  await mkdir(data, { recursive: true });
  await using database = await openLevel(join(data, 'database'));
  await using blobs = await openFiles(join(data, 'blobs'));
  const pods = new Pods(database, blobs, { ...schema.parse({}), maxWaitingWrites: 1_000_000 });
  const baseUrl = `http://localhost:${port}/`;
  const pod = await createPod(pods, 'path', baseUrl, { name: 'bench', webId });
  const turtle = { mediaType: 'text/turtle' };
  for (const [container, text] of [['/open/', access(webId, anybodyReads)], ['/own/', access(webId, '')]] as const) {
    await pods.putContainer(pod, pods.parsePath(container), () => undefined);
    const content = { bytes: Buffer.from(text) };
    await pods.put(pod, pods.parsePath(`${container}.acl`), () => undefined, { ...turtle, content });
  }
  await fill({ database, pods, pod, baseUrl });
}

/** Starts Freehold as it was built, on the store in `data`, which is made when there is none. */
export const startFreehold: StartServer = async ({ data, identity, port }) => {
  const at = port ?? await freePort();
  if (!existsSync(join(data, 'database'))) await makeStore({ data, webId: identity.webId, port: at });
  return serveStore(data, at);
};

/** The same, on what there is in `data`, if there is anything; `first`: what of it is asked for first. */
export function serveStore(data: string, port: number, first?: string): Promise<BenchServer> {
  const url = `http://localhost:${port}/`;
  const profile = process.env['BENCH_PROFILE'];
  const args = [
    ...profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    'dist/main.js', '--port', String(port), '--data', data, '--log-level', 'warn', '--remote-localhost', 'yes',
    '--max-tokens-per-address', '1000000',
  ];
  const [open, own] = [`${url}bench/open/`, `${url}bench/own/`];
  return spawnServer({ name: 'freehold', args, port, open, own, firstUrl: first ?? url, firstStatus: 200 });
}
