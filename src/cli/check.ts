import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openStores } from '../house.ts';
import type { Options } from '../config/options.ts';
import { log } from '../log.ts';
import { checkStore } from '../pods/check.ts';
import type { Summary } from '../pods/check.ts';
import { print } from './print.ts';
import { explained, StartError } from './start-error.ts';

/** How many findings are printed; what is wrong with a store is seldom a thousand different things. */
const maxPrinted = 1000;

/**
 * Verifies all that is stored and prints what it found: a line for each pod, the findings, a verdict. Gives the exit
 * status 0 when the store is sound, 1 when it is not. Throws `StartError` when there is no store or a server uses it.
 */
export async function check(options: Options, { deep = false } = {}): Promise<number> {
  log.level = options.logLevel;
  if (options.database === 'memory') throw new StartError('The database "memory" keeps nothing that could be checked.');
  // Opening would make it.
  if (options.database === 'level' && !existsSync(join(options.data, 'database'))) {
    throw new StartError(`There is no store in ${options.data}; name its folder with --data.`);
  }
  const { database, blobs } = await explained(openStores(options), options);
  await using _database = database;
  await using _blobs = blobs;

  const findings: string[] = [];
  const summary = await explained(checkStore(database, blobs, (finding) => {
    if (findings.length < maxPrinted) findings.push(finding);
  }, { deep }), options);
  await print(reportOf(summary, findings));
  return summary.findings === 0 ? 0 : 1;
}

function* reportOf(summary: Summary, findings: readonly string[]): Iterable<string> {
  const { pods, blobs, waitingBlobs, waitingBytes, findings: found } = summary;
  for (const { base, resources, bytes, sequence } of pods) {
    yield `${base}  ${resources} resources, ${bytes} bytes, ${sequence} changes`;
  }
  yield* findings;
  if (found > findings.length) yield `And ${found - findings.length} findings more.`;
  if (waitingBlobs > 0) yield `${waitingBlobs} blobs (${waitingBytes} bytes) wait to be swept away.`;
  yield found === 0
    ? `Sound: ${pods.length} pods, ${blobs} blobs, nothing wrong.`
    : `Damaged: ${pods.length} pods, ${blobs} blobs, ${found} findings.`;
}
