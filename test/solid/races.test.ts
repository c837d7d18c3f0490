/** Requests that race each other, on the embedded database and files. After each test the store must be sound. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { openFiles } from '../../src/storage/files.ts';
import { openLevel } from '../../src/storage/level.ts';
import { readRdf } from '../../src/rdf/read.ts';
import { sound } from '../pods/open-pod.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { request } from './request.ts';
import type { Answer } from './request.ts';

const turtle = { 'content-type': 'text/turtle' };
const plain = { 'content-type': 'text/plain' };
const linkContainer = { link: '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"' };

/** A test that runs `work` on a server of its own, and asserts that the store is sound afterwards. */
function race(work: (server: TestServer) => Promise<void>): () => Promise<void> {
  return async () => {
    const data = await temporaryDirectory();
    {
      await using server = await startServer({ database: 'level', data });
      await work(server);
    }
    await using database = await openLevel(join(data, 'database'));
    await using blobs = await openFiles(join(data, 'blobs'));
    await sound(database, blobs);
  };
}

const times = <T>(count: number, work: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const statuses = (answers: readonly Answer[]): number[] =>
  answers.map(({ status }) => status).sort((one, other) => one - other);

/** The numbers that the document has as values, in order. */
async function values(url: string): Promise<number[]> {
  const { bytes, status } = await request('GET', url);
  assert.equal(status, 200);
  const { quads } = await readRdf(bytes, { format: 'turtle', base: url, maxQuads: 100_000 });
  return quads.filter(({ predicate }) => predicate.value === 'http://example.org/value')
    .map(({ object }) => Number(object.value)).sort((one, other) => one - other);
}

const n3 = (number: number): string => `@prefix solid: <http://www.w3.org/ns/solid/terms#>.
<> a solid:InsertDeletePatch; solid:inserts { <#it> <http://example.org/value> ${number} }.`;
const sparql = (number: number): string => `INSERT DATA { <#it> <http://example.org/value> ${number} }`;

describe('requests that race each other', function () {
  this.timeout(30_000);

  const patches: [string, string, (number: number) => string][] = [
    ['N3 patches', 'text/n3', n3], ['SPARQL updates', 'application/sparql-update', sparql],
  ];
  for (const [name, type, patch] of patches) {
    it(`200 ${name} at once on one document all take effect (server-patch-n3-accept)`, race(async ({ open }) => {
      const url = `${open}hot.ttl`;
      const answers = await Promise.all(times(200, (i) => request('PATCH', url, { 'content-type': type }, patch(i))));
      assert.deepEqual(statuses(answers), [201, ...times(199, () => 204)], 'one makes the document, the others change it');
      assert.deepEqual(await values(url), times(200, (i) => i));
    }));
  }

  it('patches at once on a document that is too large for the database all take effect', race(async ({ open }) => {
    const url = `${open}large.ttl`;
    const filling = times(400, (i) => `<#filling${i}> <http://example.org/text> "${'x'.repeat(100)}".`).join('\n');
    assert.equal((await request('PUT', url, turtle, filling)).status, 201);
    const answers = await Promise.all(times(40, (i) => request('PATCH', url, { 'content-type': 'text/n3' }, n3(i))));
    assert.deepEqual(statuses(answers), times(40, () => 204));
    assert.deepEqual(await values(url), times(40, (i) => i));
  }));

  it('patches that take away what another one took away are refused, and nothing is counted twice', race(async ({ open }) => {
    const url = `${open}counter.ttl`;
    await request('PUT', url, turtle, '<#it> <http://example.org/value> 0 .');
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(times(10, () => request('PATCH', url, { 'content-type': 'text/n3' },
        `@prefix solid: <http://www.w3.org/ns/solid/terms#>. <> a solid:InsertDeletePatch;
          solid:deletes { <#it> <http://example.org/value> ${round} };
          solid:inserts { <#it> <http://example.org/value> ${round + 1} }.`)));
      assert.deepEqual(statuses(answers), [204, ...times(9, () => 409)]);
    }
    assert.deepEqual(await values(url), [5]);
  }));

  it('of 50 PUT with If-None-Match: * one makes the document, and it is whole (RFC 9110 section 13.1.2)', race(async ({ open }) => {
    const body = (i: number): string => `${i}.`.repeat(i % 2 === 0 ? 10 : 20_000);
    const answers = await Promise.all(times(50, (i) => request('PUT', `${open}once`, { ...plain, 'if-none-match': '*' }, body(i))));
    assert.deepEqual(statuses(answers), [201, ...times(49, () => 412)]);
    const winner = answers.findIndex(({ status }) => status === 201);
    const there = await request('GET', `${open}once`);
    assert.equal(there.text, body(winner));
    assert.equal(there.headers.etag, answers[winner]!.headers.etag);
  }));

  it('no update is lost by clients that send If-Match (RFC 9110 section 13.1.1)', race(async ({ open }) => {
    const url = `${open}count`;
    await request('PUT', url, plain, '0');
    let refused = 0;
    await Promise.all(times(10, async () => {
      for (let done = 0; done < 5;) {
        const { text, headers } = await request('GET', url);
        const { status } = await request('PUT', url, { ...plain, 'if-match': headers.etag }, String(Number(text) + 1));
        if (status === 204) done += 1;
        else {
          assert.equal(status, 412);
          refused += 1;
        }
      }
    }));
    assert.equal((await request('GET', url)).text, '50');
    assert.ok(refused > 0, 'they raced');
  }));

  it('a PUT and a DELETE with the same If-Match: one of them is done', race(async ({ open }) => {
    for (let round = 0; round < 20; round += 1) {
      const url = `${open}match-${round}`;
      const { headers: { etag } } = await request('PUT', url, plain, 'first');
      const writes = [
        () => request('PUT', url, { ...plain, 'if-match': etag }, 'second'),
        () => request('DELETE', url, { 'if-match': etag }),
      ];
      const answers = await Promise.all((round % 2 === 0 ? writes : writes.reverse()).map((write) => write()));
      const [one, other] = statuses(answers);
      assert.equal(one, 204);
      assert.ok(other === 412 || other === 404, `${other}`);
    }
  }));

  it('POST with one slug gives everyone an address of their own (LDP section 5.2.3)', race(async ({ open }) => {
    const answers = await Promise.all(times(50, (i) =>
      request('POST', open, { ...plain, slug: 'same', ...(i % 5 === 0 ? linkContainer : {}) }, i % 5 === 0 ? undefined : String(i))));
    assert.deepEqual(statuses(answers), times(50, () => 201));
    const addresses = answers.map(({ headers }) => headers.location!);
    assert.equal(new Set(addresses.map((address) => address.replace(/\/$/, ''))).size, 50);
    for (const [i, address] of addresses.entries()) {
      if (i % 5 !== 0) assert.equal((await request('GET', address)).text, String(i));
    }
  }));

  it('DELETE of a container and POST into it: never an orphan (server-delete-protect-nonempty-container)', race(async ({ open }) => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const url = `${open}c${round}/`;
      assert.equal((await request('PUT', url)).status, 201);
      const writes = [
        () => request('DELETE', url),
        () => request('POST', url, plain, round % 3 === 0 ? 'x'.repeat(40_000) : 'x'),
        () => request('POST', url, { slug: 'inner', ...linkContainer }),
      ];
      const turn = round % 3;
      const answers = await Promise.all([...writes.slice(turn), ...writes.slice(0, turn)].map((write) => write()));
      const [deleted, ...posted] = [...answers.slice(3 - turn), ...answers.slice(0, 3 - turn)];
      outcomes.add([deleted!, ...posted].map(({ status }) => status).join(' '));
      const there = await request('GET', url);
      if (deleted!.status === 204) {
        assert.deepEqual([...statuses(posted), there.status], [404, 404, 404]);
      } else {
        assert.equal(deleted!.status, 409);
        for (const { status, headers } of posted) {
          assert.equal(status, 201);
          assert.ok(there.text.includes(`<${headers.location!.slice(url.length)}>`), there.text);
        }
      }
    }
    assert.deepEqual(outcomes, new Set(['204 404 404', '409 201 201']), 'both came first at times');
  }));

  it('PUT of /x and of /x/, or of something in it: one of them is made (server-uri-trailing-slash-distinct)', race(async ({ open }) => {
    for (let round = 0; round < 40; round += 1) {
      const name = `x${round}`;
      const other = round % 2 === 0 ? `${name}/` : `${name}/inside`;
      const writes = [
        () => request('PUT', open + name, plain, 'x'),
        () => request('PUT', open + other, plain, round % 2 === 0 ? undefined : 'y'),
      ];
      const answers = await Promise.all((round % 4 < 2 ? writes : writes.reverse()).map((write) => write()));
      assert.deepEqual(statuses(answers), [201, 409]);
      const listing = (await request('GET', open)).text;
      assert.equal([...listing.matchAll(new RegExp(`ldp:contains <${name}/?>`, 'g'))].length, 1);
    }
  }));

  it('an ACL for what is not there yet and DELETE of its container: it never outlives the container', race(async (server) => {
    const rules = `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
      <#owner> a acl:Authorization; acl:agent <${server.owner}>; acl:accessTo <./later>; acl:mode acl:Read.`;
    const owner = as(server.owner);
    const outcomes = new Set<boolean>();
    for (let round = 0; round < 40; round += 1) {
      const url = `${server.open}c${round}/`;
      await request('PUT', url);
      const writes = [
        () => request('PUT', `${url}later.acl`, { ...turtle, ...owner }, rules),
        () => request('DELETE', url, owner),
      ];
      const [first, second] = round % 2 === 0 ? writes : writes.reverse();
      const begun = first!();
      // A head start, as the one takes longer than the other.
      await sleep(round % 8);
      const answers = await Promise.all([begun, second!()]);
      assert.deepEqual(statuses(answers), [201, 204]);
      const container = await request('GET', url, owner);
      const acl = await request('GET', `${url}later.acl`, owner);
      assert.equal(acl.status, container.status);
      outcomes.add(container.status === 200);
    }
    assert.equal(outcomes.size, 2, 'both came first at times');
  }));
});
