// How long to wait before the next try: per key exponentially, and over all keys by a bucket of tokens. Pure but for their own counts.

/** Delays that double with each failure of a key, until the key is forgotten. */
export interface KeyBackOff {
  /** Counts one more failure of the key and returns the delay before its next try, in ms. */
  readonly next: (key: string) => number;
  /** The key succeeded: its next failure starts at the first delay again. Calling it for an unknown key is harmless. */
  readonly forget: (key: string) => void;
}

/** Returns a back-off that starts at `firstMs` and never exceeds `maxMs`. */
export function createKeyBackOff(options: { readonly firstMs: number; readonly maxMs: number }): KeyBackOff {
  const failures = new Map<string, number>();
  return {
    next(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      return Math.min(options.maxMs, options.firstMs * 2 ** count);
    },
    forget: (key) => {
      failures.delete(key);
    },
  };
}

/** A limit over all keys: so many at once, then so many a second. */
export interface TokenBucket {
  /** Takes one token, on credit if need be, and returns how long its holder has to wait, in ms. */
  readonly reserve: (nowMs: number) => number;
}

/** Returns a full bucket. `nowMs` given to it is monotonic. */
export function createTokenBucket(options: { readonly perSecond: number; readonly burst: number }): TokenBucket {
  let tokens = options.burst;
  let lastMs: number | undefined;
  return {
    reserve(nowMs) {
      const elapsedMs = nowMs - (lastMs ?? nowMs);
      lastMs = nowMs;
      tokens = Math.min(options.burst, tokens + (elapsedMs * options.perSecond) / 1000) - 1;
      return tokens >= 0 ? 0 : (-tokens * 1000) / options.perSecond;
    },
  };
}
