import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { exposedHeaders } from '../../src/http/cors.ts';

/** What a server answered, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The kind and the detail, when the answer is a problem (RFC 9457). */
  readonly problem: { readonly kind: string; readonly detail: string } | undefined;
}

/** What scripts of other origins can read; what belongs to the connection (RFC 9110 section 7.6.1) no browser shows. */
const readable = new Set(exposedHeaders.map((name) => name.toLowerCase()));
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding'];

const agent = new Agent({ keepAlive: true });

/**
 * Sends a request as it is given: the path is not normalised, and no header is added but Host and Content-Length. All
 * host names are this machine. No test ever asks for a 500, or for the names of our files, so neither may come; nor does
 * any header that scripts of other origins could not read (Solid Protocol, server-cors-aceh).
 */
export async function request(
  method: string, url: string, headers: OutgoingHttpHeaders = {}, body?: string | Uint8Array,
): Promise<Answer> {
  const [, host = '', port = '', path = ''] = /^http:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
  const length = body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = httpRequest({
    agent, host: '127.0.0.1', port, method, path: path || '/', headers: { host: `${host}:${port}`, ...length, ...headers },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.once('response', resolve).once('error', reject));
  sent.end(body);
  const response = await answered;
  const bytes = Buffer.concat(await response.toArray());
  assert.deepEqual(Object.keys(response.headers).filter((name) =>
    !readable.has(name) && !name.startsWith('access-control-') && !hopByHop.includes(name)), []);
  return checked({
    status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString(),
    problem: problemOf(response.headers['content-type'], bytes),
  });
}

/** An answer as it was received from a socket, with its status line. Of several, the last. */
export function readAnswer(received: string): Answer {
  const [, status = '', head = '', body = ''] = /.*(?:^|[^])HTTP\/1\.1 (\d{3})[^\r]*\r\n([^]*?)\r\n\r\n([^]*)$/.exec(received) ?? [];
  const headers = Object.fromEntries(head.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const chunked = headers['transfer-encoding'] === 'chunked';
  const text = chunked ? body.replace(/^[0-9a-f]+\r\n([^]*)\r\n0\r\n\r\n$/, '$1') : body;
  const bytes = Buffer.from(text, 'latin1');
  return checked({ status: Number(status), headers, bytes, text, problem: problemOf(headers['content-type'], bytes) });
}

function problemOf(type: string | undefined, bytes: Buffer): Answer['problem'] {
  if (type !== 'application/problem+json' || bytes.byteLength === 0) return undefined;
  const { type: kind, detail } = JSON.parse(bytes.toString()) as { type: string; detail: string };
  return { kind: kind.slice(kind.lastIndexOf('/') + 1), detail };
}

function checked(answer: Answer): Answer {
  assert.notEqual(answer.status, 500, answer.text);
  assert.doesNotMatch(answer.text, /\n\s+at .*:\d+:\d+|node_modules|\.ts:\d+/);
  return answer;
}

/** The members of a header whose value is a list, in the case in which they came. */
export function listed(answer: Answer, header: string): string[] {
  const value = answer.headers[header];
  return (Array.isArray(value) ? value.join(', ') : value ?? '').split(',').map((member) => member.trim())
    .filter((member) => member !== '');
}

/** The targets of the links with a relation, found by the regular expression that clients use. */
export function linked(answer: Answer, rel: string): string[] {
  const links = answer.headers.link ?? '';
  return [...String(links).matchAll(/<([^>]+)>;\s*rel="([^"]*)"/g)].flatMap(([, target, found]) => found === rel ? [target!] : []);
}
