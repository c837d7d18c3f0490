import { requestBytes, sendAll } from '../load.ts';
import type { Answer } from '../load.ts';
import type { Prover } from '../proofs.ts';
import type { BenchServer } from '../server.ts';

export const turtle = { 'Content-Type': 'text/turtle' };

/** A document of 1,024 bytes that says its name. */
export function kilobyte(name: string): string {
  return `<#it> <https://schema.org/text> "${name.padEnd(1024 - 36, 'x')}".`;
}

/** The request with which the bench's WebID writes a document. */
export function putBytes(url: string, text: string, prover: Prover, headers = turtle): Buffer {
  return requestBytes('PUT', url, { ...headers, ...prover.headers('PUT', url) }, text);
}

/** Writes a document. Throws when that fails. */
export async function put(server: BenchServer, url: string, text: string, prover: Prover): Promise<void> {
  await putAll(server, [[url, text]], prover);
}

/**
 * Writes documents, by their URLs. Some servers fail at several at once: those are tried again, one after the other.
 * Throws when that fails too.
 */
export async function putAll(
  server: BenchServer, documents: readonly (readonly [url: string, text: string])[], prover: Prover,
): Promise<void> {
  let missing = documents;
  for (const connections of [16, 1, 1]) {
    const answers = await sendAll(server.port, missing.length, (i) => putBytes(...missing[i]!, prover), connections);
    const refused = answers.findIndex(({ status }) => status > 299 && status < 500);
    if (refused >= 0) throw new Error(`PUT ${missing[refused]![0]} was answered ${answers[refused]!.status}`);
    missing = missing.filter((_, i) => answers[i]!.status > 299);
    if (missing.length === 0) return;
  }
  throw new Error(`PUT ${missing[0]![0]} fails again and again`);
}

/** Reads public documents. */
export function getAll(server: BenchServer, urls: readonly string[]): Promise<Answer[]> {
  return sendAll(server.port, urls.length, (i) => requestBytes('GET', urls[i]!, { Accept: 'text/turtle' }));
}
