import assert from 'node:assert/strict';
import { Logos, maxLogoBytes } from '../../src/identity/logos.ts';
import type { Logo } from '../../src/identity/logos.ts';
import { Problem } from '../../src/problem.ts';
import { openRemote, serve } from '../remote/servers.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const webp = Buffer.from('RIFF\x00\x00\x00\x00WEBPVP8 ', 'latin1');

/** Reads what a server sends as a picture. */
async function read(type: string, bytes: Uint8Array, local?: (url: string) => Promise<Logo | undefined>): Promise<Logo> {
  await using server = await serve((_request, response) => { response.writeHead(200, { 'content-type': type }).end(bytes); });
  await using remote = openRemote({ remoteSeconds: 1, remoteBytes: 1_000_000 });
  return await new Logos({ remote, staleSeconds: 60, ...(local && { local }) }).read(`${server.origin}/logo`);
}

const isMissing = (error: unknown): boolean => error instanceof Problem && error.kind === 'missing';

describe('The picture of an app', () => {
  const good: [what: string, type: string, bytes: Buffer, mediaType: string][] = [
    ['PNG', 'image/png', png, 'image/png'],
    ['JPEG', 'image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg'],
    ['GIF', 'image/gif', Buffer.from('GIF89a'), 'image/gif'],
    ['WebP', 'image/webp', webp, 'image/webp'],
    ['what its bytes are, whatever its server calls it', 'image/gif', png, 'image/png'],
    ['the largest that may be', 'image/png', Buffer.concat([png, Buffer.alloc(maxLogoBytes - png.length)]), 'image/png'],
  ];
  for (const [what, type, bytes, mediaType] of good) {
    it(`may be ${what}`, async () => {
      const logo = await read(type, bytes);
      assert.equal(logo.mediaType, mediaType);
      assert.deepEqual(Buffer.from(logo.bytes), bytes);
    });
  }

  const bad: [what: string, type: string, bytes: Buffer][] = [
    ['a drawing, which may hold a script', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a drawing that is called a picture', 'image/png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a page', 'text/html', Buffer.from('<!doctype html>')],
    ['a page that begins like no picture', 'image/png', Buffer.from('<!doctype html>')],
    ['nothing', 'image/png', Buffer.alloc(0)],
    ['one byte too large', 'image/png', Buffer.concat([png, Buffer.alloc(maxLogoBytes - png.length + 1)])],
  ];
  for (const [what, type, bytes] of bad) {
    it(`is missing when it is ${what}`, () => assert.rejects(read(type, bytes), isMissing));
  }

  it('is missing when its server cannot be reached, or is in this house', async () => {
    await using remote = openRemote({ remoteSeconds: 1, remoteBytes: 1_000_000, remoteLocalhost: false });
    const logos = new Logos({ remote, staleSeconds: 60 });
    for (const url of ['http://127.0.0.1:1/logo', 'http://localhost/logo', 'file:///etc/passwd', 'data:image/png;base64,iVBORw0KGgo=']) {
      await assert.rejects(logos.read(url), isMissing, url);
    }
  });

  it('is read without the network where it is public in a pod of this node, and is missing where it is not', async () => {
    assert.deepEqual(await read('text/plain', Buffer.alloc(0), async () => ({ mediaType: 'image/gif', bytes: png })), { mediaType: 'image/png', bytes: png });
    await assert.rejects(read('image/png', png, async () => { throw new Problem('missing', 'There is no public document.'); }), isMissing);
    await assert.rejects(read('image/png', png, async () => ({ mediaType: 'image/png', bytes: Buffer.from('no') })), isMissing);
  });
});
