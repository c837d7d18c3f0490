import type { Field, Work } from '../field.ts';
import { requestBytes, sendOnce } from '../load.ts';
import type { Prover } from '../proofs.ts';
import type { Measure } from '../results.ts';
import { compete } from '../rounds.ts';
import type { Lane } from '../rounds.ts';
import type { BenchServer } from '../server.ts';
import { startBare } from '../servers/yardsticks.ts';
import { kilobyte, put } from './documents.ts';

const connections = 32;

/** Reads a document: what is answered first has to say a text, and all that follow have to be the same. */
async function reading(server: BenchServer, text: string, request: Buffer | (() => Buffer)): Promise<Lane> {
  const { status, body } = await sendOnce(server.port, typeof request === 'function' ? request() : request);
  if (status !== 200) throw new Error(`GET was answered ${status}`);
  if (!body.includes(text)) throw new Error(`GET was answered with something else: ${body.toString('utf8', 0, 200)}`);
  return { server, request, right: (answer) => answer.status === 200 && answer.body.equals(body) };
}

/** A public document of 1 KB in one format, beside servers that do nothing but answer the same as Freehold does. */
function publicly(work: string, accept: string, ...yardsticks: readonly string[]): Work {
  return async (field) => {
    const prover = await field.prover();
    const ours = await field.server('freehold');
    const text = kilobyte('read');
    const request = (server: BenchServer): Buffer => requestBytes('GET', `${server.open}read.ttl`, { Accept: accept });
    await put(ours, `${ours.open}read.ttl`, text, prover);
    const answer = await sendOnce(ours.port, request(ours));
    await using http = await startBare('bare-http', field.folder, answer);
    await using koa = await startBare('bare-koa', field.folder, answer);
    const others = await field.servers(...field.options.quick ? [] : yardsticks);
    return await compete(work, [http, koa, ours, ...others], async (server) => {
      await put(server, `${server.open}read.ttl`, text, prover);
      return reading(server, text.split('"')[1]!, request(server));
    }, { connections, ...field.options });
  };
}

export const getTurtle = publicly('get-turtle', 'text/turtle', 'ceiling');
export const getJsonLd = publicly('get-jsonld', 'application/ld+json');

/** A document that is nobody else's, with a fresh proof each time. */
export function getWithProof(field: Field): Promise<readonly Measure[]> {
  return readPrivately('get-proof', field, async (server, prover) => {
    await put(server, `${server.own}read.ttl`, kilobyte('private'), prover);
    return `${server.own}read.ttl`;
  });
}

/** Reads, with a fresh proof each time, the document that `prepare` puts somewhere and gives the URL of. */
export async function readPrivately(
  work: string, field: Field, prepare: (server: BenchServer, prover: Prover) => Promise<string>,
): Promise<readonly Measure[]> {
  const prover = await field.prover();
  const ours = await field.server('freehold');
  const url = await prepare(ours, prover);
  const answer = await sendOnce(ours.port, requestBytes('GET', url, prover.headers('GET', url)));
  await using http = await startBare('bare-http', field.folder, answer);
  return await compete(work, [http, ...await field.servers('ceiling', 'freehold')], async (server) => {
    const at = server === ours ? url : await prepare(server, prover);
    const request = (): Buffer => requestBytes('GET', at, { Accept: 'text/turtle', ...prover.headers('GET', at) });
    // Where nobody looks at proofs, one is as good as many.
    return reading(server, 'schema.org/text', server === http ? request() : request);
  }, { connections, ...field.options });
}
