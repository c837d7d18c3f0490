import { z } from 'zod';
import type { BlobId, BlobStore } from '../storage/blobs.ts';
import { isBlobId, MissingBlob } from '../storage/blobs.ts';
import type { Database, Entry, Key } from '../storage/database.ts';
import type { Place, PodFamily } from '../storage/keyspace.ts';
import { keys, podFamilies, sequenceText } from '../storage/keyspace.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { Problem } from '../problem.ts';
import { auxiliaryKind, auxiliaryPath, parentOf, parsePath, placeOf, rootPath, subjectOf, twinOf } from './path.ts';
import type { ResourcePath } from './path.ts';

/** What a pod was found to have. */
export interface PodSummary {
  readonly id: string;
  readonly base: string;
  /** Documents, containers and auxiliary resources. */
  readonly resources: number;
  /** The sum of their sizes. */
  readonly bytes: number;
  /** The number of the last change in the log. */
  readonly sequence: number;
}

export interface Summary {
  readonly pods: readonly PodSummary[];
  /** How many findings were reported; 0 for a store that is sound. */
  readonly findings: number;
  /** Blobs that a resource holds. */
  readonly blobs: number;
  /** Blobs that no resource holds, and their bytes: no damage, they wait for the sweep. */
  readonly waitingBlobs: number;
  readonly waitingBytes: number;
}

/** How many records are held against what they refer to at a time. */
const batchSize = 50;

const count = z.int().nonnegative();
const common = { created: z.number(), modified: z.number(), revision: z.int().positive() };
const documentRecord = z.strictObject({
  kind: z.literal('document'), mediaType: z.string().min(1), size: count,
  blob: z.custom<BlobId>((id) => typeof id === 'string' && isBlobId(id)).optional(), ...common,
});
const containerRecord = z.strictObject({ kind: z.literal('container'), members: count, listed: z.number(), ...common });
const resourceRecord = z.discriminatedUnion('kind', [documentRecord, containerRecord]);
const podRecord = z.object({
  base: z.url(), owners: z.array(z.string()).min(1), created: z.number(), quota: count.optional(),
  apps: z.literal('granted').optional(), webIds: z.array(z.string()).optional(),
  suspended: z.literal(true).optional(),
});
const tallyRecord = z.strictObject({ sequence: count, resources: count, bytes: count });
const changeRecord = z.strictObject({
  type: z.enum(['Create', 'Update', 'Delete']), path: z.string(), at: z.number(), ruled: z.literal(true).optional(),
});
/** Which pod, and which path in it, holds a blob. */
const holderRecord = z.tuple([z.string(), z.string()]);

type ResourceRecord = z.infer<typeof resourceRecord>;
type DocumentRecord = z.infer<typeof documentRecord>;

/** What every step needs. `report` takes one sentence for each finding. */
interface Store {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly deep: boolean;
  readonly report: (finding: string) => void;
}

/** A pod under examination; what it reports is about this pod. */
interface PodStore extends Store {
  readonly id: string;
  readonly base: string;
}

/**
 * Verifies a whole store to which nobody writes meanwhile: that everything refers to what exists, that whatever is
 * kept twice agrees, and that nothing is there which nobody could reach. With `deep`, that RDF documents can be read
 * too. Calls `report` with a sentence for each thing that is wrong. Memory stays constant but for the summary of each
 * pod and, with `deep`, the largest RDF document.
 */
export async function checkStore(
  database: Database, blobs: BlobStore, report: (finding: string) => void, { deep = false } = {},
): Promise<Summary> {
  let findings = 0;
  const store: Store = {
    database, blobs, deep, report: (finding) => {
      findings += 1;
      report(finding);
    },
  };
  const pods: PodSummary[] = [];
  for await (const { key: [, id = ''], value } of database.range(keys.pods)) {
    const pod = parse(podRecord, value);
    if (pod === undefined) {
      store.report(`The record of the pod ${id} cannot be read.`);
    } else {
      const { base } = pod;
      pods.push(await checkPod({ ...store, id, base, report: (what) => store.report(`${base}: ${what}`) }));
    }
  }
  await checkHosts(store);
  await checkOwnerless(store);
  await checkGarbage(store);
  return { pods, ...await checkBlobs(store), findings };
}

