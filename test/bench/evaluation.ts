// Evaluations per second of the library rules, beside OPA's own evaluator on the same documents in the same run.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import type { RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { createEvaluator, type Evaluator } from '../../src/opa/evaluator.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { createLoadProgram } from '../../src/opa/load.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { checkParameters } from '../../src/policy/parameters.ts';
import { realCompiler, ruleSource } from '../opa/real-compiler.ts';
import { documentOf } from '../policies/rule-case.ts';

const run = promisify(execFile);
const sizes = [
  { images: 3, issues: 10 },
  { images: 3, issues: 200 },
] as const;
const roundMs = 500;
const rounds = 5;

/** What one evaluation of all three rules takes. */
interface Measured {
  readonly size: string;
  readonly threadUs: number;
  readonly workerUs: number;
  readonly opaUs: number;
}

const opa = await findOpa({ env: process.env, progress: progressOn(process.stderr) });
const { library, compiler } = await realCompiler();
const given: Readonly<Record<string, JsonObject>> = {
  license: { denied: ['AGPL-*', 'GPL-3.0*'] },
  unscanned: { allowNamespaces: ['build-*'] },
};
const rules = [...library.rules.values()].map((rule): RuleSource => {
  const checked = checkParameters(given[rule.name] ?? {}, rule.parametersSchema, { rule: rule.name, path: rule.name });
  if (!('parameters' in checked)) throw new Error(JSON.stringify(checked.problems));
  return ruleSource({ rego: rule.rego, parameters: checked.parameters, parametersSchema: rule.parametersSchema }, library);
});
const module = await compiler.build(rules);
const program = await createLoadProgram()(module);
const evaluator = createEvaluator(new WebAssembly.Module(module.wasm), module.ruleIds, {
  maxMemoryPages: 1024,
  keptMemoryBytes: 16 * 1024 * 1024,
});

const measured: Measured[] = [];
for (const { images, issues } of sizes) measured.push(await measure(images, issues));
await program.close();
print(measured);

async function measure(images: number, issues: number): Promise<Measured> {
  const document = documentWith(images, issues);
  const text = JSON.stringify(document);
  const threads: number[] = [];
  const workers: number[] = [];
  const natives: number[] = [];
  // Interleaved, so that a machine that slows down slows all of them.
  for (let round = 0; round < rounds; round += 1) {
    threads.push(await timeUs(() => inThread(evaluator, text)));
    workers.push(await timeUs(() => inWorker(program, text)));
    natives.push(await opaUs(document));
  }
  return { size: `${images} images × ${issues} issues`, threadUs: median(threads), workerUs: median(workers), opaUs: median(natives) };
}

function inThread(on: Evaluator, text: string): void {
  on.evaluate(text, module.ruleIds, {
    before: () => {},
    after: (id, answer) => {
      if (answer.kind === 'failed') throw new Error(`${id}: ${answer.message}`);
    },
  });
}

async function inWorker(on: RuleProgram, text: string): Promise<void> {
  for (const [id, answer] of await on.evaluate(text, module.ruleIds))
    if (answer.kind === 'failed') throw new Error(`${id}: ${answer.message}`);
}

async function timeUs(work: () => void | Promise<void>): Promise<number> {
  for (const until = performance.now() + roundMs / 2; performance.now() < until; ) await work();
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < roundMs; count += 1) await work();
  return ((performance.now() - start) * 1000) / count;
}

/** `opa bench` of a prepared query for the same sets; the input is parsed before it measures, so this is to OPA's advantage. */
async function opaUs(document: JsonObject): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-bench-'));
  try {
    const names = [...library.rules.keys()];
    const sets = names.flatMap((name, index) => {
      const literal = JSON.stringify(rules[index]?.parameters);
      return ['violation', 'undecided'].map(
        (set) => `answer["${name} ${set}"] := x if x := data.${name}.${set} with input.parameters as ${literal}`,
      );
    });
    const files = { 'lib.rego': library.lib, 'bench.rego': `package bench\n${sets.join('\n')}\n`, 'input.json': JSON.stringify(document) };
    const all = [...Object.entries(files), ...names.map((name): [string, string] => [`${name}.rego`, library.rules.get(name)?.rego ?? ''])];
    for (const [name, text] of all) await writeFile(join(directory, name), text);
    const data = all.filter(([name]) => name.endsWith('.rego')).flatMap(([name]) => ['--data', name]);
    const { stdout } = await run(opa, ['bench', ...data, '--input', 'input.json', '--format', 'json', 'data.bench.answer'], {
      cwd: directory,
    });
    const result: unknown = JSON.parse(stdout);
    if (!isJsonObject(result) || typeof result.T !== 'number' || typeof result.N !== 'number') throw new Error('opa bench: no result');
    return result.T / result.N / 1000;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function documentWith(images: number, issues: number): JsonObject {
  const severities = ['low', 'medium', 'low', 'high', 'medium', 'information', 'low', 'critical', 'medium', 'unknown'];
  return documentOf({
    images: Array.from({ length: images }, (_, image) => ({
      ref: `registry.example.com/shop/api-${image}:1.4`,
      issues: Array.from({ length: issues }, (__, issue) => ({
        ...{ id: `XRAY-${image}${issue}`, cves: [`CVE-2025-${1000 + issue}`], severity: severities[issue % severities.length], cvss: 7.5 },
        components: [{ id: `npm://component-${issue}`, version: '1.0.0', fixedVersions: issue % 2 === 0 ? ['1.0.1'] : [] }],
      })),
      licenses: ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'GPL-2.0', 'AGPL-3.0'].map((name) => ({ name, components: ['npm://a', 'npm://b'] })),
    })),
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(results: readonly Measured[]): void {
  const perSecond = (us: number): string => Math.round(1e6 / us).toLocaleString('en');
  const table = new Table({
    head: ['workload', 'in the thread /s', 'through the worker /s', 'OPA /s', 'OPA takes'],
    style: { head: [], border: [] },
  });
  for (const { size, threadUs, workerUs, opaUs: native } of results) {
    const ratio = `${(native / threadUs).toFixed(1)} × the thread, ${(native / workerUs).toFixed(1)} × the worker`;
    table.push([size, perSecond(threadUs), perSecond(workerUs), perSecond(native), ratio]);
  }
  process.stdout.write(`${table.toString()}\n`);
  process.stdout.write(
    'One evaluation is all three library rules on one workload, from JSON text to JSON text; OPA has its input parsed beforehand.\n',
  );
}
