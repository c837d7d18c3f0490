import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../src/log.ts';
import { startServer } from './server.ts';
import { request } from './solid/request.ts';
import { temporaryDirectory } from './storage/temporary-directory.ts';

describe('A server whose database cannot write', () => {
  it('says that it is not ready, refuses writes for the moment, goes on reading, and recovers', async () => {
    const data = await temporaryDirectory();
    await using server = await startServer({ database: 'level', data });
    log.level = 'silent';
    const put = (): ReturnType<typeof request> =>
      request('PUT', `${server.open}doc`, { 'content-type': 'text/plain' }, 'x'.repeat(30_000));
    await rename(join(data, 'database'), join(data, 'elsewhere'));
    let answer = await put();
    // LevelDB needs a new file after 4 MiB.
    for (let count = 0; count < 400 && answer.status < 300; count += 1) answer = await put();
    assert.deepEqual([answer.status, answer.problem?.kind, answer.headers['retry-after']], [503, 'busy', '1']);
    assert.equal((await request('GET', `${server.url}.health/ready`)).status, 503);
    assert.equal((await request('GET', `${server.open}doc`)).status, 200);

    await rename(join(data, 'elsewhere'), join(data, 'database'));
    await wait(1_000);
    answer = await put();
    assert.equal(answer.status, 204);
  });
});
