import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createPod } from '../../src/pods/new-pod.ts';
import type { Container, Document, Representation } from '../../src/pods/resource.ts';
import type { BlobStore } from '../../src/storage/blobs.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { Problem } from '../../src/problem.ts';
import { anyone, base, inlineBytes, openPod, problem } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

const small = 'x'.repeat(inlineBytes);
const large = 'y'.repeat(inlineBytes + 1);
const text = (content: string): Representation => ({ mediaType: 'text/plain', content: { bytes: Buffer.from(content) } });
const refuse = (): never => { throw new Problem('forbidden', 'No.'); };

async function* chunks(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function blobsOf(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of blobs.list()) ids.push(id);
  return ids;
}

const putContainer = ({ pods, pod, path }: OpenPod, at: string, description?: Representation) =>
  pods.putContainer(pod, path(at), anyone, description);
const add = ({ pods, pod, path }: OpenPod, container: string, slug?: string, content = 'added') =>
  pods.add(pod, path(container), anyone, slug, { kind: 'document', representation: text(content) });
const addContainer = ({ pods, pod, path }: OpenPod, container: string, slug?: string, description?: Representation) =>
  pods.add(pod, path(container), anyone, slug, { kind: 'container', description });

describe('writing documents', () => {
  for (const [size, content] of [['small', small], ['large', large], ['empty', '']] as const) {
    it(`keeps the bytes and the media type of a ${size} one as they came, and all of what it replaced goes`, async () => {
      const pod = await openPod();
      for (const before of [small, large]) {
        await pod.put('/a', before);
        const { created, resource } = await pod.pods.put(pod.pod, pod.path('/a'), anyone,
          { mediaType: 'Text/Plain;charset="x y"', content: await pod.pods.contents.keep(Buffer.from(content)) });
        assert.equal(created, false);
        assert.equal(await pod.text('/a'), content);
        assert.equal((resource as Document).mediaType, 'Text/Plain;charset="x y"');
        assert.equal((resource as Document).size, content.length);
      }
      const { blobs } = await pod.sound();
      assert.equal(blobs, size === 'large' ? 1 : 0);
    });
  }

  it('gives a part of the bytes, wherever they are', async () => {
    const pod = await openPod();
    for (const content of ['0123456789', '0123456789'.repeat(20)]) {
      await pod.put('/a', content);
      const { resource, bytes } = await pod.look('/a');
      const opened = await pod.pods.contents.open({ document: resource as Document, bytes }, { start: 3, end: 5 });
      assert.equal(Buffer.from(opened instanceof Uint8Array ? opened : Buffer.concat(await opened.toArray())).toString(), '345');
    }
  });

  it('takes in small bytes without a blob and large ones as one, however they are cut', async () => {
    const { pods, blobs } = await openPod();
    assert.deepEqual(await pods.contents.receive(chunks()), { bytes: Buffer.alloc(0) });
    assert.deepEqual(await pods.contents.receive(chunks(...small.split(''))), { bytes: Buffer.from(small) });
    for (const parts of [[large], large.split(''), [small, 'z'.repeat(1000)]]) {
      const content = await pods.contents.receive(chunks(...parts));
      assert.ok('blob' in content && content.size === parts.join('').length);
      assert.equal((await blobs.get(content.blob).then((stream) => stream.toArray())).join(''), parts.join(''));
    }
  });

  it('makes the containers that it needs in the same commit (Solid Protocol, Writing Resources)', async () => {
    const pod = await openPod();
    await pod.put('/a/b/c', 'c');
    await pod.put('/a/d/e', 'e');
    assert.deepEqual([await pod.names('/'), await pod.names('/a/'), await pod.names('/a/b/')], [['a/'], ['b/', 'd/'], ['c']]);
    await pod.sound();
  });

  it('says whether it made the resource', async () => {
    const pod = await openPod();
    assert.equal((await pod.put('/a', '')).created, true);
    assert.equal((await pod.put('/a', '')).created, false);
    assert.equal((await putContainer(pod, '/c/')).created, true);
    assert.equal((await putContainer(pod, '/c/')).created, false);
    assert.equal((await pod.append('/d', 'd')).created, true);
    assert.equal((await pod.append('/d', 'd')).created, false);
  });

  it('does nothing that its guard refuses, and keeps no blob of it', async () => {
    const pod = await openPod();
    await pod.put('/there', 'there');
    const writes = [
      () => pod.put('/new/x', small, refuse),
      () => pod.put('/there', large, refuse),
      () => pod.append('/there', 'more', refuse),
      () => pod.remove('/there', refuse),
      () => pod.pods.putContainer(pod.pod, pod.path('/c/'), refuse),
      () => pod.pods.add(pod.pod, pod.path('/'), refuse, 'n', { kind: 'document', representation: text('n') }),
    ];
    for (const write of writes) await assert.rejects(write, problem('forbidden'));
    assert.deepEqual(await pod.names('/'), ['there']);
    assert.equal(await pod.text('/there'), 'there');
    assert.deepEqual(await blobsOf(pod.blobs), []);
    assert.equal((await pod.sound()).pods[0]!.sequence, 3);
  });

  it('judges the guard on what the commit finds', async () => {
    const pod = await openPod();
    const onlyNew = ({ resource }: { resource: unknown }): void => {
      if (resource !== undefined) throw new Problem('stale', 'There is one.');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => pod.put('/a', String(i), onlyNew)));
    assert.deepEqual(outcomes.map(({ status }) => status), Array.from({ length: 20 }, (_, i) => (i === 0 ? 'fulfilled' : 'rejected')));
    assert.equal(await pod.text('/a'), '0');
  });

  it('keeps the blob of a write of which the database does not say whether it was done', async () => {
    const database = new MemoryDatabase();
    const pod = await openPod({}, { database });
    const commit = database.commit.bind(database);
    database.commit = async (write) => {
      await commit(write);
      throw new Problem('busy', 'The database cannot be reached.');
    };
    await assert.rejects(pod.put('/a', large), problem('busy'));
    database.commit = commit;
    assert.equal(await pod.text('/a'), large);
    await pod.sound();
  });
});

