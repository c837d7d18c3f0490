import assert from 'node:assert/strict';
import type { Given } from '../../src/cli/arguments.ts';

/** What a command prints, by lines; it has to end well. */
export async function said(command: (given: Given) => Promise<number>, ...argv: readonly string[]): Promise<string[]> {
  const write = process.stdout.write.bind(process.stdout);
  let printed = '';
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  try {
    assert.equal(await command({ argv: [...argv, '--log-level', 'silent'], env: {} }), 0);
  } finally {
    process.stdout.write = write;
  }
  return printed.trimEnd().split('\n').filter((line) => line !== '');
}
