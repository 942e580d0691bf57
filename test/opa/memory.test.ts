// Memory stays flat however many documents were evaluated: a few thousand in every run, a million in the long one.
import process from 'node:process';
import test from 'ava';
import { createEvaluator } from '../../src/opa/evaluator.ts';
import { benchRules, documentWith } from '../bench/documents.ts';
import { realCompiler } from './real-compiler.ts';

const evaluations = process.env.KUBEXRAY_LONG === '1' ? 1_000_000 : 3_000;
// Mixed: most workloads are small, a few are not, and one in a thousand is large.
const texts = [...Array.from({ length: 20 }, (_, index) => ({ images: 1 + (index % 3), issues: index })), { images: 3, issues: 200 }].map(
  (size) => JSON.stringify(documentWith({ name: 'mixed', ...size })),
);
const large = JSON.stringify(documentWith({ name: 'large', images: 10, issues: 1000 }));
const megabyte = 1024 * 1024;

test('evaluating documents of all sizes leaves memory as it was', async (t) => {
  t.timeout(20 * 60_000);
  const compiler = await realCompiler();
  const { library } = await benchRules(compiler);
  const module = await compiler.compiler.build(library.map(({ source }) => source));
  const options = { maxMemoryPages: 1024, keptMemoryBytes: 16 * megabyte };
  const evaluator = createEvaluator(new WebAssembly.Module(module.wasm), module.ruleIds, options);
  let failed = 0;
  const observer = { before: () => {}, after: (_id: string, { kind }: { kind: string }) => (failed += kind === 'failed' ? 1 : 0) };
  const evaluate = (index: number): void =>
    evaluator.evaluate(index % 1000 === 999 ? large : (texts[index % texts.length] ?? ''), module.ruleIds, observer);
  // What the first thousand needs stays: compiled code, the module's memory, the heap that V8 keeps.
  for (let index = 0; index < 1000; index += 1) evaluate(index);
  const before = process.memoryUsage();
  for (let index = 0; index < evaluations; index += 1) evaluate(index);
  const after = process.memoryUsage();
  t.is(failed, 0);
  const grownMb = (after.arrayBuffers + after.external - before.arrayBuffers - before.external) / megabyte;
  t.log(`${evaluations} evaluations: resident ${mb(before.rss)} → ${mb(after.rss)}, outside of the heap ${grownMb.toFixed(1)} MB more`);
  // An instance's memory left behind by each large document would be 25 MB each time.
  t.true(after.rss - before.rss < 150 * megabyte, `resident memory grew by ${mb(after.rss - before.rss)}`);
});

function mb(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MB`;
}