describe('slash semantics (Solid Protocol, URI Slash Semantics)', () => {
  it('never lets a document and a container have one name', async () => {
    const pod = await openPod();
    await pod.put('/doc', '');
    await putContainer(pod, '/box/');
    const conflicts = [
      () => pod.put('/box', ''),
      () => putContainer(pod, '/doc/'),
      () => pod.put('/doc/x', ''),
      () => pod.put('/doc/x/y', ''),
      () => pod.append('/box', 'x'),
      () => pod.append('/doc/x', 'x'),
    ];
    for (const write of conflicts) await assert.rejects(write, problem('conflict', /^"(doc\/|box)" cannot be/));
    assert.deepEqual(await pod.names('/'), ['box/', 'doc']);
    await pod.sound();
  });

  it('frees the name when the resource is gone', async () => {
    const pod = await openPod();
    await pod.put('/a', '');
    await pod.remove('/a');
    await putContainer(pod, '/a/');
    await pod.remove('/a/');
    await pod.put('/a', '');
    await pod.sound();
  });
});

describe('adding members', () => {
  it('gives the name of the slug, and another when that is taken by a document or a container', async () => {
    const pod = await openPod();
    await putContainer(pod, '/c/');
    assert.equal((await add(pod, '/c/', 'note.txt')).resource.path, '/c/note.txt');
    assert.match((await add(pod, '/c/', 'note.txt')).resource.path, /^\/c\/note-[0-9a-f]{12}\.txt$/);
    assert.match((await addContainer(pod, '/c/', 'note.txt')).resource.path, /^\/c\/note-[0-9a-f]{12}\.txt\/$/);
    assert.equal((await addContainer(pod, '/c/', 'box')).resource.path, '/c/box/');
    assert.match((await add(pod, '/c/', 'box')).resource.path, /^\/c\/box-[0-9a-f]{12}$/);
    assert.match((await add(pod, '/c/')).resource.path, /^\/c\/[0-9a-f]{12}$/);
    assert.equal((await pod.resource<Container>('/c/')).members, 6);
    await pod.sound();
  });

  it('gives each of many that ask for one name at once a name of its own', async () => {
    const pod = await openPod();
    const added = await Promise.all(Array.from({ length: 30 }, (_, i) => add(pod, '/', 'same', String(i))));
    assert.equal(new Set(added.map(({ resource }) => resource.path)).size, 30);
    for (const [i, { resource }] of added.entries()) assert.equal(await pod.text(resource.path), String(i));
    await pod.sound();
  });

  it('refuses what is not there', async () => {
    const pod = await openPod();
    await assert.rejects(add(pod, '/missing/'), problem('missing'));
    assert.deepEqual(await pod.names('/'), []);
  });

  it('makes a container with its description', async () => {
    const pod = await openPod();
    const { resource } = await addContainer(pod, '/', 'c', text('described'));
    assert.equal(await pod.text('/c/.meta'), 'described');
    assert.deepEqual(resource, await pod.resource('/c/'));
    await pod.sound();
  });
});

