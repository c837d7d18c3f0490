/**
 * Random writes by one process or two, one after the other or at once, against a model that is a `Map`. Whatever runs
 * at once must come out as if done in some order; the guards see which: each notes the last change that it saw.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { ancestorsOf, auxiliaryKind, parentOf, subjectOf, twinOf } from '../../src/pods/path.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import { Pods } from '../../src/pods/pods.ts';
import type { Guard } from '../../src/pods/pods.ts';
import type { BlobStore } from '../../src/storage/blobs.ts';
import type { Database } from '../../src/storage/database.ts';
import { openFiles } from '../../src/storage/files.ts';
import { openLevel } from '../../src/storage/level.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { Problem } from '../../src/problem.ts';
import { newPostgresDatabase } from '../storage/postgres-server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { defaults, inlineBytes, usePod } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

interface Step {
  readonly verb: 'put' | 'putContainer' | 'add' | 'edit' | 'remove';
  readonly path: string;
  readonly large: boolean;
  /** Which of two processes does it. */
  readonly process: 0 | 1;
}

const containers = ['/a/', '/a/b/', '/c/'];
const documents = ['/a', '/a/b', '/a/x', '/a/b/x', '/c/x', '/x'];
const auxiliaries = ['/a/x.acl', '/a/x.meta', '/a/.acl', '/a/.meta', '/a/b/.acl', '/a/b/y.acl', '/c/.meta', '/.meta'];

const anyContainer = fc.constantFrom(...containers);
const anyParent = fc.constantFrom('/', ...containers);
const anyDocument = fc.constantFrom(...documents, ...auxiliaries);
const anyStep: fc.Arbitrary<Step> = fc.record({
  target: fc.oneof(
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('put' as const), path: anyDocument }) },
    { weight: 2, arbitrary: fc.record({ verb: fc.constant('edit' as const), path: anyDocument }) },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('putContainer' as const), path: anyContainer }) },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('add' as const), path: anyParent }) },
    { weight: 4, arbitrary: fc.record({ verb: fc.constant('remove' as const), path: fc.oneof(anyContainer, anyDocument) }) },
  ),
  large: fc.boolean(),
  process: fc.constantFrom(0, 1),
}).map(({ target, ...rest }) => ({ ...target, ...rest }));

/** The slug of all that is added, so that names are taken. */
const slug = 'x';

/** What came of a step, and what its guard saw when it judged for the last time. */
interface Outcome {
  readonly step: Step;
  readonly text: string;
  readonly seen: number;
  /** The path, and whether anything had to be written; or the kind of the problem. */
  readonly result: { readonly path: string; readonly wrote: boolean } | { readonly refused: Problem['kind'] };
}

