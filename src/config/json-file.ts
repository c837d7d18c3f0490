import { readFileSync } from 'node:fs';

/** The content of a JSON file, or one sentence on why there is none, which quotes nothing of it: it may be secret. */
export function readJsonFile(path: string): { readonly value: unknown } | { readonly mistake: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { mistake: `${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { mistake: `${path}: is not JSON: ${reason((error as SyntaxError).message, text)}` };
  }
}

/** The parser's message, without the piece of the file that it may quote, and with a line for a position. */
function reason(message: string, text: string): string {
  const position = / in JSON at position (\d+)| at position (\d+)/.exec(message);
  if (position === null) return message.replace(/, (\.\.\.)?".*$/s, '');
  const before = text.slice(0, Number(position[1] ?? position[2])).split('\n');
  return `${message.slice(0, position.index)} at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
