// When a failed call to Xray is tried again at once, and after how long; pure.

import type { XrayFailure } from './errors.ts';

/** Two more tries bridge a restart of a router behind a load balancer; longer outages are for the queue that asked, which can do something else meanwhile. */
export const maxRetries = 2;
const firstDelayMs = 1_000;
const maxDelayMs = 15_000;

/**
 * Returns the wait before the next try, or null when there is none. `retries` is how many were made, `random` is in [0, 1).
 * Time-outs are not retried here: they already took their time, and the same answer would take it again.
 */
export function retryDelayMs(failure: XrayFailure, retries: number, random: number): number | null {
  if (retries >= maxRetries) return null;
  if (failure.kind !== 'Throttled' && failure.kind !== 'ServerError' && failure.kind !== 'Unreachable') return null;
  const ceilingMs = Math.min(maxDelayMs, firstDelayMs * 2 ** retries);
  // Full jitter: replicas that failed together must not come back together.
  const jitteredMs = Math.floor(random * ceilingMs);
  if (failure.retryAfterMs === null) return jitteredMs;
  return failure.retryAfterMs > maxDelayMs ? null : failure.retryAfterMs + jitteredMs;
}
