import pg from 'pg';
import { backOff } from './postgres-connection.ts';

/**
 * The steps that make the tables, numbered from 1. A step that was ever released is never changed; a change is a new
 * step. The version sequence hands out numbers one by one: numbers cached by a connection would not be in order.
 */
const steps: readonly string[] = [
  `create table entries (key bytea primary key, value bytea not null, version bigint not null);
   create sequence entries_version cache 1`,
];

/** How often a migration is begun anew when another process migrates at the same time. */
const attempts = 20;

/** What a loser of that race sees: a unique key that is taken, a table or type that exists, a conflict or deadlock. */
const races = new Set(['23505', '42P07', '42710', '40001', '40P01']);

/**
 * Brings the tables up to date. Any number of processes may do so at once: the number of a step is inserted in the
 * transaction that does it, so that the unique key lets one through and makes the others wait, and look again.
 */
export async function migrate(client: pg.Client): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await doMissingSteps(client);
    } catch (error) {
      await client.query('rollback');
      if (attempt >= attempts || !(error instanceof pg.DatabaseError && races.has(error.code ?? ''))) throw error;
    }
    await backOff(attempt, 10, 200);
  }
}

async function doMissingSteps(client: pg.Client): Promise<void> {
  await client.query('create table if not exists migrations (number integer primary key)');
  const { rows } = await client.query<{ done: number }>('select coalesce(max(number), 0) as done from migrations');
  const done = rows[0]?.done ?? 0;
  if (done > steps.length) throw new Error('The PostgreSQL database was made by a newer version of Freehold.');
  for (const [index, step] of steps.entries()) {
    if (index < done) continue;
    await client.query('begin');
    await client.query('insert into migrations (number) values ($1)', [index + 1]);
    await client.query(step);
    await client.query('commit');
  }
}
