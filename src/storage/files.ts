import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../problem.ts';
import { blobTime, isBlobId, MissingBlob, newBlobId, type BlobId, type BlobStore, type ByteRange } from './blobs.ts';

/**
 * A blob's directories are the first five digits of its id, then the next three: what was made within three days is
 * in one directory, what was made within 66 seconds in one of its at most 4,096 directories. So no directory is huge,
 * and going through them by name goes through the blobs by age.
 */
const fanOut = [5, 8] as const;

/** The folder of what is still being written. On the same file system as the blobs, for `rename`. */
const incoming = 'incoming';

/** How much is read of a blob at a time. Smaller pieces take longer, as each goes through the event loop. */
const pieceBytes = 256 * 1024;

/** What lies there longer than this, in milliseconds, is of a process that is gone. */
const abandonedAfter = 24 * 60 * 60 * 1000;

/** An empty directory is removed only when its time has been over this long, in milliseconds: nobody adds to it. */
const settledAfter = 60 * 60 * 1000;

/** Blobs as files below `directory`, which is made when missing and may be shared by several processes. */
export async function openFiles(directory: string): Promise<BlobStore> {
  await mkdir(join(directory, incoming), { recursive: true });
  await removeAbandoned(join(directory, incoming));
  return new FileBlobs(directory);
}

class FileBlobs implements BlobStore {
  readonly #directory: string;
  /** The directory that was last known to outlive a crash of the machine. */
  #durable: string | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(bytes: AsyncIterable<Uint8Array>): Promise<{ id: BlobId; size: number }> {
    let path = join(this.#directory, incoming, randomUUID());
    try {
      const size = await writeDurably(path, bytes);
      const id = newBlobId();
      const home = await this.#makeHome(id);
      await rename(path, join(home, id));
      path = join(home, id);
      await syncDirectory(home);
      return { id, size };
    } catch (error) {
      await rm(path, { force: true });
      if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw new Problem('full', 'The server has no room left to store this.');
      throw error;
    }
  }

  async get(id: BlobId, range?: ByteRange): Promise<Readable> {
    if (!isBlobId(id)) throw new MissingBlob(id);
    const file = await unlessMissing(open(this.#path(id), 'r'));
    if (file === undefined) throw new MissingBlob(id);
    return file.createReadStream({ ...range, highWaterMark: pieceBytes });
  }

  async delete(id: BlobId): Promise<void> {
    if (!isBlobId(id)) return;
    await rm(this.#path(id), { force: true });
    await this.#removeEmptyDirectories(id);
  }

  async *list(after = '' as BlobId): AsyncIterable<{ id: BlobId; size: number }> {
    for (const days of await this.#names(/^[0-9a-f]{5}$/, after.slice(0, fanOut[0]))) {
      const first = after.startsWith(days) ? after.slice(...fanOut) : '';
      for (const minute of await this.#names(/^[0-9a-f]{3}$/, first, days)) {
        for (const id of await this.#names(/^[0-9a-f]{32}$/, after, days, minute) as BlobId[]) {
          const file = id > after ? await unlessMissing(stat(this.#path(id))) : undefined;
          if (file !== undefined) yield { id, size: file.size };
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #path(id: BlobId): string {
    return join(this.#directory, id.slice(0, fanOut[0]), id.slice(...fanOut), id);
  }

  /** The names in a directory that are of this form and not before `from`, in order. */
  async #names(form: RegExp, from: string, ...directory: string[]): Promise<string[]> {
    const names = await unlessMissing(readdir(join(this.#directory, ...directory))) ?? [];
    return names.filter((name) => form.test(name) && name >= from).sort();
  }

  /** Makes the directory of a blob. It lasts once every directory above it has been synced. */
  async #makeHome(id: BlobId): Promise<string> {
    const home = dirname(this.#path(id));
    if (home !== this.#durable) {
      await mkdir(home, { recursive: true });
      await syncDirectory(dirname(home));
      await syncDirectory(this.#directory);
      this.#durable = home;
    }
    return home;
  }

  async #removeEmptyDirectories(id: BlobId): Promise<void> {
    let directory = dirname(this.#path(id));
    for (const digits of fanOut.toReversed()) {
      const end = blobTime(id.slice(0, digits).padEnd(id.length, 'f') as BlobId).getTime();
      if (Date.now() < end + settledAfter) return;
      try {
        await rmdir(directory);
      } catch (error) {
        if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) return;
        throw error;
      }
      directory = dirname(directory);
    }
  }
}

/** Writes a new file through to the disk; gives its size. */
async function writeDurably(path: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx');
  // While one piece goes to the disk, the next ones come. It is closed when all is there, or when that failed.
  await pipeline(bytes, file.createWriteStream({ flush: true, highWaterMark: 4 * pieceBytes }));
  return (await stat(path)).size;
}

/** Makes what was added to a directory outlive a crash of the machine. Windows neither needs nor allows it. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const file = await unlessMissing(stat(path));
    if (file !== undefined && file.mtimeMs < Date.now() - abandonedAfter) await rm(path, { force: true });
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
