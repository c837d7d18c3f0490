import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A new directory, removed after all tests. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  made.push(directory);
  return directory;
}

after(async () => {
  for (const directory of made) await rm(directory, { recursive: true, force: true });
});
