// Surroundings for verbs that are run without a process: what they write is kept, and it is always 10:00 on 2026-11-23.
import { fileURLToPath } from 'node:url';
import type { Surroundings } from '../../src/commands/surroundings.ts';
import { now } from '../builders/fact.ts';

/** The path of a file in fixtures-plan. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures-plan/${name}`, import.meta.url));
}

export interface Captured {
  readonly surroundings: Surroundings;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Returns surroundings with these bytes on standard input. */
export function captured(stdin = ''): Captured {
  const written = { stdout: '', stderr: '' };
  return {
    surroundings: {
      env: process.env,
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      readStdin: async () => new TextEncoder().encode(stdin),
      now: () => now,
      width: 140,
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  };
}
