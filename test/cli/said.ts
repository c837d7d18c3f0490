import assert from 'node:assert/strict';
import type { Given } from '../../src/cli/arguments.ts';

/** What is printed while `work` is done, and what that gave. */
export async function printed<T>(work: () => Promise<T>): Promise<{ readonly gave: T; readonly text: string }> {
  const write = process.stdout.write.bind(process.stdout);
  let text = '';
  process.stdout.write = (piece: string | Uint8Array) => {
    text += String(piece);
    return true;
  };
  try {
    const gave = await work();
    return { gave, text };
  } finally {
    process.stdout.write = write;
  }
}

/** What a command prints, by lines; it has to end well. */
export async function said(command: (given: Given) => Promise<number>, ...argv: readonly string[]): Promise<string[]> {
  const { gave, text } = await printed(() => command({ argv: [...argv, '--log-level', 'silent'], env: {} }));
  assert.equal(gave, 0);
  return text.trimEnd().split('\n').filter((line) => line !== '');
}
