import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { mistakesIn } from './permissions-pods.ts';
import { isAcl, rows } from './permissions-rows.ts';
import type { Row } from './permissions-rows.ts';
import { lines } from './permissions-table.ts';
import type { Line } from './permissions-table.ts';

/** The methods, and the requirements of Web Access Control that they show. */
const methods = {
  GET: '[server-read-operation] [server-wac-allow]',
  HEAD: '[server-read-operation] [server-wac-allow]',
  OPTIONS: '[server-read-operation]',
  PUT: '[server-create-operation] [server-update-operation]',
  POST: '[server-create-operation]',
  PATCH: '[server-create-operation] [server-update-operation]',
  DELETE: '[server-delete-operation]',
} as const;

/** How many requests are under way at a time. */
const parallel = 8;

describe('the table of permissions', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.operation.name.split(' ', 1)[0]} ${row.line.target}`;
    groups.set(name, [...groups.get(name) ?? [], row]);
  }
  const rowsOf = (method: string, { target }: Line): readonly Row[] => groups.get(`${method} ${target}`) ?? [];

  async function check(some: readonly Row[]): Promise<void> {
    const left = some.values();
    const wrong: string[] = [];
    const work = async (): Promise<void> => {
      for (const row of left) wrong.push(...await mistakesIn(server, row));
    };
    await Promise.all(Array.from({ length: parallel }, work));
    assert.equal(wrong.length, 0, `${wrong.length} of ${some.length} rows:\n${wrong.sort().slice(0, 50).join('\n')}\n`);
  }

  for (const [method, shown] of Object.entries(methods)) {
    describe(`says who may ${method} ${shown}`, () => {
      for (const line of lines.filter((one) => !isAcl(one))) {
        const some = rowsOf(method, line);
        if (some.length > 0) it(line.target, () => check(some));
      }
    });
  }

  describe('says who may do what with access control lists [server-control-operation] [server-get-acl-without-representation]', () => {
    for (const line of lines.filter(isAcl)) {
      for (const method of Object.keys(methods)) it(`${method}: ${line.target}`, () => check(rowsOf(method, line)));
    }
  });

  it(`has more than 400 rows, ${rows.length}, and for each of its cells such as get that answer and such as are refused`, () => {
    assert.ok(rows.length > 400);
    const found = new Set(rows.map(({ line, operation, status }) => `${line.target}, ${operation.column}: ${status}`));
    const wanted = lines.flatMap(({ target, cells }) => Object.entries(cells).flatMap(([column, cell]) => {
      const answers = cell === '.' ? [] : cell.split(' ').map((answer) => answer.split(':').at(-1));
      return [...answers, ...cell.includes(':') ? [403] : []].map((status) => `${target}, ${column}: ${status}`);
    }));
    assert.deepEqual(wanted.filter((one) => !found.has(one)), []);
  });
});
