/** What `node:http` does alone: `node bare-http.ts PORT HEADERS-AND-BODY.json`, whose bytes it answers everything with. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { headers, body } = JSON.parse(readFileSync(process.argv[3]!, 'utf8')) as { headers: string[]; body: string };
const bytes = Buffer.from(body);
const server = createServer((_, response) => {
  response.writeHead(200, headers);
  response.end(bytes);
});
server.listen(Number(process.argv[2]), 'localhost');
