/** A value that the parser of JSON-LD has seen, the keys that lead to it from the root, and how it is to be handled. */
export interface ValueJob {
  readonly keys: unknown[];
  readonly depth: number;
  readonly job: () => Promise<void>;
}

/** The jobs for the types of nodes, by the keys that lead to the node. */
export class TypeJobs {
  readonly #inner = new Map<unknown, TypeJobs>();
  readonly #jobs: ValueJob['job'][] = [];

  /** Adds the job for a type of the node at these keys. */
  add(keys: readonly unknown[], job: ValueJob['job']): void {
    const [key, ...rest] = keys;
    if (keys.length === 0) {
      this.#jobs.push(job);
      return;
    }
    let inner = this.#inner.get(key);
    if (inner === undefined) this.#inner.set(key, inner = new TypeJobs());
    inner.add(rest, job);
  }

  /** Takes out the jobs for the node at these keys and for the nodes around it, outermost first. */
  take(keys: readonly unknown[], from = 0): ValueJob['job'][] {
    const own = this.#jobs.splice(0);
    const inner = from < keys.length ? this.#inner.get(keys[from])?.take(keys, from + 1) : undefined;
    return inner === undefined ? own : own.concat(inner);
  }
}
