import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The app of this folder on an origin of its own. */
export interface AppServer extends AsyncDisposable {
  /** Where the app is. */
  readonly url: string;
  /** Its Client ID Document (Solid-OIDC, section 5.1). */
  readonly clientId: string;
}

export async function serveApp(): Promise<AppServer> {
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
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
      case '/client.jsonld': return send('application/ld+json', JSON.stringify(clientDocument(url)));
      default: response.writeHead(404).end();
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  return {
    url, clientId: `${url}client.jsonld`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

function clientDocument(url: string): object {
  return {
    '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld',
    client_id: `${url}client.jsonld`,
    client_name: 'Notes of a test',
    redirect_uris: [url],
    post_logout_redirect_uris: [url],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid webid offline_access',
    token_endpoint_auth_method: 'none',
  };
}
