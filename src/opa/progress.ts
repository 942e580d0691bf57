// How a long step tells a person what it does: lines that stay, and lines that the next one replaces. Writes to the stream given.

export interface Progress {
  /** Writes a line that stays. */
  readonly say: (text: string) => void;
  /** Writes a line that the next one replaces on a terminal; elsewhere it is a line like any other. */
  readonly update: (text: string) => void;
  /** How often `update` is worth calling: a terminal can count seconds, a log cannot. */
  readonly updateEveryMs: number;
}

/** Returns progress that writes to a stream, usually standard error. */
export function progressOn(stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown }): Progress {
  if (stream.isTTY !== true) {
    const say = (text: string) => void stream.write(`${text}\n`);
    return { say, update: say, updateEveryMs: 15_000 };
  }
  // `\r` to the start of the line, then erase to its end.
  const restart = '\r\u001b[K';
  return {
    say: (text) => void stream.write(`${restart}${text}\n`),
    update: (text) => void stream.write(`${restart}${text}`),
    updateEveryMs: 1_000,
  };
}

/** Progress that nobody reads. */
export const silent: Progress = { say: () => {}, update: () => {}, updateEveryMs: 60_000 };
