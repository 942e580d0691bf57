// The log: one JSON line each, with a constant message and variables as fields. Secrets never reach it, because no field holds one.
import { pino } from 'pino';
import type { Log } from '../controller/log.ts';

export type LogLevel = 'error' | 'info' | 'debug';

/** Returns a log on standard error, written at once so that no line is lost when the process ends. */
export function createLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ fd: 2, sync: true }),
  );
}
