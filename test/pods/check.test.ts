import assert from 'node:assert/strict';
import { checkStore } from '../../src/pods/check.ts';
import { placeOf } from '../../src/pods/path.ts';
import { decodeJson, encodeJson } from '../../src/pods/resource.ts';
import { newBlobId } from '../../src/storage/blobs.ts';
import type { BlobId } from '../../src/storage/blobs.ts';
import type { Database, Key } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { base, inlineBytes, openPod } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

const large = 'x'.repeat(inlineBytes + 1);

/** A sound store with something of everything. */
async function filled(): Promise<OpenPod> {
  const pod = await openPod();
  await pod.put('/c/small', 'small');
  await pod.put('/c/large', large);
  await pod.put('/c/small.meta', '');
  await pod.put('/c/later.acl', '');
  await pod.put('/c/empty/x', '');
  await pod.remove('/c/empty/x');
  await pod.pods.contents.keep(Buffer.from(large));
  return pod;
}

const record = ({ pod, path }: OpenPod, at: string): Key => keys.record(pod.id, placeOf(path(at)));
const content = ({ pod, path }: OpenPod, at: string): Key => keys.content(pod.id, placeOf(path(at)));
const drop = ({ database }: Pick<OpenPod, 'database'>, ...deletes: Key[]) => database.commit({ deletes });
const write = ({ database }: OpenPod, key: Key, value: unknown) =>
  database.commit({ puts: [{ key, value: typeof value === 'string' ? Buffer.from(value) : encodeJson(value) }] });
const blobOf = async (pod: OpenPod): Promise<BlobId> => (await pod.resource('/c/large')).blob!;

/** Changes some fields of a record. */
async function alter(pod: OpenPod, key: Key, fields: Record<string, unknown>): Promise<void> {
  const [entry] = await pod.database.get([key]);
  await write(pod, key, { ...decodeJson<object>(entry!.value), ...fields });
}

