/** Streams files to and from the disk and does nothing else: `node bare-streaming.ts PORT FOLDER`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [port, folder] = process.argv.slice(2) as [string, string];
await mkdir(folder, { recursive: true });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = join(folder, encodeURIComponent(request.url!));
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(file, { flush: true }));
    response.writeHead(201, { 'Content-Length': 0 }).end();
    return;
  }
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return void response.writeHead(404, { 'Content-Length': 0 }).end();
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': found.size });
  await pipeline(createReadStream(file), response);
}

const server = createServer((request, response) => void answer(request, response).catch((error: unknown) => {
  console.error(error);
  response.destroy();
}));
server.listen(Number(port), 'localhost');
