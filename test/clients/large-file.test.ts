import assert from 'node:assert/strict';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild, watchMemory } from './child-server.ts';
import { download, upload } from './large-file.ts';

const mebibytes = 512;
const megabyte = 1_000_000;

describe('a file of 512 MiB', function () {
  this.timeout(120_000);

  it('goes up and comes down unchanged, and the server’s memory grows by less than 100 MB', async () => {
    await using server = await startChild({ data: await temporaryDirectory() });
    const url = `${server.open}large.bin`;
    // What the server needs for any request at all does not count.
    await upload(`${server.open}small.bin`, 1);
    await download(`${server.open}small.bin`);

    using memory = await watchMemory(server.process.pid!);
    const sent = await upload(url, mebibytes);
    assert.equal(sent.status, 201);
    const received = await download(url);
    assert.deepEqual(received, { status: 200, size: mebibytes * 1024 * 1024, sha256: sent.sha256 });
    const growth = Math.round(memory.growth() / megabyte);
    if (memory.known) assert(growth < 100, `it grew by ${growth} MB`);
  });
});
