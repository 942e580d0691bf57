// From applying a policy with an inline rule to seeing `Compiled=True`, beside a bare `opa build` of the same rule in the same run.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { findOpa } from '../../src/opa/find-opa.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { at } from '../cluster/at.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { applyPolicy, condition, policyPath, policyStatus, startEnvironment } from '../e2e/environment.ts';
import { median } from './timing.ts';

const rounds = 21;
const pauseMs = 1_500;
const run = promisify(execFile);
const opa = await findOpa({ env: process.env, progress: progressOn(process.stderr) });
const environment = await startEnvironment();
const directory = await mkdtemp(join(tmpdir(), 'kubexray-bench-'));
try {
  await environment.startController();
  const applied: number[] = [];
  const built: number[] = [];
  // The first one warms up what is warm in a controller that has run for a while.
  for (let round = 0; round <= rounds; round += 1) {
    const text = regoOf(round);
    // A status is written once a second at most; nobody edits a rule faster than that.
    await delay(pauseMs);
    const appliedMs = await timeApply(text);
    const builtMs = await timeBuild(text);
    if (round === 0) continue;
    applied.push(appliedMs);
    built.push(builtMs);
  }
  print(applied, built);
} finally {
  await environment.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Each round is another rule, as an author who edits one makes it. */
function regoOf(round: number): string {
  return `package bench

violation contains {"msg": $"{image.ref} is not from registry ${round}", "image": image.ref} if {
  some image in input.images
  image.registry != "registry-${round}.example.com"
}
`;
}

async function timeApply(rego: string): Promise<number> {
  const { admin } = environment;
  const start = performance.now();
  await applyPolicy(admin, 'bench', { rules: [{ name: 'registry', rego }] });
  const generation = at(await admin.expect('GET', policyPath('bench')), 'metadata.generation');
  const isCompiled = async (): Promise<boolean> => {
    const found = condition(await policyStatus(admin, 'bench'), 'Compiled');
    return found?.status === 'True' && found.observedGeneration === generation;
  };
  await waitFor(isCompiled, { what: 'policy bench compiled', intervalMs: 5 });
  return performance.now() - start;
}

async function timeBuild(rego: string): Promise<number> {
  await writeFile(join(directory, 'rule.rego'), rego);
  const start = performance.now();
  await run(opa, ['build', '--target', 'wasm', '--entrypoint', 'bench/violation', 'rule.rego'], { cwd: directory });
  return performance.now() - start;
}

function print(applied: readonly number[], built: readonly number[]): void {
  const table = new Table({ head: ['', 'median', 'slowest'], style: { head: [], border: [] } });
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  table.push(['kubectl apply → Compiled=True', ms(median(applied)), ms(Math.max(...applied))]);
  table.push(['opa build of the same rule', ms(median(built)), ms(Math.max(...built))]);
  const ratio = (median(applied) / median(built)).toFixed(1);
  process.stdout.write(
    `${table.toString()}\n${rounds} rounds; applying takes ${ratio} × a bare build. The status is asked for every 5 ms.\n`,
  );
}
