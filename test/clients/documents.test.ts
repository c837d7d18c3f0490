import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import jsonld from 'jsonld';
import { Parser, Writer } from 'n3';
import { canonize } from 'rdf-canonize';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

const { resolve } = createRequire(import.meta.url);

/** One text for all documents that say the same, made by parsers that are not the server's. `base`: where it is. */
async function canonical(
  text: string, format: 'N-Quads' | 'TriG' | 'Turtle' | 'JSON-LD', base: string,
): Promise<string> {
  const quads = format === 'JSON-LD'
    ? await jsonld.toRDF(JSON.parse(text), { base })
    : new Parser({ format, baseIRI: base }).parse(text);
  return canonize(quads, { algorithm: 'RDFC-1.0', format: 'application/n-quads' });
}

/** The same statements, all in the default graph, as Turtle with prefixes and lists of predicates. */
async function toTurtle(nquads: string, prefixes: Record<string, string>): Promise<string> {
  const writer = new Writer({ prefixes });
  for (const { subject, predicate, object } of new Parser({ format: 'N-Quads' }).parse(nquads)) {
    writer.addQuad(subject, predicate, object);
  }
  return new Promise((done, fail) => {
    writer.end((error: Error | null, text: string) => { if (error) fail(error); else done(text); });
  });
}

/** A picture of one pixel, with 200 kB of comments in it as a camera adds its own. */
function jpeg(): Buffer {
  const whole = Buffer.from(`/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP${'/'.repeat(86)}` +
    'wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxD/2Q==', 'base64');
  const comments = Array.from({ length: 4 }, () => {
    const comment = randomBytes(50_000);
    return Buffer.concat([Buffer.from([0xff, 0xfe, (comment.length + 2) >> 8, (comment.length + 2) & 0xff]), comment]);
  });
  return Buffer.concat([whole.subarray(0, 2), ...comments, whole.subarray(2)]);
}

describe('real documents', function () {
  this.timeout(30_000);
  let server: ChildServer;
  before(async function () {
    this.timeout(60_000);
    server = await startChild({ data: await temporaryDirectory() });
  });
  after(() => server?.stop());

  const put = async (name: string, mediaType: string, body: string | Buffer): Promise<string> => {
    const url = server.open + name;
    const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body });
    assert.equal(answer.status, 201, await answer.text());
    return url;
  };
  const get = async (url: string, accept: string): Promise<Response> => {
    const answer = await fetch(url, { headers: { accept } });
    assert.equal(answer.status, 200);
    if (accept !== '*/*') assert.equal(answer.headers.get('content-type'), accept);
    return answer;
  };
  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());

  for (const [name, namespace] of [
    ['foaf', 'http://xmlns.com/foaf/0.1/'], ['prov', 'http://www.w3.org/ns/prov#'], ['schema', 'http://schema.org/'],
  ] as const) {
    describe(`the vocabulary ${name}`, () => {
      let nquads: string;
      before(async () => { nquads = await readFile(resolve(`@vocabulary/${name}/${name}.nq`), 'utf8'); });

      it('comes back byte for byte as N-Quads, and says the same as JSON-LD and TriG', async () => {
        const url = await put(`${name}.nq`, 'application/n-quads', nquads);
        assert(Buffer.from(nquads).equals(await bytesOf(await get(url, 'application/n-quads'))));
        const expected = await canonical(nquads, 'N-Quads', url);
        for (const [mediaType, format] of [['application/ld+json', 'JSON-LD'], ['application/trig', 'TriG']] as const) {
          const text = await (await get(url, mediaType)).text();
          assert(await canonical(text, format, url) === expected, `the ${format} differs`);
        }
      });

      it('comes back byte for byte as Turtle and as JSON-LD, and says the same in the other', async () => {
        const prefixes = { [name]: namespace, owl: 'http://www.w3.org/2002/07/owl#' };
        const turtle = `# ${name}, in Turtle\r\n${await toTurtle(nquads, prefixes)}`;
        const url = await put(`${name}.ttl`, 'text/turtle', turtle);
        assert(Buffer.from(turtle).equals(await bytesOf(await get(url, 'text/turtle'))));
        const expected = await canonical(turtle, 'Turtle', url);

        const json = await bytesOf(await get(url, 'application/ld+json'));
        assert(await canonical(json.toString(), 'JSON-LD', url) === expected, 'the JSON-LD differs');
        const copy = await put(`${name}.jsonld`, 'application/ld+json', json);
        assert(json.equals(await bytesOf(await get(copy, 'application/ld+json'))));
        const turtleAgain = await (await get(copy, 'text/turtle')).text();
        assert(await canonical(turtleAgain, 'Turtle', copy) === expected, 'the Turtle differs');
      });
    });
  }

  it('a photograph comes back byte for byte, and in parts', async () => {
    const picture = jpeg();
    const url = await put('photo.jpg', 'image/jpeg', picture);
    const whole = await get(url, 'image/jpeg');
    assert.equal(whole.headers.get('content-length'), String(picture.length));
    assert(picture.equals(await bytesOf(whole)));

    const part = await fetch(url, { headers: { range: 'bytes=100000-100009' } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 100000-100009/${picture.length}`);
    assert(picture.subarray(100_000, 100_010).equals(await bytesOf(part)));
  });

  it('bytes of any kind come back as they were, the empty ones too', async () => {
    for (const size of [0, 1, 32 * 1024, 32 * 1024 + 1]) {
      const bytes = randomBytes(size);
      const url = await put(`bytes-${size}`, 'application/octet-stream', bytes);
      assert(bytes.equals(await bytesOf(await get(url, '*/*'))), `${size} bytes`);
    }
  });
});
