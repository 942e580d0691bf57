// How long a reflector waits after failures: exponential, with chance, never less than the server asked for. Pure.

const firstMs = 1000;
const maxMs = 30_000;
// A server that asks for hours is wrong or not ours; it must not stop the controller.
const maxRetryAfterMs = 120_000;

export interface DelayInput {
  /** Failures before this one, since the last watch that lived. */
  readonly failures: number;
  /** Retry-After, where the server gave one. */
  readonly retryAfterMs: number | undefined;
  /** A random number in [0, 1): without it all watches of all replicas return in the same moment. */
  readonly chance: number;
}

/** Returns the delay before the next try in ms: between once and twice 1, 2, 4 … s, never more than 30 s, and at least the Retry-After. */
export function retryDelayMs({ failures, retryAfterMs, chance }: DelayInput): number {
  const delayMs = Math.min(maxMs, firstMs * 2 ** failures * (1 + chance));
  return Math.max(delayMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}
