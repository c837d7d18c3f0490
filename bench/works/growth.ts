import type { Field } from '../field.ts';
import { requestBytes } from '../load.ts';
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
  const reading = (among: (server: BenchServer) => number) => async (server: BenchServer): Promise<Lane> => {
    const chosen = Array.from({ length: 100_000 }, () => Math.floor(Math.random() * (among(server) - 1)));
    const at = (connection: number, turn: number): number => chosen[(connection * 7919 + turn) % chosen.length]!;
    return {
      server,
      request: (connection, turn) => requestBytes('GET', `${server.open}many/${member.name(at(connection, turn))}`),
      right: ({ status, body }, connection, turn) =>
        status === 200 && body.toString() === member.text(at(connection, turn)),
    };
  };
  const writing = async (server: BenchServer): Promise<Lane> => ({
    server,
    request: (connection, turn) => {
      const name = `new-${connection}-${turn}`;
      return putBytes(`${server.open}many/${name}.ttl`, kilobyte(name), prover);
    },
    right: ({ status }) => status === 201,
  });

  const measures: Measure[] = [];
  const works = [
    ['GET of any', reading(sizeOf), 32],
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
