import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/http/server.ts';
import type { Answer } from '../load.ts';
import { spawnServer } from '../server.ts';
import type { BenchServer, StartServer } from '../server.ts';

const program = (name: string): string[] => ['--import', 'tsx', join('bench', 'servers', `${name}.ts`)];

/** Starts what answers everything with the status, the headers and the bytes of an answer of another server. */
export async function startBare(name: 'bare-http' | 'bare-koa', folder: string, answer: Answer): Promise<BenchServer> {
  const headers = answer.head.split('\r\n').slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
    // Node sends those by itself, as it does for the other server.
    .filter(([header]) => !/^(?:date|connection|keep-alive|transfer-encoding|content-length)$/i.test(header))
    .concat([['Content-Length', String(answer.body.length)]]);
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ headers: headers.flat(), body: answer.body.toString() }));
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  return spawnServer({ name, args: [...program(name), String(port), file], port, open: url, own: url, firstUrl: url });
}

/** Starts what streams files from and to the disk. */
export const startStreaming: StartServer = async ({ data }) => {
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const args = [...program('bare-streaming'), String(port), data];
  return spawnServer({ name: 'bare-streaming', args, port, open: url, own: url, firstUrl: url });
};

export const startCeiling: StartServer = async ({ data, identity, port }) => {
  const at = port ?? await freePort();
  const url = `http://localhost:${at}/`;
  const args = [...program('ceiling'), String(at), data, identity.issuer];
  const [open, own] = [`${url}open/`, `${url}own/`];
  return spawnServer({ name: 'ceiling', args, port: at, open, own, firstUrl: open });
};
