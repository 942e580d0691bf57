// The machine that figures are from, in a few words: without it they mean nothing.
import { cpus, loadavg } from 'node:os';

/** Returns processors and how busy they were over the last minute. */
export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), load ${(loadavg()[0] ?? 0).toFixed(1)}`;
}