describe('editing', () => {
  it('makes what is missing, with its containers', async () => {
    const pod = await openPod();
    await pod.append('/a/b', 'new');
    assert.equal(await pod.text('/a/b'), 'new');
    await pod.sound();
  });

  it('changes nothing when the edit gives back what it got', async () => {
    const pod = await openPod();
    await pod.put('/a', 'same');
    const before = await pod.resource('/a');
    const { created, resource } = await pod.append('/a', '');
    assert.deepEqual([created, resource], [false, before]);
    assert.equal((await pod.sound()).pods[0]!.sequence, 3);
  });

  for (const [size, start] of [['small', ''], ['large', large]] as const) {
    it(`loses nothing of 200 edits of a ${size} document at once`, async () => {
      const pod = await openPod();
      await pod.put('/a', start);
      await Promise.all(Array.from({ length: 200 }, (_, i) => pod.append('/a', ` ${i}`)));
      const words = (await pod.text('/a'))!.slice(start.length).trim().split(' ').map(Number);
      assert.deepEqual(words.sort((one, other) => one - other), Array.from({ length: 200 }, (_, i) => i));
      await pod.sound();
    });
  }

  it('keeps very large documents as blobs, and loses none of what racing edits acknowledge', async () => {
    const pod = await openPod();
    const start = 'z'.repeat(1024 * 1024 + 1);
    await pod.put('/a', start);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => pod.append('/a', ` ${i}`)));
    const done = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    assert.ok(done.length >= 5, 'each attempt lets one through');
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(problem('busy')(outcome.reason));
    const words = (await pod.text('/a'))!.slice(start.length).trim().split(' ').map(Number);
    assert.deepEqual(words.sort((one, other) => one - other), done);
    const { blobs } = await pod.sound();
    assert.equal(blobs, 1);
  });

  it('begins anew when somebody replaces a very large document meanwhile', async () => {
    const blobs = new MemoryBlobs();
    const pod = await openPod({}, { blobs });
    await pod.put('/a', 'v'.repeat(1024 * 1024 + 1));
    const put = blobs.put.bind(blobs);
    blobs.put = async (bytes) => {
      blobs.put = put;
      await pod.put('/a', 'replaced');
      return put(bytes);
    };
    await pod.append('/a', '!');
    assert.equal(await pod.text('/a'), 'replaced!');
    assert.equal((await pod.sound()).waitingBlobs, 1, 'what was edited first is kept nowhere');
  });
});

describe('removing', () => {
  it('removes documents and empty containers, and says when there is nothing', async () => {
    const pod = await openPod();
    await pod.put('/c/a', large);
    await assert.rejects(pod.remove('/c/'), problem('conflict', /a member/));
    await pod.remove('/c/a');
    await pod.remove('/c/');
    for (const path of ['/c/', '/c/a', '/never']) await assert.rejects(pod.remove(path), problem('missing'));
    assert.equal((await pod.sound()).blobs, 0);
  });

  it('says how many members are in the way', async () => {
    const pod = await openPod();
    await pod.put('/c/a', '');
    await pod.put('/c/b', '');
    await assert.rejects(pod.remove('/c/'), problem('conflict', /2 members/));
  });

  it('never leaves an orphan behind when adding races it', async () => {
    const pod = await openPod();
    for (let round = 0; round < 30; round += 1) {
      await putContainer(pod, '/c/');
      const writes = [() => pod.remove('/c/'), () => add(pod, '/c/', 'x'), () => pod.put('/c/later.acl', '')];
      await Promise.allSettled([...writes.slice(round % 3), ...writes.slice(0, round % 3)].map((write) => write()));
      await pod.sound();
      for (const name of await pod.names('/c/')) await pod.remove(`/c/${name}`);
    }
  });
});

