import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/http/server.ts';
import { spawnServer } from '../server.ts';
import type { BenchServer, StartOptions } from '../server.ts';

/** Where a peer is to be, and where its files are. */
export interface Place {
  readonly port: number;
  /** Its base URL, with a slash at its end. */
  readonly url: string;
  readonly data: string;
  /** The folder that it serves. */
  readonly files: string;
}

/** A rule on the container whose `.acl` it stands in, and on all that is within. */
const rule = (whom: string, modes: string): string => `[] a acl:Authorization; ${whom};
  acl:accessTo <./>; acl:default <./>; acl:mode ${modes}.`;

/**
 * Starts a peer that serves a folder of files, one for each resource, which has the containers of the bench in it.
 * `command`: its program, within `bench/peers/node_modules/`, and the arguments.
 */
export async function startOnFiles(
  name: string, { data, identity, port: wanted }: StartOptions, command: (place: Place) => [string, ...string[]],
): Promise<BenchServer> {
  const port = wanted ?? await freePort();
  const url = `http://localhost:${port}/`;
  const files = join(data, 'files');
  const agent = rule(`acl:agent <${identity.webId}>`, 'acl:Read, acl:Write, acl:Control');
  await writeAcl(join(files, 'bench', 'own'), agent);
  const openFolder = join(files, 'bench', 'open');
  await writeAcl(openFolder, agent, rule('acl:agentClass foaf:Agent', 'acl:Read'));

  const [program, ...args] = command({ port, url, data, files });
  const open = `${url}bench/open/`;
  const server = await spawnServer({
    name, args: [join('bench', 'peers', 'node_modules', program), ...args], port, open, own: `${url}bench/own/`,
    firstUrl: open, patience: 120_000,
  });
  return { ...server, openFolder };
}

async function writeAcl(container: string, ...rules: readonly string[]): Promise<void> {
  const prefixes = '@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.';
  await mkdir(container, { recursive: true });
  await writeFile(join(container, '.acl'), [prefixes, ...rules, ''].join('\n'));
}