async function checkPod(store: PodStore): Promise<PodSummary> {
  const { database, id, base, report } = store;
  const rootAcl = auxiliaryPath(rootPath, 'acl');
  const [host, tallyEntry, root, acl] = await database.get([
    keys.host(base), keys.tally(id), keys.record(id, placeOf(rootPath)), keys.record(id, placeOf(rootAcl)),
  ]);
  if (host === undefined) report('No address leads to this pod.');
  else if (textOf(host.value) !== id) report(`The address leads to another pod, ${textOf(host.value)}.`);
  if (root === undefined) report('The root container is missing.');
  if (acl === undefined) report('The access control list of the root container is missing.');

  const tally = tallyEntry && parse(tallyRecord, tallyEntry.value);
  const log = await checkChanges(store);
  const sequence = tally?.sequence ?? log.last;
  const found = { resources: 0, bytes: 0 };
  for (const family of ['resource', 'auxiliary'] as const) {
    for await (const records of batches(database.range(keys.family(family, id)))) {
      for (const record of await checkRecords(store, family, records, sequence)) {
        found.resources += 1;
        found.bytes += record?.kind === 'document' ? record.size : 0;
      }
    }
  }
  await checkContents(store);

  if (tally === undefined) {
    report(`The counters ${tallyEntry === undefined ? 'are missing' : 'cannot be read'}.`);
  } else {
    const compare = (what: string, counted: number, there: number): void => {
      if (counted !== there) report(`The counters say ${counted} ${what}, but there are ${there}.`);
    };
    compare('resources', tally.resources, found.resources);
    compare('bytes', tally.bytes, found.bytes);
    compare('changes', tally.sequence, log.last);
  }
  if (log.made !== found.resources) {
    report(`By the change log there should be ${log.made} resources, but there are ${found.resources}.`);
  }
  return { id, base, ...found, sequence };
}

/** Gives the last sequence number of the log, and how many resources it leaves. */
async function checkChanges({ database, id, report }: PodStore): Promise<{ last: number; made: number }> {
  let last = 0;
  let made = 0;
  for await (const { key, value } of database.range(keys.family('change', id))) {
    const sequence = Number(key[2]);
    if (key.length !== 3 || sequenceText(sequence) !== key[2]) {
      report(`The change log has an entry under ${JSON.stringify(key.slice(2))}, which is no number of a change.`);
      continue;
    }
    if (sequence !== last + 1) report(`The change log goes from ${last} to ${sequence}.`);
    last = sequence;
    const change = parse(changeRecord, value);
    if (change === undefined || !isPath(change.path)) report(`The change ${sequence} cannot be read.`);
    if (change?.type === 'Create') made += 1;
    if (change?.type === 'Delete') made -= 1;
  }
  return { last, made };
}

/** Holds some records of one family against what they refer to; gives what could be read of each. */
async function checkRecords(
  store: PodStore, family: Place['family'], entries: readonly Entry[], sequence: number,
): Promise<(ResourceRecord | undefined)[]> {
  const { id, report } = store;
  const records = entries.map(({ key, value }) => {
    const path = pathOf(family, key);
    if (path === undefined) report(`There is a record under ${JSON.stringify(key)}, where no resource can be.`);
    const record = parse(family === 'auxiliary' ? documentRecord : resourceRecord, value);
    if (path !== undefined && (record === undefined || (record.kind === 'container') !== path.endsWith('/'))) {
      report(`The record of ${path} cannot be read.`);
      return { path, record: undefined };
    }
    return { path, record };
  });
  const readable = records.filter((one): one is { path: ResourcePath; record: ResourceRecord } =>
    one.path !== undefined && one.record !== undefined);
  const recordOf = (path: ResourcePath): Key => keys.record(id, placeOf(path));
  const around = await store.database.get(readable.flatMap(({ path, record }) => [
    recordOf(parentOf(path) ?? rootPath),
    recordOf(subjectOf(path) ?? path),
    recordOf(twinOf(path) ?? path),
    record.kind === 'document' && record.blob !== undefined ? keys.blob(record.blob) : keys.content(id, placeOf(path)),
  ]));
  for (const [i, { path, record }] of readable.entries()) {
    const [parent, subject, twin, bytes] = around.slice(4 * i, 4 * i + 4);
    const { revision } = record;
    if (parent === undefined) report(`${path} is in a container that is missing.`);
    if (auxiliaryKind(path) === 'meta' && subject === undefined) report(`${path} describes what is missing.`);
    if (revision > sequence) report(`${path} has the revision ${revision}, beyond the last change, ${sequence}.`);
    if (record.kind === 'container') {
      const members = await countMembers(store, path);
      if (record.members !== members) report(`${path} counts ${record.members} members, but there are ${members}.`);
    } else {
      if (twinOf(path) !== undefined && twin !== undefined) report(`${path} is both a document and a container.`);
      checkBytes(store, path, record, bytes);
      if (store.deep) await checkSyntax(store, path, record, bytes);
    }
  }
  return records.map(({ record }) => record);
}