describe('auxiliary resources (Solid Protocol, Auxiliary Resources)', () => {
  it('go with their subject', async () => {
    const pod = await openPod();
    await pod.put('/c/a', 'a');
    for (const path of ['/c/a.acl', '/c/a.meta', '/c/.acl', '/c/.meta']) await pod.put(path, path);
    await pod.remove('/c/a');
    assert.deepEqual([await pod.text('/c/a.acl'), await pod.text('/c/a.meta'), await pod.text('/c/.acl')], [undefined, undefined, '/c/.acl']);
    await pod.remove('/c/');
    await pod.put('/c/a', 'again');
    for (const path of ['/c/a.acl', '/c/a.meta', '/c/.acl', '/c/.meta']) assert.equal(await pod.text(path), undefined);
    await pod.sound();
  });

  it('can be removed by themselves', async () => {
    const pod = await openPod();
    await pod.put('/a', 'a');
    await pod.put('/a.meta', large);
    await pod.remove('/a.meta');
    assert.equal(await pod.text('/a'), 'a');
    await pod.sound();
  });

  it('are no members', async () => {
    const pod = await openPod();
    await pod.put('/c/a', '');
    await pod.put('/c/a.acl', '');
    await pod.put('/c/.meta', '');
    assert.deepEqual(await pod.names('/c/'), ['a']);
    assert.equal((await pod.resource<Container>('/c/')).members, 1);
  });

  it('a description needs something to describe, an ACL does not', async () => {
    const pod = await openPod();
    await assert.rejects(pod.put('/c/a.meta', ''), problem('conflict', /described/));
    await assert.rejects(pod.append('/c/.meta', 'x'), problem('conflict', /described/));
    assert.deepEqual(await pod.names('/'), []);
    await pod.put('/c/a.acl', 'rules');
    assert.deepEqual([await pod.names('/'), await pod.names('/c/')], [['c/'], []]);
    await pod.put('/c/a', '');
    assert.equal(await pod.text('/c/a.acl'), 'rules');
    await pod.sound();
  });

  it('ACLs of what was never made go with the container they stand in', async () => {
    const pod = await openPod();
    const acls = ['/c/later.acl', '/c/box/.acl', '/c/a%2Fb.acl', '/c/~.acl'];
    for (const path of acls) await pod.put(path, large);
    await pod.put('/c0/other.acl', '');
    await pod.put('/c.acl', '');
    await pod.remove('/c/');
    for (const path of acls) assert.equal(await pod.text(path), undefined, path);
    assert.equal(await pod.text('/c0/other.acl'), '');
    assert.equal(await pod.text('/c.acl'), '');
    await pod.sound();
  });
});

