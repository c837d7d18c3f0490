import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { build } from 'esbuild';

/** The app of this folder, on an origin and a site other than that of the node. */
export interface AppServer extends AsyncDisposable {
  /** Where the app is. */
  readonly url: string;
  /** Its Client ID Document (Solid-OIDC, section 5.1). */
  readonly clientId: string;
}

/** `name`: what it says it is called. */
export async function serveApp(name = 'Notes of a test'): Promise<AppServer> {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const { outputFiles: [script] } = await build({
    entryPoints: [path('app.js')], bundle: true, format: 'esm', platform: 'browser', write: false, logLevel: 'error',
  });
  const page = await readFile(path('app.html'));
  const server = createServer((request, response) => {
    const send = (type: string, body: string | Uint8Array): void => {
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body);
    };
    switch (new URL(request.url!, url).pathname) {
      case '/': return send('text/html', page);
      case '/app.js': return send('text/javascript', script!.contents);
      case '/client.jsonld': return send('application/ld+json', JSON.stringify(clientDocument(url, name)));
      case '/logo.png': return send('image/png', logo());
      default: response.writeHead(404).end();
    }
  });
  // Another site than `localhost` to a browser, so its cookies are those of strangers.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url, clientId: `${url}client.jsonld`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

function clientDocument(url: string, name: string): object {
  return {
    '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld',
    client_id: `${url}client.jsonld`,
    client_name: name, client_uri: `${url}about`, logo_uri: `${url}logo.png`,
    policy_uri: `${url}policy`, tos_uri: `${url}terms`,
    redirect_uris: [url],
    post_logout_redirect_uris: [url],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid webid offline_access',
    token_endpoint_auth_method: 'none',
  };
}

/** A white disc on green, as PNG: 64 by 64 pixels, RGB. */
function logo(): Buffer {
  const size = 64;
  const lines = Array.from({ length: size }, (_, y) => Buffer.from([0, ...Array.from({ length: size }, (__, x) => (
    Math.hypot(x - size / 2, y - size / 2) < size / 4 ? [255, 255, 255] : [40, 120, 90])).flat()]));
  const chunk = (type: string, data: Buffer): Buffer => {
    const [length, sum, named] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.concat([Buffer.from(type), data])];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const header = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))), chunk('IEND', Buffer.alloc(0)),
  ]);
}
