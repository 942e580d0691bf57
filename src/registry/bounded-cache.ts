// A map that forgets: what was not used for longest when it is full, and what is too old.

export interface CacheBounds {
  /** Sum of the weights of all entries. */
  readonly maxWeight: number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number;
  readonly goodUntilMs: number;
}

/** Least recently used first out. An entry that is heavier than the whole is not kept. */
export class BoundedCache<Value> {
  readonly #bounds: CacheBounds;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<Value>>();
  #weight = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  /** Returns the value, unless it was forgotten or its time is over. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.goodUntilMs <= this.#bounds.now()) {
      this.delete(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value, for ever unless `lifeMs` is given. */
  set(key: string, value: Value, { weight = 1, lifeMs = Number.POSITIVE_INFINITY }: { weight?: number; lifeMs?: number } = {}): void {
    this.delete(key);
    if (weight > this.#bounds.maxWeight) return;
    this.#entries.set(key, { value, weight, goodUntilMs: this.#bounds.now() + lifeMs });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#bounds.maxWeight) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#weight -= entry.weight;
    this.#entries.delete(key);
  }
}