describe('the quota', () => {
  const limit = 1000;
  const filled = async (): Promise<OpenPod> => {
    const pod = await openPod({ quotaBytes: limit });
    await pod.put('/a', 'a'.repeat(600));
    return pod;
  };

  it('lets a pod be filled to the last byte', async () => {
    const pod = await filled();
    await pod.put('/b', 'b'.repeat(400));
    assert.equal((await pod.sound()).pods[0]!.bytes, limit);
    await pod.put('/empty', '');
    await assert.rejects(pod.put('/c', 'c'), problem('full', /1 bytes/));
  });

  const tooMuch: [string, (pod: OpenPod) => Promise<unknown>][] = [
    ['put', (pod) => pod.put('/b', 'b'.repeat(401))],
    ['put in place of what is there', (pod) => pod.put('/a', 'b'.repeat(1001))],
    ['edit', (pod) => pod.append('/a', 'b'.repeat(401))],
    ['edit of what is missing', (pod) => pod.append('/b', 'b'.repeat(401))],
    ['add', (pod) => add(pod, '/', 'b', 'b'.repeat(401))],
    ['a description', (pod) => putContainer(pod, '/b/', text('b'.repeat(401)))],
    ['an ACL', (pod) => pod.put('/b.acl', 'b'.repeat(401))],
  ];
  for (const [name, write] of tooMuch) {
    it(`refuses one byte more as full: ${name}`, async () => {
      const pod = await filled();
      const before = await blobsOf(pod.blobs);
      await assert.rejects(write(pod), problem('full'));
      assert.deepEqual(await pod.names('/'), ['a']);
      assert.deepEqual(await blobsOf(pod.blobs), before);
      await pod.sound();
    });
  }

  it('counts what is replaced as free, and what is removed', async () => {
    const pod = await filled();
    await pod.put('/a', 'b'.repeat(limit));
    await pod.remove('/a');
    await pod.put('/c', 'c'.repeat(limit));
    assert.equal(pod.pods.room(await pod.look('/c')), limit);
    assert.equal(pod.pods.room(await pod.look('/d')), 0);
  });

  it('holds for writes that race each other', async () => {
    const pod = await openPod({ quotaBytes: limit });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => pod.put(`/${i}`, 'x'.repeat(90))));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 11);
    assert.equal((await pod.sound()).pods[0]!.bytes, 990);
  });

  it('of a pod itself comes before that of the node; 0 is no limit', async () => {
    const node = await filled();
    for (const [quota, room] of [[5, 5], [0, Infinity]] as const) {
      const at = `http://localhost:3000/quota${quota}/`;
      await node.pods.create({ base: at, owners: ['x:'], quota }, []);
      assert.equal(node.pods.room((await node.pods.look(at, node.path('/a')))!), room);
    }
  });
});

describe('revisions and times', () => {
  it('a revision never returns at an address, whatever was there', async () => {
    const pod = await openPod();
    const seen: number[] = [];
    const note = async (path: string): Promise<void> => { seen.push((await pod.resource(path)).revision); };
    for (let round = 0; round < 3; round += 1) {
      await pod.put('/a', 'same');
      await note('/a');
      await pod.put('/a', 'same');
      await note('/a');
      await pod.append('/a', '+');
      await note('/a');
      await pod.remove('/a');
    }
    assert.deepEqual(seen, [...new Set(seen)].sort((one, other) => one - other));
  });

  it('a document keeps the time at which it was made', async () => {
    const pod = await openPod();
    const { created } = (await pod.put('/a', '1')).resource;
    await wait(3);
    const { resource } = await pod.put('/a', '2');
    assert.equal(resource.created, created);
    assert.ok(resource.modified > created);
  });

  const box = '/up/box/';
  type Changed = 'listing' | 'time' | 'listing above' | 'time above';
  const rows: [what: string, write: (pod: OpenPod) => Promise<unknown>, changed: Changed[]][] = [
    ['a member comes', (pod) => pod.put(`${box}new`, ''), ['listing', 'time', 'listing above']],
    ['a container comes', (pod) => putContainer(pod, `${box}new/`), ['listing', 'time', 'listing above']],
    ['a member goes', (pod) => pod.remove(`${box}a`), ['listing', 'time', 'listing above']],
    ['a member is replaced', (pod) => pod.put(`${box}a`, 'new'), ['listing']],
    ['a member is edited', (pod) => pod.append(`${box}a`, 'new'), ['listing']],
    ['its description comes', (pod) => pod.put(`${box}.meta`, ''), ['listing', 'time', 'listing above']],
    ['the description of a member comes', (pod) => pod.put(`${box}a.meta`, ''), []],
    ['its ACL comes', (pod) => pod.put(`${box}.acl`, ''), []],
    ['the ACL of a member comes', (pod) => pod.put(`${box}a.acl`, ''), []],
    ['a member of its member comes', (pod) => pod.put(`${box}inner/new`, ''), ['listing']],
    ['a member of its member is replaced', (pod) => pod.put(`${box}inner/b`, 'new'), []],
  ];
  for (const [what, write, changed] of rows) {
    it(`of a container, when ${what}: ${changed.join(', ') || 'nothing'} changes`, async () => {
      const pod = await openPod();
      await pod.put(`${box}a`, '');
      await pod.put(`${box}inner/b`, '');
      const before = [await pod.resource<Container>(box), await pod.resource<Container>('/up/')] as const;
      await wait(3);
      await write(pod);
      const after = [await pod.resource<Container>(box), await pod.resource<Container>('/up/')] as const;
      const differs = (i: 0 | 1, field: 'listed' | 'modified' | 'revision'): boolean => before[i][field] !== after[i][field];
      const found: Changed[] = [
        ...(differs(0, 'listed') ? ['listing' as const] : []), ...(differs(0, 'modified') ? ['time' as const] : []),
        ...(differs(1, 'listed') ? ['listing above' as const] : []), ...(differs(1, 'modified') ? ['time above' as const] : []),
      ];
      assert.deepEqual(found, changed);
      assert.deepEqual([differs(0, 'revision'), differs(1, 'revision')], [differs(0, 'listed'), differs(1, 'listed')]);
      await pod.sound();
    });
  }

  it('what a write gives back is what is there afterwards', async () => {
    const pod = await openPod();
    for (const write of [
      () => pod.put('/a', 'x'), () => pod.append('/a', 'y'), () => putContainer(pod, '/c/', text('described')),
      () => add(pod, '/c/', 'n'), () => addContainer(pod, '/c/', 'd', text('described')),
    ]) {
      const { resource } = await write();
      assert.deepEqual(await pod.resource(resource.path), resource);
    }
  });
});

