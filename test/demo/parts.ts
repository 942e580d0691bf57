// The running parts of the demo, of which each is ended however the demo ends, in the reverse order of their start.
import { setTimeout as delay } from 'node:timers/promises';

interface Part {
  readonly end: () => Promise<unknown>;
}

// A control plane that is being started takes 2 to 4 s to be there, more on a busy machine.
const endWithinMs = 15_000;

export class Parts {
  readonly #parts: Part[] = [];
  #isEnding = false;

  /** Starts a part and remembers how to end it, from now on, also when it is not up yet. Rejects when all is being ended already. */
  async take<T>(start: () => Promise<T> | T, end: (part: T) => Promise<unknown> | unknown): Promise<T> {
    if (this.#isEnding) throw new Error('the demo is ending');
    const starting = Promise.resolve(start());
    // One that never came up has nothing to end.
    this.#parts.push({ end: () => starting.then(end, () => {}) });
    return starting;
  }

  /** Ends all parts and returns what went wrong with it. One that does not end in time, or cannot, keeps none of the others. */
  async end(): Promise<readonly unknown[]> {
    this.#isEnding = true;
    const failures: unknown[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      const ended = part.end().catch((thrown: unknown) => failures.push(thrown));
      await Promise.race([ended, delay(endWithinMs, undefined, { ref: false })]);
    }
    return failures;
  }
}
