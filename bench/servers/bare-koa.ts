/** What Koa does alone: as `bare-http.ts`. */
import { readFileSync } from 'node:fs';
import Koa from 'koa';

const { headers, body } = JSON.parse(readFileSync(process.argv[3]!, 'utf8')) as { headers: string[]; body: string };
const bytes = Buffer.from(body);
const fields: Record<string, string[]> = {};
for (let i = 0; i < headers.length; i += 2) (fields[headers[i]!] ??= []).push(headers[i + 1]!);
const koa = new Koa();
koa.use((ctx) => {
  ctx.set(fields);
  ctx.body = bytes;
});
koa.listen(Number(process.argv[2]), 'localhost');
