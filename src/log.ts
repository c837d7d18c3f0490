import { pino } from 'pino';

/** Credentials never reach a log, whoever logs a request: these headers are cut. */
const secretHeaders = ['authorization', 'dpop', 'cookie', 'set-cookie'];

/**
 * The one logger. JSON lines on standard error, so that standard output stays for what a command prints.
 * The option `logLevel` sets its level.
 */
export const log = pino({
  redact: {
    paths: secretHeaders.flatMap((name) => [`headers["${name}"]`, `*.headers["${name}"]`]),
    censor: '[cut]',
  },
}, pino.destination({ dest: 2, sync: false }));

export type Log = typeof log;
