/**
 * `npm run bench`: what Freehold does on this machine over the loopback interface, as its users start it, beside what
 * the machine could do, and with `--peers` beside other servers. Prints a table for each work and writes
 * bench/results/latest.json.
 *
 * --quick          the four main ratios, in less than a minute; stores nothing
 * --peers          with the servers of bench/peers/
 * --only a,b       these works only
 * --rounds N       how often each server does each work (3)
 * --seconds N      how long a round lasts (3)
 *
 * With BENCH_PROFILE=FOLDER, Freehold leaves a CPU profile there, from its start to its end.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Field } from './field.ts';
import type { Work } from './field.ts';
import { writeReport } from './report.ts';
import { mergeResults, readResults, writeResults } from './results.ts';
import type { Measure } from './results.ts';
import { root } from './server.ts';
import { tableOf } from './table.ts';
import { aclDeep, aclGroup } from './works/access.ts';
import { growth } from './works/growth.ts';
import { largeDown, largeUp } from './works/large.ts';
import { listing } from './works/listing.ts';
import { login } from './works/login.ts';
import { mixed } from './works/mixed.ts';
import { getJsonLd, getTurtle, getWithProof } from './works/reading.ts';
import { startEmpty, startFull } from './works/starting.ts';
import { patchMany, patchOne, putWithProof } from './works/writing.ts';

/** The works, in their order. */
const works: Readonly<Record<string, Work>> = {
  'get-turtle': getTurtle,
  'get-jsonld': getJsonLd,
  'get-proof': getWithProof,
  'put-proof': putWithProof,
  'patch-many': patchMany,
  'patch-one': patchOne,
  'acl-deep': aclDeep,
  'acl-group': aclGroup,
  'listing-100': listing(100),
  'listing-10000': listing(10_000),
  'listing-100000': listing(100_000),
  'listing-1000000': listing(1_000_000),
  'large-down': largeDown,
  'large-up': largeUp,
  'mixed': mixed,
  'start-empty': startEmpty,
  'start-1000000': startFull,
  'login': login,
  'growth': growth,
};

/** What is done when there is little time. */
const mainWorks = ['get-turtle', 'get-proof', 'put-proof', 'patch-many'];

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string' },
  },
});
const names = given.only?.split(',') ?? (given.quick ? mainWorks : Object.keys(works));
const unknown = names.filter((name) => !Object.hasOwn(works, name));
if (unknown.length > 0) {
  throw new Error(`There is no work ${unknown.join(', ')}; there are ${Object.keys(works).join(', ')}.`);
}
// What was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
// Each server and each folder has one that takes it away.
process.setMaxListeners(100);

execFileSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' });
const { dependencies } = JSON.parse(readFileSync(new URL('peers/package.json', import.meta.url), 'utf8')) as
  { dependencies: Record<string, string> };
/** The packages of other servers. */
const packages: Readonly<Record<string, string>> = {
  css: '@solid/community-server', jss: 'javascript-solid-server', nss: 'solid-server',
};

/** With the version of the server, where that is not ours. */
function withVersion(measure: Measure): Measure {
  const version = dependencies[packages[measure.server] ?? ''];
  return version === undefined ? measure : { ...measure, version };
}

/** What one work found is stored at once: the next may take long, or fail. */
function store(measures: readonly Measure[]): void {
  writeResults(mergeResults(readResults(), {
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    measures: measures.map(withVersion),
  }));
}

await using field = await Field.open({
  rounds: Number(given.rounds), seconds: Number(given.seconds ?? (given.quick ? 1 : 3)),
  warmUpSeconds: given.quick ? 1 : 10,
  quick: given.quick, peers: given.peers,
});
for (const name of names) {
  const found = await works[name]!(field);
  console.log(`${tableOf(name, found)}\n`);
  if (!given.quick) store(found);
  if (found.some(({ server, failed }) => server === 'freehold' && failed !== undefined)) process.exitCode = 1;
}
if (!given.quick) writeReport();
