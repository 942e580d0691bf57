// How long an evaluation takes, from JSON to JSON, beside the stock package, OPA's own evaluator and Gatekeeper's in the same run.
import Table from 'cli-table3';
import { messageOf } from '../../src/failure.ts';
import { createEvaluator } from '../../src/opa/evaluator.ts';
import { createLoadProgram } from '../../src/opa/load.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { realCompiler } from '../opa/real-compiler.ts';
import { type BenchRule, benchRules, documentWith, piecesOf, type Size, sizes } from './documents.ts';
import { gatorBench, gatorBinary } from './gator.ts';
import { startNativeOpa } from './native.ts';
import { stockEvaluator } from './stock.ts';
import { interleaved, timeUs } from './timing.ts';

const rounds = 3;
const nativeMs = 400;
const tools = { env: process.env, progress: progressOn(process.stderr) };
const compiler = await realCompiler();
const all = await benchRules(compiler);
const native = await startNativeOpa(tools);
const gator = await gatorBinary(tools).catch((thrown: unknown) => {
  process.stderr.write(`gator is left out: ${messageOf(thrown)}\n`);
  return undefined;
});

const table = new Table({
  head: ['rules', 'workload', 'JSON', 'ours', 'worker', 'stock opa-wasm', "OPA's Go evaluator", 'gator bench'],
  style: { head: [], border: [] },
  colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
});
for (const [name, rules] of [
  ['library (3)', all.library],
  ['examples (3)', all.examples],
] as const)
  for (const size of sizes) {
    tools.progress.say(`${name}, ${size.name}`);
    table.push(await measure(name, rules, size));
  }
native.end();
process.stdout.write(`${table.toString()}\n`);
process.stdout.write(
  `Medians of ${rounds} interleaved rounds. One evaluation is all three rules on one workload, from the JSON of the document (what is known of an image as
bytes, as the controller keeps it) to that of the answers, on one thread; the others are given as multiples of that. Worker: the same through the worker thread, as the controller does it. Stock: the package's evaluate(object), once
per rule. OPA: a prepared query in Go. Gator: a review by Gatekeeper of the same rules as templates, its object read beforehand.\n`,
);

async function measure(name: string, rules: readonly BenchRule[], size: Size): Promise<string[]> {
  const module = await compiler.compiler.build(rules.map(({ source }) => source));
  const evaluator = createEvaluator(new WebAssembly.Module(module.wasm), module.ruleIds, {
    maxMemoryPages: 1024,
    keptMemoryBytes: 64 * 1024 * 1024,
  });
  const program = await createLoadProgram()(module);
  const stock = await stockEvaluator(module.wasm, module.ruleIds);
  await native.prepare(rules, compiler.library.lib);
  const document = documentWith(size);
  const text = JSON.stringify(document);
  const pieces = piecesOf(document);
  const iterations = Math.max(3, Math.round(1_000_000 / text.length));
  const us = await interleaved(
    {
      ours: () =>
        timeUs(() =>
          evaluator.evaluate(pieces, module.ruleIds, {
            before: () => {},
            after: (id, answer) => {
              if (answer.kind === 'failed') throw new Error(`${id}: ${answer.message}`);
            },
          }),
        ),
      worker: () =>
        timeUs(async () => {
          for (const [id, answer] of await program.evaluate(pieces, module.ruleIds))
            if (answer.kind === 'failed') throw new Error(`${id}: ${answer.message}`);
        }),
      stock: () => timeUs(() => void stock(document)),
      native: async () => (await native.measure(text, nativeMs)).us,
      gator: async () =>
        gator === undefined ? 0 : (await gatorBench(gator, { rules, lib: compiler.library.lib, document, iterations })).us,
    },
    rounds,
  );
  await program.close();
  const ours = us.get('ours') ?? 0;
  const times = (contender: 'worker' | 'stock' | 'native' | 'gator'): string => {
    const found = us.get(contender) ?? 0;
    return found === 0 ? '–' : `${(found / ours).toFixed(1)} ×`;
  };
  const described = `${size.name}: ${size.images} images × ${size.issues} issues`;
  return [
    name,
    described,
    `${Math.ceil(text.length / 1024)} KB`,
    `${ours.toFixed(0)} µs`,
    times('worker'),
    times('stock'),
    times('native'),
    times('gator'),
  ];
}
