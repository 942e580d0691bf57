// The log: one JSON line each, with a constant message and variables as fields. Secrets never reach it, because no field holds one.
import { pino } from 'pino';

export type LogLevel = 'error' | 'info' | 'debug';

/** The part of a logger that the stages use; fields first, then the constant message. */
export interface Log {
  readonly error: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly debug: (fields: object, message: string) => void;
}

/** Returns a log on standard error, written at once so that no line is lost when the process ends. */
export function createLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ fd: 2, sync: true }),
  );
}
