/** Run by `postgres.test.ts`, twice at once: adds one to a shared counter as often as it is told. */
import { openPostgres } from '../../src/storage/postgres.ts';
import { addOne } from './add-one.ts';

const [url, times] = process.argv.slice(2);
await using database = await openPostgres(url!);
await Promise.all(Array.from({ length: Number(times) }, () => addOne(database, [['shared counter']])));