async function countMembers({ database, id }: PodStore, container: ResourcePath): Promise<number> {
  let members = 0;
  for await (const _ of database.range(keys.members(id, container))) members += 1;
  return members;
}

/** `entry`: the content of the document or, when a blob holds that, what the index of blobs says of it. */
function checkBytes(
  { id, report }: PodStore, path: ResourcePath, { size, blob }: DocumentRecord, entry: Entry | undefined,
): void {
  if (blob !== undefined) {
    const [pod, at] = (entry && parse(holderRecord, entry.value)) ?? [];
    if (pod === undefined) report(`The blob ${blob} of ${path} is not in the index of blobs.`);
    else if (pod !== id || at !== path) report(`The index of blobs gives ${blob} of ${path} to ${at} of ${pod}.`);
  } else if (entry === undefined) {
    report(`The content of ${path} is missing.`);
  } else if (entry.value.byteLength !== size) {
    report(`The content of ${path} has ${entry.value.byteLength} bytes, but its record says ${size}.`);
  }
}

async function checkSyntax(
  { blobs, base, report }: PodStore, path: ResourcePath, { mediaType, blob }: DocumentRecord, entry: Entry | undefined,
): Promise<void> {
  const format = formatOf(mediaType);
  if (format === undefined || entry === undefined) return;
  try {
    const bytes = blob === undefined ? entry.value : Buffer.concat(await (await blobs.get(blob)).toArray());
    await readRdf(bytes, { format, base: base + path.slice(1), maxQuads: Number.MAX_SAFE_INTEGER });
  } catch (error) {
    if (error instanceof Problem) report(`${path} is not what its type says: ${error.message}`);
    else if (!(error instanceof MissingBlob)) throw error;
  }
}

/** That every content belongs to a document that keeps its bytes there. */
async function checkContents({ database, id, report }: PodStore): Promise<void> {
  for await (const entries of batches(database.range(keys.family('content', id)))) {
    const places = entries.map(({ key }) => pathOf('resource', key) ?? pathOf('auxiliary', key));
    const records = await database.get(places.map((path) => keys.record(id, placeOf(path ?? rootPath))));
    places.forEach((path, i) => {
      const record = records[i] && parse(resourceRecord, records[i].value);
      if (path === undefined || record?.kind !== 'document' || record.blob !== undefined) {
        report(`There is content under ${JSON.stringify(entries[i]!.key.slice(2))} that belongs to no document.`);
      }
    });
  }
}

/** That every address leads to a pod that says it has this address. */
async function checkHosts({ database, report }: Store): Promise<void> {
  for await (const entries of batches(database.range(keys.hosts))) {
    const pods = await database.get(entries.map(({ value }) => keys.pod(textOf(value))));
    entries.forEach(({ key: [, base = ''] }, i) => {
      const pod = pods[i] && parse(podRecord, pods[i].value);
      if (pod?.base !== base) report(`The address ${base} leads to a pod that is missing or has another address.`);
    });
  }
}

/** That nothing is left of a pod that is missing, unless it is being destroyed. */
async function checkOwnerless({ database, report }: Store): Promise<void> {
  const look = async (what: string, id: string): Promise<void> => {
    const [pod, destroyed] = await database.get([keys.pod(id), keys.destroyed(id)]);
    if (pod === undefined && destroyed === undefined) {
      report(`There are ${what} of the pod ${id}, but there is no such pod.`);
    }
  };
  for await (const { key: [, id = ''] } of database.range(keys.destroyedPods)) {
    const [pod] = await database.get([keys.pod(id)]);
    if (pod !== undefined) report(`The pod ${id} is there, and is being destroyed all the same.`);
  }
  for await (const { key: [, id = ''] } of database.range(keys.tallies)) await look('counters', id);
  for (const family of podFamilies) {
    for await (const id of podsIn(database, family)) await look(`entries of the family "${family}"`, id);
  }
}

