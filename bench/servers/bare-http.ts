/** What `node:http` does alone: `node bare-http.ts PORT FILE` answers all with the headers and body in a file. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { headers, body } = JSON.parse(readFileSync(process.argv[3]!, 'utf8')) as { headers: string[]; body: string };
const bytes = Buffer.from(body);
const server = createServer((_, response) => {
  response.writeHead(200, headers);
  response.end(bytes);
});
server.listen(Number(process.argv[2]), 'localhost');
