// What facts cost Xray: calls, and time to complete facts, for 10,000 pods of 300 images: at the start, after restarts, and over a day.
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { createXrayClient } from '../../src/xray/client.ts';
import { simulatedClock } from '../builders/clock.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf } from '../builders/objects.ts';
import { startXray } from '../xray/stand-in.ts';
import { containersPerPod, crowdImages, crowdOf, crowdSources } from './crowd.ts';
import { createFactsWorld } from './facts-world.ts';
import { kubeXrayCalls, kubeXraySeconds } from './kubexray.ts';
import { machine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    pods: { type: 'string', default: '10000' },
    issues: { type: 'string', default: '200' },
    output: { type: 'string', short: 'o', default: 'text' },
  },
});
const pods = Number(flags.pods);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const crowd = crowdOf(pods);

interface Row {
  readonly what: string;
  readonly calls: number;
  /** Absent where time is simulated, or nothing was asked. */
  readonly ms?: number;
  /** What KubeXray does, computed. */
  readonly kubeXrayCalls: number;
}

const rows: readonly Row[] = [...(await restarts()), ...(await days())];
if (flags.output === 'json') process.stdout.write(`${JSON.stringify({ machine: machine(), pods, images: crowdImages, rows }, null, 2)}\n`);
else print();

/** The real client against the stand-in. */
async function restarts(): Promise<readonly Row[]> {
  const xray = await startXray({ images: crowdSources(Number(flags.issues)) });
  const client = createXrayClient({ url: xray.url, credentials: { kind: 'bearer', token: xray.login().token } });
  const world = createFactsWorld({ crowd, source: client, maxAgeMs: dayMs });
  try {
    const begun = performance.now();
    world.fill();
    await world.complete();
    const ms = performance.now() - begun;
    const start = { what: 'start', calls: xray.calls(), ms, kubeXrayCalls: kubeXrayCalls(pods) };
    xray.clearRequests();
    for (const workload of crowd) world.restart(workload, 'rolling');
    await world.complete();
    const rolling = { what: 'rolling restart of everything', calls: xray.calls(), kubeXrayCalls: kubeXrayCalls(pods) };
    xray.clearRequests();
    const again = performance.now();
    for (const workload of crowd) world.restart(workload, 'stop');
    for (const workload of crowd) world.restart(workload, 'start');
    await world.complete();
    const all = {
      what: 'everything to zero and back',
      calls: xray.calls(),
      ms: performance.now() - again,
      kubeXrayCalls: kubeXrayCalls(pods),
    };
    if (xray.problems().length > 0) throw new Error(`asked wrongly: ${JSON.stringify(xray.problems()[0])}`);
    return [start, rolling, all];
  } finally {
    world.close();
    await Promise.all([client.close(), xray.close()]);
  }
}

/** A day after the first answers, on a clock that is moved by hand. KubeXray asks only when a pod changes. */
async function days(): Promise<readonly Row[]> {
  const asked = async (maxAgeMs: number, unscanned: number): Promise<number> => {
    const clock = simulatedClock();
    const scans = memoryScans();
    for (const { images } of crowd.slice(0, unscanned)) scans.set(digestOf(images[0] ?? ''), { kind: 'unscanned' });
    const world = createFactsWorld({ crowd, source: scans, clock, maxAgeMs });
    world.fill();
    await clock.advance(1_000);
    const first = scans.questions.length;
    await clock.advance(dayMs);
    world.close();
    return scans.questions.length - first;
  };
  return [
    { what: 'a day, maxAge 24h', calls: await asked(dayMs, 0), kubeXrayCalls: 0 },
    { what: 'a day, maxAge 24h, 10 images not scanned', calls: await asked(dayMs, 10), kubeXrayCalls: 0 },
    { what: 'a day, maxAge 1h', calls: await asked(hourMs, 0), kubeXrayCalls: 0 },
  ];
}

function print(): void {
  const table = new Table({
    head: ['', 'calls to Xray', 'facts complete after', 'KubeXray (computed)'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { what, calls, ms, kubeXrayCalls: theirs } of rows)
    table.push([what, calls, ms === undefined ? '–' : `${Math.round(ms)} ms`, theirs === 0 ? '0, it never asks again' : `${theirs} calls`]);
  process.stdout.write(`${table.toString()}\n`);
  process.stdout.write(
    `${pods} pods of ${crowd.length} Deployments, ${containersPerPod} containers each, ${crowdImages} images with ${flags.issues} issues each; ${machine()}.
Start and restarts: the real client against the stand-in on the loopback. Days: simulated time, after the first answers. Everything to zero and back: what
nobody runs is forgotten. KubeXray is not run here: it asks twice about each container of each pod that begins to run, and reads the API server twice per pod
at client-go's five requests a second, which makes ${Math.round(kubeXraySeconds(pods))} s for ${pods} pods.\n`,
  );
}
