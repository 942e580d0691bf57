// Writes the figures of bench:reaction out: a table for people with the targets beside it, or JSON.
import Table from 'cli-table3';
import { containersPerPod, crowdImages } from './crowd.ts';
import { percentile } from './percentile.ts';
import type { Measured } from './reaction-measure.ts';
import { paceMs, type Reaction } from './reaction-rounds.ts';

export interface Surroundings {
  readonly machines: string;
  readonly issuesEach: number;
}

interface Row {
  readonly what: string;
  /** For 10,000 pods. */
  readonly target?: string;
  readonly value: (measured: Measured) => string;
  /** Of a peer to ours. */
  readonly ratio?: (measured: Measured) => number;
}

const ms = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} ms` : Number.isNaN(value) ? '–' : 'never');
const mb = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value)} MB`);
const zero = (reactions: readonly Reaction[], part: number): number =>
  percentile(
    reactions.map(({ zeroMs }) => zeroMs),
    part,
  );

const rows: readonly Row[] = [
  {
    what: 'start → all judged, status written',
    target: '10 s',
    value: ({ firstPass }) => ms(firstPass.ms),
    ratio: ({ firstPass }) => firstPass.ms,
  },
  {
    what: '  processor time of the program',
    value: ({ usage }) => (usage.afterFirstPass === undefined ? '–' : ms(usage.afterFirstPass.cpuMs)),
  },
  {
    what: '  calls to Xray meanwhile',
    target: '12',
    value: ({ firstPass }) => String(firstPass.callsToXray),
    ratio: ({ firstPass }) => firstPass.callsToXray,
  },
  { what: '  reads, writes at the API server', value: ({ firstPass }) => `${firstPass.reads}, ${firstPass.writes}` },
  {
    what: '  beside a plain LIST of all pods',
    value: ({ firstPass }) => `${(firstPass.ms / firstPass.listMs).toFixed(1)} × ${ms(firstPass.listMs)}`,
  },
  {
    what: 'pod runs → 0 replicas, p50',
    target: '50 ms',
    value: ({ newWorkloads }) => ms(zero(newWorkloads, 0.5)),
    ratio: ({ newWorkloads }) => zero(newWorkloads, 0.5),
  },
  { what: 'pod runs → 0 replicas, p99', target: '150 ms', value: ({ newWorkloads }) => ms(zero(newWorkloads, 0.99)) },
  {
    what: 'issue + webhook → 0 replicas, p50',
    value: ({ webhooks }) => ms(zero(webhooks, 0.5)),
    ratio: ({ webhooks }) => zero(webhooks, 0.5),
  },
  { what: 'issue + webhook → 0 replicas, p99', target: '150 ms', value: ({ webhooks }) => ms(zero(webhooks, 0.99)) },
  {
    what: '  the requests of an action alone, p50, p99',
    value: ({ byHand }) => (byHand.length === 0 ? '–' : `${ms(zero(byHand, 0.5))}, ${ms(zero(byHand, 0.99))}`),
  },
  { what: 'writes at rest, per minute', target: '0', value: ({ rest }) => perMinute(rest.writes, rest.seconds) },
  {
    what: 'reads, calls to Xray at rest, per minute',
    value: ({ rest }) => `${perMinute(rest.reads, rest.seconds)}, ${perMinute(rest.callsToXray, rest.seconds)}`,
  },
  { what: 'RSS at the end', target: '250 MB', value: ({ usage }) => mb(usage.atTheEnd?.memoryMb) },
  { what: '  after the first pass', value: ({ usage }) => mb(usage.afterFirstPass?.memoryMb) },
  { what: '  highest', value: ({ usage }) => mb(usage.atTheEnd?.highestMemoryMb) },
];

/** Returns tables and the words that they need. */
export function reactionText(measured: readonly Measured[], { machines, issuesEach }: Surroundings): string {
  const table = newTable(['', ...measured.map(({ name, pods }) => `${name}, ${pods} pods`), 'target at 10,000']);
  for (const { what, target = '', value, ratio } of rows) {
    const cells = measured.map((one) => {
      const ours = measured.find(({ name, pods }) => name === 'ours' && pods === one.pods);
      const times = ratio === undefined || ours === undefined || ours === one ? '' : ` (${(ratio(one) / ratio(ours)).toFixed(1)} ×)`;
      return `${value(one)}${times}`;
    });
    table.push([what, ...cells, target]);
  }
  return [
    table.toString(),
    ...measured.map(whereTimeGoes),
    `${crowdImages} images with ${issuesEach} issues each, ${containersPerPod} containers a pod, on the real control plane; the stand-in answers on the loopback.
New workloads and webhooks: one every ${paceMs} ms at most, because the client begins two calls to Xray a second; each is of an image of its own, so that every
one of them includes a question to Xray. Seen means: by a watch. Without a webhook the same issue is noticed at the next refresh, after half the maxAge of the
policy (12 h ± 10 % by default). The requests of an action alone: three reads and a write by hand, twenty times: what is slow there is the server
or the machine. Reads and writes are those in the server's audit log; a watch
counts when it ends. Highest memory is the kernel's high-water mark.
Machine ${machines}.`,
  ].join('\n');
}

/** Returns the same with every single reaction. */
export function reactionJson(measured: readonly Measured[], { machines, issuesEach }: Surroundings): string {
  const summaries = measured.map((one) => ({
    ...one,
    summary: Object.fromEntries(rows.map(({ what, value }) => [what.trim(), value(one)])),
  }));
  return JSON.stringify({ machines, issuesEach, measured: summaries }, null, 2);
}

function whereTimeGoes({ name, pods, firstPass, newWorkloads, webhooks }: Measured): string {
  const moments = Object.entries(firstPass.moments).map(([what, atMs]) => `${what} ${ms(atMs)}`);
  return `${name}, ${pods} pods, since the beginning:
  start: ${[...moments, `all judged ${ms(firstPass.ms)}`].join(', ')}; images in each question: ${firstPass.imagesAsked.join(' ')}
  pod runs: ${stages(newWorkloads)}
  webhook: ${stages(webhooks)}`;
}

/** The medians of each stage, and the stages of the one that took longest. */
function stages(reactions: readonly Reaction[]): string {
  const words = { askedMs: 'Xray asked', readMs: 'workload read', writtenMs: 'written', zeroMs: 'seen' } as const;
  const line = (at: (stage: keyof Reaction) => number | undefined): string =>
    (['askedMs', 'readMs', 'writtenMs', 'zeroMs'] as const).map((stage) => `${words[stage]} ${ms(at(stage) ?? Number.NaN)}`).join(', ');
  const medians = line((stage) =>
    percentile(
      reactions.flatMap(({ [stage]: atMs }) => (atMs === undefined ? [] : [atMs])),
      0.5,
    ),
  );
  const slowest = reactions.toSorted((one, other) => other.zeroMs - one.zeroMs)[0];
  return `${medians}; slowest: ${line((stage) => slowest?.[stage])}`;
}

function perMinute(count: number, seconds: number): string {
  const each = (count * 60) / seconds;
  return Number.isInteger(each) ? String(each) : each.toFixed(1);
}

function newTable(head: string[]) {
  return new Table({ head, style: { head: [], border: [] }, colAligns: ['left', ...head.slice(1).map(() => 'right' as const)] });
}
