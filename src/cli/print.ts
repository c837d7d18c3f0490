/** The switch with which a command prints JSON. */
export const json = ['--json'] as const;

/** Prints lines as they come. */
export async function print(lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  for await (const line of lines) process.stdout.write(`${line}\n`);
}

/** A moment in UTC, to the minute. */
export function momentOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
