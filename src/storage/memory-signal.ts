import type { Signal } from './signal.ts';

/** A signal within this process. */
export class MemorySignal implements Signal {
  readonly #listeners = new Map<string, Set<{ wake: () => void; due: boolean }>>();

  notify(topic: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      if (listener.due) continue;
      listener.due = true;
      setImmediate(() => {
        listener.due = false;
        if (this.#listeners.get(topic)?.has(listener)) listener.wake();
      });
    }
  }

  /** Wakes all listeners of all topics. */
  notifyAll(): void {
    for (const topic of this.#listeners.keys()) this.notify(topic);
  }

  listen(topic: string, wake: () => void): Disposable {
    const listener = { wake, due: false };
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}
