import { ConfigError } from '../config/config-error.ts';
import type { Options } from '../config/options.ts';
import { log } from '../log.ts';

/** The server cannot start, through no defect of its own: one sentence for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The same promise, but it rejects with a `StartError` for what the operator can mend; log level `debug` tells all. */
export async function explained<T>(opening: Promise<T>, options: Options): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ConfigError || isDefect(error)) throw error;
    log.debug({ err: error }, 'could not start');
    throw new StartError(sentence(error, options), { cause: error });
  }
}

/** What JavaScript itself throws is nothing that an operator could mend. */
function isDefect(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

function sentence(error: NodeJS.ErrnoException, { host, port, data }: Options): string {
  switch (error.code) {
    case 'EADDRINUSE': return `Port ${port} is in use by another program; choose another one with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': return `This machine has no address ${host} to listen on; see --host.`;
    case 'ENOSPC': return `No space is left on the disk that holds ${error.path ?? data}.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (error.syscall === 'listen') {
        return `This user may not listen on port ${port}; choose one from 1024 on with --port.`;
      }
      return `This user may not write ${error.path ?? data} (${error.code}).`;
    default: return error.message;
  }
}
