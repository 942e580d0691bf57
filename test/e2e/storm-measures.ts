// Measures the storm test: workloads and statuses against what Xray says, calls against the limits, memory. Reads the cluster and /proc.
import { readdir, readFile } from 'node:fs/promises';
import { at } from '../cluster/at.ts';
import { policyStatus } from './environment.ts';
import { digestOfRef, type Member } from './storm-fleet.ts';
import { policies, type Storm } from './storm-scene.ts';
import type { TappedCall } from './storm-tap.ts';

/** What the client allows itself; see the limiter. */
export const [burst, perSecond] = [12, 2];

/** The most calls beyond burst and rate in any stretch of time; at most what a loaded machine delays. */
export function excessOf(calls: readonly TappedCall[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const [first, { atMs: fromMs }] of calls.entries()) {
    for (let last = first; last < calls.length; last += 1) {
      const seconds = ((calls[last]?.atMs ?? 0) - fromMs) / 1000;
      most = Math.max(most, last - first + 1 - burst - seconds * perSecond);
    }
  }
  return most;
}

/** Milliseconds between two questions about the same digest, the shortest of all. */
export function shortestGapMs(calls: readonly TappedCall[], except: readonly string[]): number {
  const lastMs = new Map<string, number>();
  let shortest = Number.POSITIVE_INFINITY;
  for (const { atMs, checksums } of calls) {
    for (const hex of checksums.filter((one) => !except.includes(`sha256:${one}`))) {
      shortest = Math.min(shortest, atMs - (lastMs.get(hex) ?? Number.NEGATIVE_INFINITY));
      lastMs.set(hex, atMs);
    }
  }
  return shortest;
}

/** Memory of the process with this in its arguments, at this moment; 0 where there is no /proc. */
export async function memoryMiB(argument: string): Promise<number> {
  const names = await readdir('/proc').catch(() => []);
  for (const pid of names.filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!line.split('\0').includes(argument)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  }
  return 0;
}

/** Workloads that are not as they should be, with what they are. What is clean again and still held is rolled out anew, as its owner would. */
export async function strays({ fleet }: Storm, except: readonly Member[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const member of fleet.members()) {
    if (except.includes(member)) continue;
    const [wanted, is] = [fleet.wanted(member), await fleet.scaleOf(member)];
    if (JSON.stringify(wanted) === JSON.stringify(is)) continue;
    found.push(`${member.kind}/${member.namespace}/${member.name} ${member.ref}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
    if (fleet.violated(member).length === 0 && at(is, 'replicas') === 0) await fleet.release(member);
  }
  return found;
}

/** How the status of a policy differs from what Xray says of the workloads that are there: `kind/namespace/name rule digest`, with a sign. */
export async function strayRows({ environment, fleet }: Storm, policy: string, except: readonly Member[]): Promise<readonly string[]> {
  const members = fleet.members().filter((member) => !except.includes(member) && fleet.wanted(member) !== 'gone');
  const wanted = members.flatMap((member) =>
    fleet
      .violated(member)
      .filter((of) => policies[policy]?.rules.some(({ name }) => name === of))
      .map((of) => `${member.kind}/${member.namespace}/${member.name} ${of} ${digestOfRef(member.ref)}`),
  );
  // Of what was deleted the status tells for a day; that is another list.
  const gone = new Set(fleet.members().flatMap((member) => (fleet.wanted(member) === 'gone' ? [member.uid] : [])));
  const rows = ((await policyStatus(environment.admin, policy)).violations ?? [])
    .filter(({ workload }) => !gone.has(workload.uid))
    // A rule that passes now and keeps to its claim for five minutes, where another one is violated.
    .filter(
      ({ workload, reason }) =>
        reason !== 'NotCleared' || !members.some((one) => one.uid === workload.uid && fleet.violated(one).length > 0),
    )
    .map(({ workload: { kind, namespace, name }, rule: of, digest }) => `${kind}/${namespace}/${name} ${of} ${digest}`);
  const missing = wanted.filter((row) => !rows.includes(row)).map((row) => `- ${row}`);
  return [...missing, ...rows.filter((row) => !wanted.includes(row)).map((row) => `+ ${row}`)];
}
