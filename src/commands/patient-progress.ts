// Tells a person who waits what is being done: at once on a terminal, elsewhere only when it takes long, and seldom. Writes to the stream given.
import { progressOn } from '../opa/progress.ts';

export interface PatientProgressOptions {
  /** Usually standard error. */
  readonly stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown };
  /** Runs `run` once after a delay, and returns what cancels it; timers of Node unless given. */
  readonly setTimer?: (run: () => void, delayMs: number) => () => void;
}

/** A log has no use for what is over in a moment. */
const silentMs = 2_000;
const repeatMs = 5_000;

/** Does the work, which is given a function to tell what it does, and returns its result; what is left on a terminal is erased after it. */
export async function withPatientProgress<T>(
  { stream, setTimer = nodeTimer }: PatientProgressOptions,
  work: (progress: (text: string) => void) => Promise<T>,
): Promise<T> {
  const { say, update } = progressOn(stream);
  if (stream.isTTY === true) return work(update).finally(() => update(''));
  let latest = '';
  const tell = (): void => {
    if (latest !== '') say(latest);
    cancel = setTimer(tell, repeatMs);
  };
  let cancel = setTimer(tell, silentMs);
  return work((text) => {
    latest = text;
  }).finally(() => cancel());
}

function nodeTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
