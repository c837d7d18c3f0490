import { Parser } from 'n3';
import type { Field } from '../field.ts';
import { requestBytes } from '../load.ts';
import type { Measure } from '../results.ts';
import { compete } from '../rounds.ts';
import type { Lane } from '../rounds.ts';
import type { BenchServer } from '../server.ts';
import type { Prover } from '../proofs.ts';
import { getAll, kilobyte, putAll, putBytes } from './documents.ts';

const connections = 16;
/** How many of the documents that were written are read again. */
const sample = 1_000;

/** New documents of 1 KB, all in one container. */
export async function putWithProof(field: Field): Promise<readonly Measure[]> {
  const prover = await field.prover();
  return compete('put-proof', await field.servers('ceiling', 'freehold'), async (server) => {
    const name = (connection: number, turn: number): string => `${connection}-${turn}`;
    const url = (named: string): string => `${server.open}put/${named}.ttl`;
    const acknowledged: string[] = [];
    return {
      server,
      request: (connection, turn) => putBytes(url(name(connection, turn)), kilobyte(name(connection, turn)), prover),
      right(answer, connection, turn) {
        if (answer.status !== 201) return false;
        acknowledged.push(name(connection, turn));
        return true;
      },
      async audit() {
        const step = Math.max(1, Math.floor(acknowledged.length / sample));
        const names = acknowledged.filter((_, i) => i % step === 0);
        const answers = await getAll(server, names.map(url));
        const lost = answers.filter(({ body }, i) => !body.includes(kilobyte(names[i]!).split('"')[1]!)).length;
        return lost === 0 ? undefined : `${lost} of ${names.length} documents that were acknowledged are not there`;
      },
    };
  }, { connections, ...field.options });
}

const position = 'https://schema.org/position';
const prefixes = `@prefix solid: <http://www.w3.org/ns/solid/terms#>.
@prefix schema: <https://schema.org/>.
`;
/**
 * What a counter is at. All are said of one subject, without a dot and in quotes: JSS drops what a patch says of
 * subjects that are new to the document, ends statements at dots and does not read numbers.
 */
const statement = (counter: string, value: number): string => `<#it> schema:position "${counter} ${value}"`;

/** Takes a counter from its value to the next; from 0, where it is not there yet. */
function patchBytes(url: string, counter: string, value: number, prover: Prover): Buffer {
  const deletes = value === 0 ? '' : `solid:deletes { ${statement(counter, value)} };`;
  const body = `${prefixes}_:patch a solid:InsertDeletePatch; ${deletes}
    solid:inserts { ${statement(counter, value + 1)} }.`;
  return requestBytes('PATCH', url, { 'Content-Type': 'text/n3', ...prover.headers('PATCH', url) }, body);
}

const patched = new Set([200, 204, 205]);

/** What the counters of a document are at, in any order; what a lost change left behind is there too. */
function countersIn(text: string, baseIRI: string): string {
  return new Parser({ baseIRI }).parse(text).filter(({ predicate }) => predicate.value === position)
    .map(({ object }) => object.value).sort().join(', ');
}

/** Each connection counts; `of` says in which document, and from what value. All counters are looked at in the end. */
async function counting(
  server: BenchServer, prover: Prover, documents: readonly string[],
  of: (connection: number, turn: number) => { url: string; value: number },
): Promise<Lane> {
  /** What was acknowledged last, by the document and the counter. */
  const values = new Map(documents.map((url) => [url, new Map<string, number>()]));
  await putAll(server, documents.map((url) => [url, `${prefixes}<#it> schema:name "Counters".`]), prover);
  return {
    server,
    request(connection, turn) {
      const { url, value } = of(connection, turn);
      return patchBytes(url, `c${connection}`, value, prover);
    },
    right(answer, connection, turn) {
      if (!patched.has(answer.status)) return false;
      const { url, value } = of(connection, turn);
      values.get(url)!.set(`c${connection}`, value + 1);
      return true;
    },
    async audit() {
      const answers = await getAll(server, documents);
      const odd = documents.filter((url, i) => {
        const expected = [...values.get(url)!].map(([counter, value]) => `${counter} ${value}`).sort().join(', ');
        return countersIn(answers[i]!.body.toString(), url) !== expected;
      });
      if (odd.length === 0) return undefined;
      return `${odd.length} of ${documents.length} documents are not what was acknowledged`;
    },
  };
}

/** All change one document. */
export async function patchOne(field: Field): Promise<readonly Measure[]> {
  const prover = await field.prover();
  return compete('patch-one', await field.servers('ceiling', 'freehold'), (server) => {
    const url = `${server.open}counters.ttl`;
    return counting(server, prover, [url], (_, turn) => ({ url, value: turn }));
  }, { connections, ...field.options });
}

/** Each changes documents of its own. */
export async function patchMany(field: Field): Promise<readonly Measure[]> {
  const each = 50;
  const prover = await field.prover();
  return compete('patch-many', await field.servers('ceiling', 'freehold'), (server) => {
    const url = (connection: number, which: number): string => `${server.open}counters/${connection}-${which}.ttl`;
    const documents = Array.from({ length: connections * each }, (_, i) => url(Math.floor(i / each), i % each));
    return counting(server, prover, documents,
      (connection, turn) => ({ url: url(connection, turn % each), value: Math.floor(turn / each) }));
  }, { connections, ...field.options });
}
