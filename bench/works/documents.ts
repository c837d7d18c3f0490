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

/** Writes documents, by their URLs. Throws when that fails. */
export async function putAll(
  server: BenchServer, documents: readonly (readonly [url: string, text: string])[], prover: Prover,
): Promise<void> {
  const answers = await sendAll(server.port, documents.length, (i) => putBytes(...documents[i]!, prover));
  for (const [i, { status, head, body }] of answers.entries()) {
    if (status < 200 || status > 299) throw new Error(`PUT ${documents[i]![0]}: ${head}\n${body.toString()}`);
  }
}

/** Reads public documents. */
export function getAll(server: BenchServer, urls: readonly string[]): Promise<Answer[]> {
  return sendAll(server.port, urls.length, (i) => requestBytes('GET', urls[i]!, { Accept: 'text/turtle' }));
}
