// Everything that Xray's stand-in can be made to do wrong, by name, for the storm test: to questions for summaries, and to those in the background.
import type { Fault } from '../xray/faults.ts';
import type { Shape } from '../xray/misshape.ts';

export interface StormFault {
  readonly name: string;
  readonly fault: Fault;
  /** It holds the calls that it strikes for longer than a phase lasts: they are cut off when the phase ends, as by a restart of Xray. */
  readonly hangs?: true;
  /** How it is lifted: by another token in the controller's file, for the first was refused. */
  readonly needsToken?: true;
}

/** Shapes of an answer for summaries; the others are about violations and the state of scans. */
const summaryShapes: readonly Shape[] = [
  ...(['issuesAbsent', 'issuesObject', 'severityNumber', 'sha256Absent', 'artifactError', 'errorNameless'] as const),
  ...(['artifactsObject', 'bodyList', 'bodyEmpty'] as const),
];

const endpoint = 'summary';

/** Each at least once in a long storm. */
export const stormFaults: readonly StormFault[] = [
  { name: 'late answer', fault: { kind: 'latency', latencyMs: 700, endpoint } },
  { name: 'silence', fault: { kind: 'silence', endpoint }, hangs: true },
  { name: 'throttled', fault: { kind: 'status', status: 429, endpoint } },
  { name: 'throttled with Retry-After', fault: { kind: 'status', status: 429, retryAfterSeconds: 1, endpoint } },
  { name: 'unauthorized', fault: { kind: 'status', status: 401, endpoint }, needsToken: true },
  { name: 'forbidden', fault: { kind: 'status', status: 403, endpoint }, needsToken: true },
  { name: 'bad request', fault: { kind: 'status', status: 400, endpoint } },
  { name: 'redirect', fault: { kind: 'status', status: 302, location: 'http://127.0.0.1:9/login', endpoint } },
  // Remembered for an hour: from then on Xray is asked by v1.
  { name: 'v2 absent', fault: { kind: 'status', status: 404, version: 'v2', endpoint } },
  { name: 'no such API', fault: { kind: 'status', status: 404, endpoint } },
  ...[500, 502, 503, 504].map((status): StormFault => ({ name: `${status}`, fault: { kind: 'status', status, endpoint } })),
  { name: 'login page', fault: { kind: 'html', endpoint } },
  { name: 'cut short', fault: { kind: 'truncated', ending: 'end', endpoint } },
  { name: 'cut off', fault: { kind: 'truncated', ending: 'close', endpoint } },
  { name: 'stalled', fault: { kind: 'truncated', ending: 'stall', endpoint }, hangs: true },
  { name: 'slow drip', fault: { kind: 'drip', everyMs: 200, endpoint }, hangs: true },
  { name: 'quick drip', fault: { kind: 'drip', everyMs: 1, endpoint } },
  ...summaryShapes.map((shape): StormFault => ({ name: `shape ${shape}`, fault: { kind: 'wrongShape', shape, endpoint } })),
];

const violationShapes: readonly Shape[] = [
  'violationsObject',
  'totalText',
  'rowText',
  'rowIssueNumber',
  'rowCreatedWord',
  'rowArtifactsAbsent',
];

/**
 * What is asked in the background, for the whole of the storm: each strikes once, in this order, when it happens to be asked. None hangs but the
 * last: the background has one place.
 */
export const backgroundFaults: readonly Fault[] = [
  ...[503, 429, 400, 403, 404, 500].map((status): Fault => ({ kind: 'status', status, endpoint: 'violations', times: 1 })),
  { kind: 'truncated', ending: 'close', endpoint: 'violations', times: 1 },
  ...violationShapes.map((shape): Fault => ({ kind: 'wrongShape', shape, endpoint: 'violations', times: 1 })),
  { kind: 'silence', endpoint: 'violations', times: 1 },
  ...[500, 503, 403].map((status): Fault => ({ kind: 'status', status, endpoint: 'artifactStatus', times: 1 })),
  { kind: 'wrongShape', shape: 'statusNumber', endpoint: 'artifactStatus', times: 1 },
  { kind: 'silence', endpoint: 'artifactStatus', times: 1 },
];

/** Returns the faults in an order that the random numbers in [0, 1) give. */
export function shuffledFaults(random: () => number): readonly StormFault[] {
  const order = stormFaults.map((fault) => ({ fault, at: random() })).toSorted((one, other) => one.at - other.at);
  const names = order.map(({ fault }) => fault);
  const [absent, missing] = [names.findIndex(({ name }) => name === 'v2 absent'), names.findIndex(({ name }) => name === 'no such API')];
  // An Xray without any summary may look like one without v2 when it ends in between; then nobody would ask by v2 any more.
  return names.map((fault, index) => {
    if (missing > absent) return fault;
    return (index === missing ? names[absent] : index === absent ? names[missing] : fault) ?? fault;
  });
}
