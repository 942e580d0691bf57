// Waits until the cluster is in the state that the demo is about to tell of, and says in words what is missing when it does not get there.
import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../cluster/wait-for.ts';

/** How long a machine that is busy with other things may take for what usually takes one or two seconds. */
export const patienceMs = 30_000;

/** Returns once the lines are exactly these, in this order. Rejects with those that are missing and those that should not be there. */
export async function expectLines(what: string, ask: () => Promise<readonly string[]>, wanted: readonly string[]): Promise<void> {
  let last: readonly string[] = [];
  const isThere = async () => {
    last = await ask();
    return isDeepStrictEqual(last, wanted);
  };
  await waitFor(isThere, { what, timeoutMs: patienceMs }).catch((thrown: unknown) => {
    const missing = wanted.filter((line) => !last.includes(line)).map((line) => `  missing:     ${line}`);
    const unwanted = last.filter((line) => !wanted.includes(line)).map((line) => `  unexpected:  ${line}`);
    const head = `${what}: not as expected within ${patienceMs / 1000} s`;
    throw new Error([head, ...missing, ...unwanted].join('\n'), { cause: thrown });
  });
}
