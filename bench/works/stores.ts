import { join } from 'node:path';
import { freePort } from '../../src/http/server.ts';
import type { Field } from '../field.ts';
import type { BenchServer } from '../server.ts';
import { fillContainer } from '../servers/fill.ts';
import { makeStore, serveStore } from '../servers/freehold.ts';

/** The nth of many small documents. */
export const member = {
  name: (n: number): string => `${String(n).padStart(7, '0')}.ttl`,
  text: (n: number): string => `<#it> <https://schema.org/position> ${n}.`,
};

/** A store of Freehold that was filled without HTTP, and can be served. */
export interface FilledStore {
  readonly data: string;
  readonly port: number;
  /** The URL of the container with the members. */
  readonly many: string;
  serve(): Promise<BenchServer>;
}

const filled = new Map<string, FilledStore>();

/**
 * A store whose container `open/many/` has one member less than that, which is for a work to add. It is made when it is
 * first asked for, and stays until the end.
 */
export async function filledStore(field: Field, members: number): Promise<FilledStore> {
  const data = join(field.folder, `filled-${members}`);
  const known = filled.get(data);
  if (known !== undefined) return known;
  const port = await freePort();
  await makeStore({ data, webId: field.identity.webId, port }, (store) =>
    fillContainer(store, store.pod, '/open/many/', { count: members - 1, ...member }));
  const store = {
    data, port, many: `http://localhost:${port}/bench/open/many/`,
    serve: () => serveStore(data, port, `http://localhost:${port}/bench/open/many/${member.name(0)}`),
  };
  filled.set(data, store);
  return store;
}
