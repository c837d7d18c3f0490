import { randomUUID } from 'node:crypto';
import type { StartServer } from '../server.ts';
import { startOnFiles } from './on-files.ts';

/**
 * JavaScriptSolidServer, without a log. It gives Turtle only with `--conneg`, and fetches the keys of an issuer on this
 * machine only if that is the one of its own identity provider: so the bench's is said to be that.
 */
export const startJss: StartServer = (options) => {
  // In production it does not start without a secret for tokens of its own, which nobody asks it for here.
  process.env['TOKEN_SECRET'] ??= randomUUID();
  return startOnFiles('jss', options, ({ port, files }) => [
    'javascript-solid-server/bin/jss.js', 'start', '--port', String(port), '--host', 'localhost', '--root', files,
    '--conneg', '--idp', '--idp-issuer', options.identity.issuer, '--quiet',
  ]);
};