describe('the check of a store', () => {
  it('finds nothing in a sound one, and counts what there is', async () => {
    const pod = await filled();
    const summary = await pod.sound();
    assert.deepEqual(summary, {
      pods: [{ id: pod.pod.id, base, resources: 8, bytes: 5 + large.length, sequence: 10 }],
      findings: 0, blobs: 1, waitingBlobs: 1, waitingBytes: large.length,
    });
  });

  it('finds nothing in an empty one', async () => {
    const findings: string[] = [];
    const { database, blobs } = await openPod();
    await drop({ database }, ...await keysOf(database));
    const summary = await checkStore(database, blobs, (finding) => findings.push(finding));
    assert.deepEqual([summary.pods, summary.findings, findings], [[], 0, []]);
  });

  const damages: [what: string, damage: (pod: OpenPod) => Promise<unknown>, found: RegExp][] = [
    ['an address that leads nowhere', (pod) => write(pod, keys.host('http://elsewhere/'), 'nobody'), /elsewhere\/ leads to a pod that is missing/],
    ['an address that leads to another pod', (pod) => write(pod, keys.host(base), 'nobody'), /leads to another pod, nobody/],
    ['a pod without address', (pod) => drop(pod, keys.host(base)), /No address/],
    ['a pod record that is broken', (pod) => write(pod, keys.pod(pod.pod.id), '{'), /record of the pod/],
    ['a pod without owner', (pod) => alter(pod, keys.pod(pod.pod.id), { owners: [] }), /record of the pod/],
    ['a pod that is gone', (pod) => drop(pod, keys.pod(pod.pod.id)), /family "content" of the pod/],
    ['counters of a pod that is not', (pod) => write(pod, keys.tally('zzz'), {}), /counters of the pod zzz/],
    ['entries of a pod that is not, among others', (pod) => write(pod, ['change', '0', '1'], {}), /"change" of the pod 0,/],
    ['a missing root', (pod) => drop(pod, record(pod, '/')), /root container is missing/],
    ['a missing root ACL', (pod) => drop(pod, record(pod, '/.acl'), content(pod, '/.acl')), /list of the root container is missing/],
    ['missing counters', (pod) => drop(pod, keys.tally(pod.pod.id)), /counters are missing/],
    ['broken counters', (pod) => write(pod, keys.tally(pod.pod.id), { sequence: -1 }), /counters cannot be read/],
    ['a resource too many counted', (pod) => alter(pod, keys.tally(pod.pod.id), { resources: 9 }), /say 9 resources, but there are 8/],
    ['a byte too few counted', (pod) => alter(pod, keys.tally(pod.pod.id), { bytes: 105 }), /say 105 bytes, but there are 106/],
    ['a change too many counted', (pod) => alter(pod, keys.tally(pod.pod.id), { sequence: 11 }), /say 11 changes, but there are 10/],
    ['a gap in the change log', (pod) => drop(pod, keys.change(pod.pod.id, 4)), /goes from 3 to 5/],
    ['a change log that does not begin', (pod) => drop(pod, keys.change(pod.pod.id, 1)), /goes from 0 to 2/],
    ['a change that is broken', (pod) => write(pod, keys.change(pod.pod.id, 4), { type: 'Move' }), /change 4 cannot be read/],
    ['a change under a wrong number', (pod) => write(pod, ['change', pod.pod.id, '5'], {}), /no number of a change/],
    ['a change of another kind than what happened', (pod) => alter(pod, keys.change(pod.pod.id, 4), { type: 'Delete' }), /By the change log/],
    ['a record that is broken', (pod) => write(pod, record(pod, '/c/small'), 'null'), /record of \/c\/small cannot be read/],
    ['a record with a field that is none', (pod) => alter(pod, record(pod, '/c/small'), { sise: 5 }), /record of \/c\/small cannot be read/],
    ['a container under the name of a document', (pod) => alter(pod, record(pod, '/c/'), { kind: 'document' }), /record of \/c\/ cannot/],
    ['an auxiliary record that is no document', async (pod) => {
      const [entry] = await pod.database.get([record(pod, '/c/')]);
      return write(pod, record(pod, '/c/later.acl'), decodeJson(entry!.value));
    }, /record of \/c\/later.acl cannot be read/],
    ['a record at a place that is none', (pod) => write(pod, ['resource', pod.pod.id, '/c', 'x'], {}), /"\/c","x"\], where no resource can be/],
    ['an auxiliary record among the others', (pod) => write(pod, ['resource', pod.pod.id, '/c/', 'x.acl'], {}), /where no resource can be/],
    ['a path that is not normal', (pod) => write(pod, ['resource', pod.pod.id, '/c/', '%41'], {}), /where no resource can be/],
    ['a missing container', (pod) => drop(pod, record(pod, '/c/')), /\/c\/small is in a container that is missing/],
    ['a missing container of an ACL', (pod) => drop(pod, record(pod, '/c/')), /\/c\/later.acl is in a container that is missing/],
    ['a member too many', (pod) => alter(pod, record(pod, '/c/'), { members: 4 }), /\/c\/ counts 4 members, but there are 3/],
    ['a member counted in an empty container', (pod) => alter(pod, record(pod, '/c/empty/'), { members: 1 }), /counts 1 members, but there are 0/],
    ['a member that vanished', (pod) => drop(pod, record(pod, '/c/small'), content(pod, '/c/small')), /counts 3 members, but there are 2/],
    ['a document beside a container', async (pod) => {
      const [entry] = await pod.database.get([record(pod, '/c/small')]);
      return write(pod, record(pod, '/c/empty'), decodeJson(entry!.value));
    }, /\/c\/empty is both a document and a container/],
    ['a description of nothing', (pod) => drop(pod, record(pod, '/c/small'), content(pod, '/c/small')), /small.meta describes what is missing/],
    ['a revision from the future', (pod) => alter(pod, record(pod, '/c/small'), { revision: 11 }), /revision 11, beyond the last change, 10/],
    ['a missing content', (pod) => drop(pod, content(pod, '/c/small')), /content of \/c\/small is missing/],
    ['a missing content of an auxiliary resource', (pod) => drop(pod, content(pod, '/c/small.meta')), /content of \/c\/small.meta is missing/],
    ['a content cut short', (pod) => write(pod, content(pod, '/c/small'), 'smal'), /has 4 bytes, but its record says 5/],
    ['a content of nobody', (pod) => write(pod, content(pod, '/c/nobody'), 'x'), /"\/c\/","nobody"\] that belongs to no document/],
    ['a content of a container', (pod) => write(pod, content(pod, '/c/'), 'x'), /belongs to no document/],
    ['a content beside a blob', (pod) => write(pod, content(pod, '/c/large'), large), /"large"\] that belongs to no document/],
    ['a missing blob', async (pod) => pod.blobs.delete(await blobOf(pod)), /The blob \w+ of \w+ \/c\/large is missing/],
    ['a blob of another size', async (pod) => alter(pod, record(pod, '/c/large'), { size: 7 }), /has 101 bytes, but the record of \w+ \/c\/large says 7/],
    ['a blob that the index does not have', async (pod) => drop(pod, keys.blob(await blobOf(pod))), /not in the index of blobs/],
    ['a blob that the index gives to another', async (pod) => write(pod, keys.blob(await blobOf(pod)), ['p', '/x']), /index of blobs gives \w+ of \/c\/large to \/x of p/],
    ['an index of blobs that is broken', async (pod) => write(pod, keys.blob(await blobOf(pod)), 'x'), /not in the index of blobs/],
    ['an entry in the index that nobody holds', (pod) => write(pod, keys.blob(newBlobId()), [pod.pod.id, '/c/small']), /which no resource holds/],
    ['a blob that is held and yet garbage', async (pod) => write(pod, keys.garbage(await blobOf(pod)), 5), /swept away all the same/],
    ['garbage since no time', async (pod) => write(pod, keys.garbage(newBlobId()), 'x'), /since when/],
  ];
  for (const [what, damage, found] of damages) {
    it(`finds ${what}`, async () => {
      const pod = await filled();
      await damage(pod);
      const findings: string[] = [];
      const summary = await checkStore(pod.database, pod.blobs, (finding) => findings.push(finding));
      assert.ok(findings.some((finding) => found.test(finding)), findings.join('\n'));
      assert.equal(summary.findings, findings.length);
    });
  }

  for (const size of [0, inlineBytes]) {
    it(`finds RDF that cannot be read, of ${size} bytes and more, when asked to look deep`, async () => {
      const pod = await openPod();
      const bytes = Buffer.from(`<#a> <#b> "${'c'.repeat(size)}`);
      await pod.pods.put(pod.pod, pod.path('/a.ttl'), () => {}, { mediaType: 'text/turtle', content: await pod.pods.contents.keep(bytes) });
      const look = async (deep: boolean): Promise<string[]> => {
        const findings: string[] = [];
        await checkStore(pod.database, pod.blobs, (finding) => findings.push(finding), { deep });
        return findings;
      };
      assert.deepEqual(await look(false), []);
      const [finding = '', ...others] = await look(true);
      assert.match(finding, /^http:\/\/localhost:3000\/alice\/: \/a.ttl is not what its type says: .*line 1/);
      assert.deepEqual(others, []);
    });
  }

  it('goes through more than it looks up at a time, several pods', async () => {
    const pod = await openPod();
    for (let i = 0; i < 120; i += 1) await pod.put(`/c${i % 7}/${i}`, i % 2 === 0 ? large : String(i));
    const acl = { path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') };
    for (const name of ['bob', 'carol']) await pod.pods.create({ base: `http://localhost:3000/${name}/`, owners: ['x:'] }, [acl]);
    const { pods, blobs } = await pod.sound();
    assert.deepEqual(pods.map(({ resources }) => resources).sort((one, other) => one - other), [2, 2, 129]);
    assert.equal(blobs, 60);
    await drop(pod, content(pod, '/c6/111'));
    const findings: string[] = [];
    await checkStore(pod.database, pod.blobs, (finding) => findings.push(finding));
    assert.deepEqual(findings, [`${base}: The content of /c6/111 is missing.`]);
  });
});

async function keysOf(database: Database): Promise<Key[]> {
  const found: Key[] = [];
  for await (const { key } of database.range([])) found.push(key);
  return found;
}
