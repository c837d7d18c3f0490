import type { Field } from '../field.ts';
import { requestBytes } from '../load.ts';
import type { Answer } from '../load.ts';
import type { Measure } from '../results.ts';
import { compete } from '../rounds.ts';
import type { Lane } from '../rounds.ts';
import type { BenchServer } from '../server.ts';
import { kilobyte, putBytes } from './documents.ts';
import { filledStore, member } from './stores.ts';

const sizes = [1_000, 1_000_000] as const;

/** What GET and PUT cost with few and with many resources in one container, of two servers that take turns. */
export async function growth(field: Field): Promise<readonly Measure[]> {
  const [few, many] = await Promise.all(sizes.map((size) => filledStore(field, size))) as [Store, Store];
  await using small = await few.serve();
  await using large = await many.serve();
  const prover = await field.prover();
  const servers = [small, large];
  const sizeOf = (server: BenchServer): number => sizes[servers.indexOf(server)]!;

  /** Reads documents of which any may be the next, among so many. */
  const reading = (among: (server: BenchServer) => number) => async (server: BenchServer) => {
    const chosen = Array.from({ length: 100_000 }, () => Math.floor(Math.random() * (among(server) - 1)));
    const at = (connection: number, turn: number): number => chosen[(connection * 7919 + turn) % chosen.length]!;
    return {
      server,
      request: (connection: number, turn: number) =>
        requestBytes('GET', `${server.open}many/${member.name(at(connection, turn))}`),
      right: ({ status, body }: Answer, connection: number, turn: number) =>
        status === 200 && body.toString() === member.text(at(connection, turn)),
    };
  };
  const putNew = (server: BenchServer, name: string): Buffer =>
    putBytes(`${server.open}many/${name}.ttl`, kilobyte(name), prover);
  const writing = async (server: BenchServer): Promise<Lane> => ({
    server,
    request: (connection, turn) => putNew(server, `new-${connection}-${turn}`),
    right: ({ status }) => status === 201,
  });
  /** Reads of any, while one connection writes: no answer is at hand then, as each is of one state of the pod. */
  const readingBesideWriter = async (server: BenchServer): Promise<Lane> => {
    const { request, right } = await reading(sizeOf)(server);
    return {
      server,
      request: (connection, turn) => connection === 0 ? putNew(server, `beside-${turn}`) : request(connection, turn),
      right: (answer, connection, turn) => connection === 0 ? answer.status === 201 : right(answer, connection, turn),
    };
  };

  const measures: Measure[] = [];
  const works = [
    ['GET of any', reading(sizeOf), 32],
    ['GET of any beside a writer', readingBesideWriter, 32],
    ['GET of the same 1,000', reading(() => sizes[0]), 32],
    ['PUT', writing, 16],
  ] as const;
  for (const [what, enter, connections] of works) {
    const found = await compete('growth', servers, enter, { connections, ...field.options });
    const rates = found.filter((measure) => measure.what === 'rate');
    measures.push(...rates.map((measure, i) => (
      { ...measure, what: `${what}, of ${sizes[i]!.toLocaleString('en')}` })));
  }
  return measures;
}

type Store = Awaited<ReturnType<typeof filledStore>>;
