import type { StartServer } from '../server.ts';
import { startOnFiles } from './on-files.ts';

/** The Community Solid Server as its readers are told to run it: with files, access rules and a log of warnings. */
export const startCss: StartServer = (options) => startOnFiles('css', options, ({ port, url, files }) => [
  '@solid/community-server/bin/server.js', '--port', String(port), '--baseUrl', url,
  '--config', '@css:config/file.json', '--rootFilePath', files, '--loggingLevel', 'warn',
]);
