import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const blockBytes = 1024 * 1024;

/** Blocks of one MiB, each different and none compressible, made fast enough to keep a server busy. */
function* blocks(count: number): Generator<Buffer> {
  const random = randomFillSync(Buffer.alloc(blockBytes));
  for (let i = 0; i < count; i += 1) {
    const block = Buffer.from(random);
    block.writeUInt32BE(i);
    yield block;
  }
}

/** Uploads `mebibytes` as a stream; gives the status, and the SHA-256 of what was sent. */
export async function upload(url: string, mebibytes: number): Promise<{ status: number | undefined; sha256: string }> {
  const hash = createHash('sha256');
  const sent = request(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', 'content-length': mebibytes * blockBytes },
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(blocks(mebibytes)), async function* (source: AsyncIterable<Buffer>) {
    for await (const block of source) {
      hash.update(block);
      yield block;
    }
  }, sent);
  const [answer] = await answered;
  answer.resume();
  await once(answer, 'close');
  return { status: answer.statusCode, sha256: hash.digest('hex') };
}

/** Downloads as a stream; gives the status, the length and the SHA-256 of what came. */
export async function download(url: string): Promise<{ status: number | undefined; size: number; sha256: string }> {
  const sent = request(url).end();
  const [answer] = await once(sent, 'response') as [IncomingMessage];
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { status: answer.statusCode, size, sha256: hash.digest('hex') };
}
