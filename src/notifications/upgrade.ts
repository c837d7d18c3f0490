import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemAnswers } from '../http/problem-response.ts';
import type { Problem } from '../problem.ts';

/** Takes a request for a WebSocket; gives `false`, and does nothing, when there is none at its address. */
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * Lets a server switch protocols. Node gives all requests with an `Upgrade` header to whoever listens for one, also
 * those for other protocols (some clients offer `h2c` with every request) and for addresses without a WebSocket: they
 * are answered as if they had not offered it, as they expect (RFC 9110 section 7.8).
 */
export function takeUpgrades(server: Server, upgrade: Upgrade): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const webSocket = request.method === 'GET' && /^websocket$/i.test(request.headers.upgrade ?? '');
    if (webSocket && upgrade(request, socket, head)) return;
    socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
    server.emit('connection', socket);
  });
}

/** The head of a request without its offer. */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!];
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name)
      ? value.split(',').filter((option) => !/^\s*(?:upgrade|http2-settings)\s*$/i.test(option)).join(',') : value;
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Answers a request that does not become a WebSocket. */
export function refuseUpgrade(socket: Duplex, { kind, message, headers }: Problem): void {
  const { status, title } = problemAnswers[kind];
  const body = JSON.stringify({ title, status, detail: message });
  socket.end([
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '', body,
  ].join('\r\n'));
}
