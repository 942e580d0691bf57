// What a verb reads of the process that it runs in, so that it can be run without one.
import { buffer } from 'node:stream/consumers';

export interface Output {
  readonly write: (text: string) => unknown;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output & { readonly isTTY?: boolean };
  readonly readStdin: () => Promise<Uint8Array>;
  readonly now: () => Date;
  /** Characters in a line of standard output. */
  readonly width: number;
}

// What a log or a file takes without being wrapped in odd places.
const defaultWidth = 160;

/** Returns those of this process. */
export function processSurroundings(): Surroundings {
  const { env, stdout, stderr, stdin } = process;
  return {
    env,
    stdout,
    stderr,
    readStdin: () => buffer(stdin),
    now: () => new Date(),
    width: stdout.isTTY ? stdout.columns : defaultWidth,
  };
}
