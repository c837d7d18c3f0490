import { join } from 'node:path';
import type { StartServer } from '../server.ts';
import { startOnFiles } from './on-files.ts';

/** Node Solid Server, over http as behind a proxy, without a log. */
export const startNss: StartServer = (options) => startOnFiles('nss', options, ({ port, url, data, files }) => [
  'solid-server/bin/solid', 'start', '--port', String(port), '--server-uri', url.slice(0, -1), '--root', files,
  '--config-path', join(data, 'config'), '--db-path', join(data, 'db'), '--quiet',
]);
