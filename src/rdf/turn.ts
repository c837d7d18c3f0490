import { Problem } from '../problem.ts';

/** Shorter documents are read at once, whoever else is at work. */
const shortBytes = 256 * 1024;
/** How many bytes of longer ones are read at a time: in memory, a document takes many times its length. */
const maxBytesAtWork = 16 * 1024 * 1024;
/** How many readers may wait for their turn. */
const maxWaiting = 32;

let bytesAtWork = 0;
const waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

/**
 * Does the work on a document of so many bytes when it is its turn, so that all documents that are read at a time fit
 * into memory. One that is larger than all may be together is read alone. Throws `busy` when too many wait. Not for
 * work that others wait for, such as a job in a pod's queue: the turn is taken before.
 */
export async function inTurn<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  if (bytes < shortBytes) return work();
  if (waiting.length >= maxWaiting) {
    throw new Problem('busy', 'Too many large documents are waiting to be read. Try again in a moment.',
      { 'retry-after': '5' });
  }
  await new Promise<void>((begin) => {
    waiting.push({ bytes, begin });
    beginNext();
  });
  try {
    return await work();
  } finally {
    bytesAtWork -= bytes;
    beginNext();
  }
}

function beginNext(): void {
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    if (bytesAtWork > 0 && bytesAtWork + next.bytes > maxBytesAtWork) return;
    waiting.shift();
    bytesAtWork += next.bytes;
    next.begin();
  }
}
