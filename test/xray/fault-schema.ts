// Checks faults that come as text, from a person or another process.

import { createCheck } from './check.ts';
import type { Fault } from './faults.ts';
import { shapes } from './misshape.ts';

const scope = {
  endpoint: { enum: ['summary', 'violations', 'violationDetails', 'artifactStatus', 'ping', 'version', 'other'] },
  version: { enum: ['v1', 'v2'] },
  digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  aboveChecksums: { type: 'integer', minimum: 0 },
  watch: { type: 'string' },
  times: { type: 'integer', minimum: 1 },
} as const;

/** What each kind takes besides its scope; all but `retryAfterSeconds` and `location` is required. */
const kinds = {
  status: {
    status: { type: 'integer', minimum: 200, maximum: 599 },
    retryAfterSeconds: { type: 'integer', minimum: 0 },
    location: { type: 'string' },
  },
  silence: {},
  truncated: { ending: { enum: ['end', 'close', 'stall'] } },
  html: {},
  latency: { latencyMs: { type: 'number', minimum: 0 } },
  drip: { everyMs: { type: 'number', minimum: 1 } },
  wrongShape: { shape: { enum: shapes } },
} as const;

const optional = ['retryAfterSeconds', 'location'];
const kindOf = createCheck<{ readonly kind: keyof typeof kinds }>('fault', {
  type: 'object',
  required: ['kind'],
  properties: { kind: { enum: Object.keys(kinds) } },
});
const checks = new Map(
  Object.entries(kinds).map(([kind, own]) => [
    kind,
    createCheck<Fault>('fault', {
      type: 'object',
      additionalProperties: false,
      required: ['kind', ...Object.keys(own).filter((name) => !optional.includes(name))],
      properties: { kind: { const: kind }, ...scope, ...own },
    }),
  ]),
);

/** Returns the fault. Throws an error that names `place` and the field. */
export function parseFault(value: unknown, place: string): Fault {
  const { kind } = kindOf(value, place);
  const check = checks.get(kind);
  if (check === undefined) throw new Error(`${place}: kind ${kind} has no schema`);
  return check(value, place);
}
