import { setImmediate as nextTurn } from 'node:timers/promises';

/** For so long one piece of work goes on before other work runs. */
const millisecondsPerTurn = 10;
const itemsPerSlice = 100;

/** Work that can be left for other work wherever it yields. It returns its result. */
export type Sliced<Result> = Generator<undefined, Result>;

/** Does the work to its end, with other work in between when it takes long. */
export async function inSlices<Result>(work: Sliced<Result>): Promise<Result> {
  let turnStarted = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - turnStarted < millisecondsPerTurn) continue;
    await nextTurn();
    turnStarted = performance.now();
  }
}

/** Does something for each of many items. */
export function* each<Item>(items: Iterable<Item>, visit: (item: Item) => void): Sliced<void> {
  let count = 0;
  for (const item of items) {
    visit(item);
    count += 1;
    if (count % itemsPerSlice === 0) yield;
  }
}