async function take(pod: OpenPod, step: Step, number: number): Promise<Outcome> {
  const text = `${number}${step.large ? '.'.repeat(inlineBytes) : '.'}`;
  let seen = -1;
  const guard: Guard = ({ tally }) => { seen = tally.sequence; };
  const work = {
    put: () => pod.put(step.path, text, guard),
    edit: () => pod.append(step.path, text, guard),
    remove: () => pod.remove(step.path, guard).then(() => ({ resource: { path: step.path, revision: Infinity } })),
    putContainer: () => pod.pods.putContainer(pod.pod, pod.path(step.path), guard),
    add: async () => pod.pods.add(pod.pod, pod.path(step.path), guard, slug, {
      kind: 'document', representation: { mediaType: 'text/plain', content: await pod.pods.contents.keep(Buffer.from(text)) },
    }),
  };
  try {
    const { resource: { path, revision } } = await work[step.verb]();
    return { step, text, seen, result: { path, wrote: revision > seen } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { step, text, seen, result: { refused: error.kind } };
  }
}

/** Texts by path; `null` for a container. The root is not in it. */
type Model = Map<string, string | null>;

const isThere = (model: Model, path: string): boolean => path === '/' || model.has(path);

/**
 * Does the steps of a batch in the model, and asserts that they came out as they should. A refusal may rest on what was
 * read after the guard: then it is right when it would have been right at a later moment of the batch.
 */
function replay(model: Model, outcomes: readonly Outcome[]): void {
  const refused: Outcome[] = [];
  for (const outcome of outcomes) {
    if ('refused' in outcome.result) refused.push(outcome);
    else apply(model, outcome, outcome.result.path as ResourcePath);
    for (const other of refused.splice(0)) {
      const { step: { verb, path }, result } = other;
      if ('refused' in result && kindOfRefusal(model, verb, path as ResourcePath) === result.refused) continue;
      refused.push(other);
    }
  }
  assert.deepEqual(refused, [], 'refused without reason');
}

/** Does in the model what was done to `path`, and asserts that it could be done. */
function apply(model: Model, { step: { verb, path: target }, text }: Outcome, path: ResourcePath): void {
  assert.equal(kindOfRefusal(model, verb, target as ResourcePath), undefined, `${verb} ${target} was done`);
  if (verb === 'remove') {
    for (const own of [path, `${path}.acl`, `${path}.meta`]) model.delete(own);
    if (path.endsWith('/')) for (const below of model.keys()) if (below.startsWith(path)) model.delete(below);
    return;
  }
  if (verb === 'add') {
    const wish = `${target}${slug}`;
    assert.equal(path === wish, !model.has(wish) && !model.has(`${wish}/`), `${path} was given`);
    assert.ok(!model.has(path));
  } else {
    assert.equal(path, target);
  }
  for (const above of ancestorsOf(path)) if (above !== '/') model.set(above, null);
  model.set(path, verb === 'putContainer' ? null : `${verb === 'edit' ? model.get(path) ?? '' : ''}${text}`);
}

/** The kind of problem that the step must meet, if it must. */
function kindOfRefusal(model: Model, verb: Step['verb'], path: ResourcePath): Problem['kind'] | undefined {
  if (verb === 'add') return isThere(model, path) ? undefined : 'missing';
  if (verb === 'remove') {
    if (!model.has(path)) return 'missing';
    const others = [...model.keys()] as ResourcePath[];
    return others.some((other) => subjectOf(other) === undefined && parentOf(other) === path) ? 'conflict' : undefined;
  }
  if (auxiliaryKind(path) === 'meta' && !isThere(model, subjectOf(path)!)) return 'conflict';
  const made = [path, ...ancestorsOf(path)].filter((one) => !isThere(model, one));
  return made.some((one) => model.has(twinOf(one) ?? '')) ? 'conflict' : undefined;
}

interface Stores { readonly database: Database; readonly blobs: BlobStore }
let made = 0;

/** Takes all steps, those of a batch at once, and compares. */
async function run(stores: readonly [Stores, Stores], batches: readonly (readonly Step[])[]): Promise<void> {
  const processes = stores.map(({ database, blobs }) => new Pods(database, blobs, defaults));
  const rootAcl = { path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') };
  const record = await processes[0]!.create({ base: `http://localhost:3000/${made += 1}/`, owners: ['x:'] }, [rootAcl]);
  const [one, other] = processes.map((pods, i) => usePod(pods, record, stores[i]!));
  const model: Model = new Map();
  let number = 0;
  for (const batch of batches) {
    const outcomes = await Promise.all(batch.map((step) =>
      take(step.process === 0 ? one! : other!, step, number += 1)));
    const done = outcomes.filter(({ result }) => !('refused' in result && result.refused === 'busy'));
    // Of those that saw the same last change one wrote the next, and the others came before it.
    const order = ({ seen, result }: Outcome): number => 2 * seen + ('path' in result && result.wrote ? 1 : 0);
    replay(model, done.sort((first, second) => order(first) - order(second)));
  }

  const { pods } = await one!.sound();
  assert.equal(pods.find(({ id }) => id === record.id)?.resources, model.size + 2, 'all, the root and its ACL');
  for (const [path, text] of model) {
    assert.equal((await one!.resource(path)).kind, text === null ? 'container' : 'document');
    if (text !== null) assert.equal(await one!.text(path), text);
  }
}

const ofOneProcess = anyStep.map((step): Step => ({ ...step, process: 0 }));
const alone = fc.array(fc.tuple(ofOneProcess), { maxLength: 40 });
const together = fc.array(fc.array(ofOneProcess, { minLength: 1, maxLength: 8 }), { maxLength: 12 });
const apart = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 8 }), { maxLength: 8 });

async function holds(
  stores: () => readonly [Stores, Stores], steps: fc.Arbitrary<Step[][]>, numRuns: number,
): Promise<void> {
  await fc.assert(fc.asyncProperty(steps, (batches) => run(stores(), batches)), { numRuns });
}

describe('random writes', function () {
  this.timeout(60_000);

  describe('in memory', () => {
    const stores = (): [Stores, Stores] => {
      const both = { database: new MemoryDatabase(), blobs: new MemoryBlobs() };
      return [both, both];
    };
    it('one after the other do what the model does', () => holds(stores, alone, 100));
    it('at once do what the model does in some order', () => holds(stores, together, 80));
    it('by two processes at once do what the model does in some order', () => holds(stores, apart, 80));
  });

  describe('on LevelDB and files', () => {
    let both: Stores;
    before(async () => {
      const directory = await temporaryDirectory();
      const database = await openLevel(join(directory, 'database'));
      both = { database, blobs: await openFiles(join(directory, 'blobs')) };
    });
    after(() => both.database[Symbol.asyncDispose]());
    it('one after the other do what the model does', () => holds(() => [both, both], alone, 10));
    it('at once do what the model does in some order', () => holds(() => [both, both], together, 8));
  });

  describe('on PostgreSQL', () => {
    const open: Stores[] = [];
    before(async () => {
      const url = await newPostgresDatabase();
      const blobs = new MemoryBlobs();
      for (let i = 0; i < 2; i += 1) open.push({ database: await openPostgres(url, { connections: 4 }), blobs });
    });
    after(async () => {
      for (const { database } of open) await database[Symbol.asyncDispose]();
    });
    it('by two processes at once do what the model does in some order', () =>
      holds(() => [open[0]!, open[1]!], apart, 10));
  });
});
