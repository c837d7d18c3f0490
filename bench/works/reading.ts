import assert from 'node:assert/strict';
import type { Field, Work } from '../field.ts';
import { requestBytes, sendOnce } from '../load.ts';
import type { Answer } from '../load.ts';
import type { Prover } from '../proofs.ts';
import { compete } from '../rounds.ts';
import type { Lane } from '../rounds.ts';
import type { BenchServer } from '../server.ts';
import { startBare } from '../servers/yardsticks.ts';
import { kilobyte, put } from './documents.ts';

const connections = 32;
const text = kilobyte('read');

/** Reads one document, with these headers. */
async function lane(server: BenchServer, url: string, headers: Readonly<Record<string, string>>): Promise<Lane> {
  const request = requestBytes('GET', url, headers);
  const first = await sendOnce(server.port, request);
  check(first);
  return { server, request, right: (answer) => answer.status === 200 && answer.body.equals(first.body) };
}

/** The same with a fresh proof each time; without, where nobody looks at it. */
async function laneWithProofs(server: BenchServer, url: string, prover: Prover): Promise<Lane> {
  const request = (): Buffer => requestBytes('GET', url, prover.headers('GET', url));
  const once = await lane(server, url, prover.headers('GET', url));
  return server.name.startsWith('bare') ? once : { ...once, request };
}

/** The first answer has to say what the document says, in whatever format; all others have to be the same. */
function check({ status, body, head }: Answer): void {
  assert.equal(status, 200, head);
  assert(body.includes(text.split('"')[1]!), `this is not what was written: ${body.toString()}`);
}

/** A public document in one format: beside bare servers that answer the same as Freehold does. */
function publicly(work: string, accept: string, yardsticks: readonly ('bare-koa' | 'ceiling')[]): Work {
  return async (field) => {
    const prover = await field.prover();
    const ours = await field.server('freehold');
    await put(ours, `${ours.open}read.ttl`, text, prover);
    const answer = await sendOnce(ours.port, requestBytes('GET', `${ours.open}read.ttl`, { accept }));
    await using http = await startBare('bare-http', field.folder, answer);
    await using koa = await startBare('bare-koa', field.folder, answer);
    const others = await field.servers(...yardsticks.includes('ceiling') && !field.options.quick ? ['ceiling'] : []);
    const servers = [http, ...yardsticks.includes('bare-koa') ? [koa] : [], ours, ...others];
    return await compete(work, servers, async (server) => {
      const url = `${server.open}read.ttl`;
      await put(server, url, text, prover);
      return lane(server, url, { accept });
    }, { connections, ...field.options });
  };
}

export const getTurtle = publicly('get-turtle', 'text/turtle', ['bare-koa', 'ceiling']);
export const getJsonLd = publicly('get-jsonld', 'application/ld+json', ['bare-koa']);

/** A document that is nobody else's. */
export async function getWithProof(field: Field) {
  return privately('get-proof', field, async (server, prover) => {
    await put(server, `${server.own}read.ttl`, text, prover);
    return `${server.own}read.ttl`;
  });
}

/** Reads with fresh proofs what `prepare` puts somewhere and gives the URL of. */
export async function privately(
  work: string, field: Field, prepare: (server: BenchServer, prover: Prover) => Promise<string>,
) {
  const prover = await field.prover();
  const ours = await field.server('freehold');
  const url = await prepare(ours, prover);
  const answer = await sendOnce(ours.port, requestBytes('GET', url, prover.headers('GET', url)));
  await using http = await startBare('bare-http', field.folder, answer);
  const servers = [http, ...await field.servers('ceiling', 'freehold')];
  return await compete(work, servers, async (server) => laneWithProofs(server, await prepare(server, prover), prover),
    { connections, ...field.options });
}
