// Runs all checks of the repository, with --quick the quick ones, with --long more cases of each kind; ends with the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { findOpa } from '../src/opa/find-opa.ts';
import { progressOn } from '../src/opa/progress.ts';
import { controlPlaneBinary } from './cluster/binary.ts';
import { caseCompiler } from './conformance/compiled-case.ts';
import { registryBinary } from './registry/binary.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, '..');
const isQuick = process.argv.includes('--quick');
// Tests that make up their cases read it: a million evaluations instead of thousands.
if (process.argv.includes('--long')) process.env.KUBEXRAY_LONG = '1';
// Every test file, command and thread of evaluation reads the same TypeScript: it is stripped and compiled once, and again when it changes.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled');
/** Tests that start a control plane, run the commands of whole pages, wait for deadlines, fill memory, or take as long. Folders end in `/`. */
const slow = [
  ...['cluster/', 'conformance/', 'demo/', 'e2e/'],
  ...['opa/builtins/hostile.test.ts', 'opa/hostile-rules.test.ts', 'opa/memory.test.ts', 'opa/stuck-threads.test.ts'],
];

async function main(): Promise<number> {
  const env = process.env;
  const progress = progressOn(process.stderr);
  // Built here, where it shows, and not within the time of a test.
  await findOpa({ env, progress });
  await registryBinary({ env, progress });
  if (!isQuick) await controlPlaneBinary({ env, progress });
  if (!isQuick) await caseCompiler({ env, progress });
  const counts = [
    await step('types', 'tsc', ['-p', '.']),
    await step('lint', 'biome', ['check', '--error-on-warnings', '.']),
    await unitTests(),
  ];
  const sum = (of: (counts: Counts) => number): number => counts.reduce((total, each) => total + of(each), 0);
  const failed = sum((each) => each.failed);
  console.log(`\n${sum((each) => each.passed)} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** A tool that either finds nothing or says what it finds. */
async function step(name: string, tool: string, args: readonly string[]): Promise<Counts> {
  const code = await run(tool, args, (line) => console.log(line));
  console.log(`${code === 0 ? '✔' : '✘'} ${name}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs ava and counts by what ava itself counts. */
async function unitTests(): Promise<Counts> {
  let [passed, failed] = [0, 0];
  const code = await run('ava', ['--tap', ...(isQuick ? await quickFiles() : [])], (line) => {
    passed = Number(/^# pass (\d+)/.exec(line)?.[1] ?? passed);
    failed = Number(/^# fail (\d+)/.exec(line)?.[1] ?? failed);
    const text = lineForPeople(line);
    if (text !== undefined) console.log(text);
  });
  // A crash or an open handle fails the run without failing a test.
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

async function quickFiles(): Promise<readonly string[]> {
  const names = (await readdir(import.meta.dirname, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  return names.filter((name) => !slow.some((each) => name.startsWith(each))).map((name) => `test/${name}`);
}

/** TAP as people read it: a line per test, everything about one that failed, nothing of the protocol. */
function lineForPeople(line: string): string | undefined {
  if (/^(TAP version|1\.\.|# |\s*$)/.test(line)) return undefined;
  const result = /^(not ok|ok) \d+ - (.*)$/.exec(line);
  if (result === null) return line;
  return `${result[1] === 'ok' ? '✔' : '✘'} ${result[2]}`;
}

function run(tool: string, args: readonly string[], onLine: (line: string) => void): Promise<number> {
  const command = join(root, 'node_modules', '.bin', tool);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  console.log('\n0 passed, 1 failed');
  return 1;
});
