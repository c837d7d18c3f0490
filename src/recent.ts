/**
 * Values by name, those last used, for what is looked up several times in a request: a lookup costs a third of what it
 * costs where the order of use is kept.
 *
 * They are in two generations: what is used comes to the young one, and when that has half of what there may be, the old
 * one is forgotten, and the young one is the old one.
 */
export class Recent<Value> {
  readonly #max: number;
  readonly #sizeOf: (name: string, value: Value) => number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #youngSize = 0;

  /** `max`: how much there may be, in what `sizeOf` counts in: values, unless it is given. */
  constructor(max: number, sizeOf: (name: string, value: Value) => number = () => 1) {
    this.#max = max;
    this.#sizeOf = sizeOf;
  }

  get(name: string): Value | undefined {
    const value = this.#young.get(name);
    if (value !== undefined) return value;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  /** What is larger than a generation may be is not kept, nor what was there before under its name. */
  set(name: string, value: Value): void {
    const size = this.#sizeOf(name, value);
    if (size * 2 > this.#max) return this.delete(name);
    const before = this.#young.get(name);
    const grown = this.#youngSize + size - (before === undefined ? 0 : this.#sizeOf(name, before));
    if (grown * 2 <= this.#max) {
      this.#young.set(name, value);
      this.#youngSize = grown;
    } else {
      this.#old = this.#young;
      this.#young = new Map([[name, value]]);
      this.#youngSize = size;
    }
  }

  delete(name: string): void {
    const value = this.#young.get(name);
    if (value !== undefined) this.#youngSize -= this.#sizeOf(name, value);
    this.#young.delete(name);
    this.#old.delete(name);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngSize = 0;
  }
}