describe('listing members', () => {
  it('gives them in the order of their names, those of no other container, one by one', async () => {
    const pod = await openPod();
    const names = ['-', '0', 'A', 'a', 'a-b', 'a.b', 'a0/', 'b/', 'z%C3%A9', '~'];
    for (const name of names.toReversed()) {
      await (name.endsWith('/') ? putContainer(pod, `/c/${name}`) : pod.put(`/c/${name}`, name));
    }
    await pod.put('/c/b/inside', '');
    await pod.put('/c0', '');
    assert.deepEqual(await pod.names('/c/'), names);
    for await (const member of pod.pods.members(pod.pod, pod.path('/c/'))) {
      assert.equal(member.path, '/c/-');
      break;
    }
  });
});

describe('pods', () => {
  it('are found by their base URL alone', async () => {
    const pod = await openPod();
    assert.equal((await pod.pods.look(base, pod.path('/')))?.pod.id, pod.pod.id);
    for (const other of ['http://localhost:3000/', 'http://localhost:3000/alic/', 'https://localhost:3000/alice/']) {
      assert.equal(await pod.pods.look(other, pod.path('/')), undefined);
    }
  });

  it('are made once, however many ask for one address at once', async () => {
    const { pods, sound } = await openPod();
    const bob = { base: 'http://localhost:3000/bob/', owners: ['http://localhost:3000/bob/#me'] };
    const acl = { path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') };
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => pods.create(bob, [acl])));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(problem('conflict')(outcome.reason));
    assert.equal((await sound()).pods.length, 2);
  });

  it('are independent of each other', async () => {
    const pod = await openPod();
    const other = await pod.pods.create({ base: 'http://localhost:3000/bob/', owners: ['x:'] }, []);
    await pod.put('/a', 'of alice');
    const sight = await pod.pods.look(other.base, pod.path('/a'));
    assert.equal(sight?.resource, undefined);
    assert.equal(sight?.tally.resources, 1);
  });

  it('come with what the template holds: profile, settings, inbox, public and their ACLs', async () => {
    const database = new MemoryDatabase();
    const blobs = new MemoryBlobs();
    const { pods, path, sound } = await openPod({}, { database, blobs });
    const made = await createPod(pods, 'path', 'http://localhost:3000/', { name: 'bob', open: ['playground/'] });
    assert.deepEqual(made.owners, ['http://localhost:3000/bob/profile/card#me']);
    for (const at of ['/.acl', '/profile/card', '/settings/', '/inbox/.acl', '/public/', '/playground/', '/playground/.acl']) {
      assert.ok((await pods.look(made.base, path(at)))?.resource, at);
    }
    await sound();
    await assert.rejects(createPod(pods, 'path', 'http://localhost:3000/', { name: 'bob' }), problem('conflict'));
    await assert.rejects(createPod(pods, 'path', 'http://localhost:3000/', { name: 'B' }), problem('invalid'));
  });
});