/** The ids of the pods that have entries of a family, without reading all of these. */
async function* podsIn(database: Database, family: PodFamily): AsyncIterable<string> {
  let after: { after?: Key } = {};
  for (;;) {
    let id: string | undefined;
    for await (const { key } of database.range(keys.family(family), { ...after, limit: 1 })) id = key[1];
    if (id === undefined) return;
    yield id;
    after = { after: keys.behind(family, id) };
  }
}

async function checkGarbage({ database, report }: Store): Promise<void> {
  for await (const entries of batches(database.range(keys.garbages))) {
    const held = await database.get(entries.map(({ key }) => keys.blob(key[1] as BlobId)));
    entries.forEach(({ key: [, id = ''], value }, i) => {
      if (held[i] !== undefined) report(`The blob ${id} is held by a resource, and is to be swept away all the same.`);
      if (parse(z.number(), value) === undefined) report(`It cannot be read since when the blob ${id} is garbage.`);
    });
  }
}

/** Goes through the index of blobs and the blob store side by side, both in the order of the ids. */
async function checkBlobs(
  { database, blobs, report }: Store,
): Promise<{ blobs: number; waitingBlobs: number; waitingBytes: number }> {
  const summary = { blobs: 0, waitingBlobs: 0, waitingBytes: 0 };
  const stored = blobs.list()[Symbol.asyncIterator]();
  let next = await stored.next();
  const passTo = async (id: string): Promise<void> => {
    for (; next.done !== true && next.value.id < id; next = await stored.next()) {
      summary.waitingBlobs += 1;
      summary.waitingBytes += next.value.size;
    }
  };
  for await (const entries of batches(database.range(keys.blobs))) {
    const holders = entries.map(({ value }) => parse(holderRecord, value) ?? (['', rootPath] as const));
    const records = await database.get(holders.map(([pod, path]) =>
      keys.record(pod, placeOf(isPath(path) ? path : rootPath))));
    for (const [i, { key: [, id = ''] }] of entries.entries()) {
      const record = records[i] && parse(resourceRecord, records[i].value);
      const document = record?.kind === 'document' && record.blob === id ? record : undefined;
      if (document === undefined) report(`The index of blobs has ${id}, which no resource holds.`);
      summary.blobs += 1;
      await passTo(id);
      const size = next.done !== true && next.value.id === id ? next.value.size : undefined;
      if (size === undefined) report(`The blob ${id} of ${holders[i]!.join(' ')} is missing.`);
      else if (document !== undefined && size !== document.size) {
        report(`The blob ${id} has ${size} bytes, but the record of ${holders[i]!.join(' ')} says ${document.size}.`);
      }
      if (size !== undefined) next = await stored.next();
    }
  }
  await passTo('g'); // Ids are hexadecimal: this is behind all of them.
  return summary;
}

async function* batches(entries: AsyncIterable<Entry>): AsyncIterable<Entry[]> {
  let batch: Entry[] = [];
  for await (const entry of entries) {
    if (batch.push(entry) < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The path whose place is under `key`; `undefined` when there is none. */
function pathOf(family: Place['family'], key: Key): ResourcePath | undefined {
  const [, , parent = '', name = ''] = key;
  const path = `${parent}${name}`;
  if (key.length !== 4 || !isPath(path)) return undefined;
  const place = placeOf(path);
  return place.family === family && place.parent === parent && place.name === name ? path : undefined;
}

function isPath(text: string): text is ResourcePath {
  try {
    return parsePath(text, { maxPathLength: Infinity, maxPathDepth: Infinity }) === text;
  } catch {
    return false;
  }
}

/** A value as its schema has it; `undefined` when it is not JSON or something else. */
function parse<T>(schema: z.ZodType<T>, value: Uint8Array): T | undefined {
  try {
    return schema.safeParse(JSON.parse(textOf(value))).data;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
