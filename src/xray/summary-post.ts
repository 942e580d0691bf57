// Asks for the summary of artifacts by v2 of Xray's API, and by v1 where there is no v2.

import type { Calls } from './calls.ts';
import { XrayFailure } from './errors.ts';

/** Returns the body that answers for these checksums (bare hex). Throws `XrayFailure`, or the signal's reason. */
export type SummaryPost = (checksums: readonly string[], signal: AbortSignal) => Promise<unknown>;

/** An upgrade of Xray is noticed within this time; one call more an hour is nothing. */
const tryV2EveryMs = 60 * 60_000;

/** Returns what asks by v2, and remembers for an hour that there is none. */
export function createSummaryPost({ post }: Calls, now: () => Date): SummaryPost {
  let tryV2AtMs = Number.NEGATIVE_INFINITY;

  const ask = (version: 'v1' | 'v2', checksums: readonly string[], signal: AbortSignal): Promise<unknown> =>
    post({ path: `/api/${version}/summary/artifact`, query: '', body: { checksums }, lane: 'scan', isEssential: true }, signal);

  return async (checksums, signal) => {
    const isV2Due = now().getTime() >= tryV2AtMs;
    if (isV2Due) {
      try {
        return await ask('v2', checksums, signal);
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    }
    try {
      const body = await ask('v1', checksums, signal);
      // Only now: where the URL is wrong both are missing, and that must not cost us v2 once it is right.
      if (isV2Due) tryV2AtMs = now().getTime() + tryV2EveryMs;
      return body;
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      tryV2AtMs = Number.NEGATIVE_INFINITY;
      throw new XrayFailure(
        'NotFound',
        'Xray has no summary of artifacts, neither v2 nor v1 (404): its URL is wrong, or there is no Xray',
        {
          cause: thrown,
        },
      );
    }
  };
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof XrayFailure && thrown.kind === 'NotFound';
}
