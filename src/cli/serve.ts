import { openApp } from '../app.ts';
import type { Options } from '../config/options.ts';
import { readSeed } from '../config/seed.ts';
import { log } from '../log.ts';
import { explained } from './start-error.ts';

/**
 * Serves until SIGTERM or SIGINT, then takes no more requests, lets those under way end and closes the stores; a second
 * signal ends the process at once. Prints the address, one line on standard output, when requests are answered and the
 * pods of the seed are there; and, while nobody owns the node, the link with which somebody comes to. Gives the exit
 * status 0. Throws `StartError` when it cannot start.
 */
export async function serve(options: Options): Promise<number> {
  log.level = options.logLevel;
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a defect ended the server');
    process.exit(1);
  });
  const toldToStop = stopSignal();

  const seed = options.seed === undefined ? [] : readSeed(options.seed);
  await using app = await explained(openApp(options), options);
  await explained(app.plant(seed), options);
  const { url } = await explained(app.listen(), options);
  process.stdout.write(`Freehold is listening at ${url}\n`);
  const setup = await app.setupLink();
  if (setup !== undefined) {
    process.stdout.write(`Nobody owns this server yet. To set it up, open this link, which is good once:\n${setup}\n`);
  }

  const signal = await toldToStop;
  log.info({ signal }, 'stopping');
  endAfter(options.drainSeconds + closeSeconds);
  return 0;
}

/** How long the stores may take to close once all requests have ended. */
const closeSeconds = 10;

/** A second signal within this time is the first: on Ctrl-C the terminal tells this process, and npm tells it again. */
const sameSignalMilliseconds = 500;

const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/** The first signal to stop; the next one ends the process. */
async function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const [signal, number] of Object.entries(signals)) {
      process.on(signal, () => {
        first ??= performance.now();
        resolve(signal);
        if (performance.now() - first > sameSignalMilliseconds) process.exit(128 + number);
      });
    }
  });
}

/** Ends the process if something keeps it from ending by itself. */
function endAfter(seconds: number): void {
  setTimeout(() => {
    log.error({ seconds }, 'did not come to an end in time; what was acknowledged is on disk');
    process.exit(1);
  }, seconds * 1000).unref();
}
