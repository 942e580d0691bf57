// Waits for a condition of the outside world by asking until a deadline; a test that waits so needs no guessed sleep.

import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

export interface WaitOptions {
  /** What is waited for, in words for the message of failure. */
  readonly what: string;
  /** Default: 15 s. */
  readonly timeoutMs?: number;
  /** Default: 50 ms. */
  readonly intervalMs?: number;
}

/** Asks until the answer is true-ish and returns it. Rejects at the deadline with the last answer or error. */
export async function waitFor<T>(ask: () => Promise<T> | T, options: WaitOptions): Promise<NonNullable<T>> {
  const { what, timeoutMs = 15_000, intervalMs = 50 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const last = await attempt(ask);
    if (last.kind === 'answer' && last.value) return last.value;
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${timeoutMs} ms; last: ${shown(last)}`);
    await delay(intervalMs);
  }
}

/** Asks until the answer equals the value given. Rejects at the deadline with the last answer. */
export async function waitForValue(ask: () => Promise<unknown> | unknown, wanted: unknown, options: WaitOptions): Promise<void> {
  let last: unknown;
  const equal = async () => {
    last = await ask();
    return isDeepStrictEqual(last, wanted);
  };
  await waitFor(equal, options).catch((thrown: unknown) => {
    throw new Error(`${String(thrown)}; wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(last)}`, { cause: thrown });
  });
}
type Attempt<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'error'; readonly error: unknown };

async function attempt<T>(ask: () => Promise<T> | T): Promise<Attempt<T>> {
  try {
    return { kind: 'answer', value: await ask() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

function shown(last: Attempt<unknown>): string {
  return last.kind === 'error' ? String(last.error) : (JSON.stringify(last.value) ?? 'undefined');
}
