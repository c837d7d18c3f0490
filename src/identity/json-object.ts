import { Problem } from '../problem.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads what another server sent as a JSON object. Throws Problem `invalid` when it is none. */
export function readJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Problem('invalid', 'It is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('invalid', 'It is not a JSON object.');
  }
  return value as Record<string, unknown>;
}
