/**
 * The one of `names` that someone who wrote `word` most likely meant, if any is near:
 * at most a third of its letters differ, whatever the case and the signs between words.
 */
function nearest(word: string, names: readonly string[]): string | undefined {
  const wanted = letters(word);
  const [best] = names
    .map((name) => ({ name, steps: distance(wanted, letters(name)), most: Math.max(wanted.length, name.length) / 3 }))
    .filter(({ steps, most }) => steps <= most)
    .toSorted((one, other) => one.steps - other.steps);
  return best?.name;
}

/** For the end of a sentence about an unknown `word`: `; did you mean --port?`, or nothing. `written` shapes a name. */
export function didYouMean(word: string, names: readonly string[], written = (name: string) => name): string {
  const name = nearest(word, names);
  return name === undefined ? '' : `; did you mean ${written(name)}?`;
}

function letters(text: string): string {
  return text.slice(0, 64).toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** How many letters must be put in, taken out, replaced or swapped with the next one to make `b` of `a`. */
function distance(a: string, b: string): number {
  let above: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(
        next[j - 1]! + 1,
        row[j]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? above[j - 2]! + 1 : Infinity,
      ));
    }
    [above, row] = [row, next];
  }
  return row[b.length]!;
}
