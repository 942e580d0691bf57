// Time as it is handed to whatever waits, so that tests own it.

export interface Clock {
  readonly now: () => Date;
  /** Runs `run` once after `delayMs`; the returned function cancels it and may be called twice. */
  readonly setTimer: (run: () => void, delayMs: number) => () => void;
}
