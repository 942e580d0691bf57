// Texts that are made to harm the compiler, or to make it read what is not theirs: each ends within bounds, with a reason.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import type { RuleProblem } from '../../src/evaluation/program.ts';
import { createRuleCompiler } from '../../src/opa/compiler.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { silent } from '../../src/opa/progress.ts';
import { runOpa } from '../../src/opa/run-opa.ts';
import { realCompiler } from './real-compiler.ts';

const { compiler, inline, library } = await realCompiler();
const opa = await findOpa({ env: process.env, progress: silent });
const directory = mkdtempSync(join(tmpdir(), 'kubexray-test-'));
const run = { opa, directory, timeoutMs: 10_000, maxOutputBytes: 1024 * 1024, maxMemoryBytes: 1024 * 1024 * 1024 };
const mebibyte = 1024 * 1024;
const good = inline('package good\nviolation contains image.ref if some image in input.images\n');

/** Each level doubles the work of the check: it would not end in years. */
const nested = `package x\nviolation contains "a" if {\n  y := ${'[x | x := '.repeat(40)}1${']'.repeat(40)}\n  count(y) > 0\n}\n`;
/** Types that double with every line. */
const doubling = [
  'package x',
  'x0 := {"a": 1, "b": "c"}',
  ...Array.from({ length: 24 }, (_, index) => `x${index + 1} := {"a": x${index}, "b": x${index}, "c": [x${index}, x${index}]}`),
  'violation contains "a" if x24.a.a.b == 1',
  '',
].join('\n');

test('nested comprehensions, whose check would take years, are ended in time and are no fault of the compiler', async (t) => {
  const bounded = createRuleCompiler({ opa, lib: library.lib, timeoutMs: 1000 });
  const error = await t.throwsAsync(bounded.check(inline(nested)));
  t.like(error, { name: 'Failure', reason: 'CompilerTimeout', retry: 'soon', message: 'run opa check: it did not end within 1 s' });
  t.deepEqual(await bounded.check(good), []);
});

// RLIMIT_DATA counts what a process maps only on Linux.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('types that double with every line are ended at the memory that opa may have', async (t) => {
  const bounded = createRuleCompiler({ opa, lib: library.lib, timeoutMs: 60_000, maxMemoryBytes: 160 * mebibyte });
  const error = await t.throwsAsync(bounded.check(inline(doubling)));
  t.like(error, {
    ...{ name: 'Failure', reason: 'CompilerMemoryExceeded', retry: 'never' },
    message: 'run opa check: it needs more memory than the 160 MiB it may have',
  });
  t.deepEqual(await bounded.check(good), []);
});

test('a binary that is not there is a missing compiler, with the shell between or not', async (t) => {
  const error = await t.throwsAsync(runOpa(['version'], { ...run, opa: join(directory, 'none') }));
  t.like(error, { name: 'Failure', reason: 'CompilerMissing' });
});

test('what opa writes is bounded', async (t) => {
  const error = await t.throwsAsync(runOpa(['capabilities', '--current'], { ...run, maxOutputBytes: 1024 * 16 }));
  t.like(error, { name: 'Failure', reason: 'CompilerOutputTooLarge', retry: 'never' });
});

test('arguments reach opa as they are', async (t) => {
  const text = 'a "b" $HOME `c` \\ \'d\'';
  const { stdout } = await runOpa(['eval', '--format', 'raw', JSON.stringify(text)], run);
  t.is(stdout, `${text}\n`);
});

test('texts that are together too long for one module are a failure that says so', async (t) => {
  const filler = `# ${'x'.repeat(60_000)}\n`;
  const rules = Array.from({ length: 72 }, (_, index) => inline(`package x\nviolation contains "${index}" if input.now == ""\n${filler}`));
  const error = await t.throwsAsync(compiler.build(rules));
  t.like(error, { reason: 'BuildTooLarge', message: 'build 72 rules: their texts are together longer than 4 MiB' });
});

// What a schema of the file below would make of `input.secret`: opa would tell which names there are.
const secret = join(directory, 'secret.json');
writeFileSync(secret, '{"type": "object", "properties": {"token": {"type": "string"}}, "additionalProperties": false}');
const withAnnotation = (annotation: string): string =>
  `# METADATA\n# ${annotation.replaceAll('\n', '\n# ')}\npackage x\n\nviolation contains "a" if input.secret == 1\n`;
const told = (problems: readonly RuleProblem[]): readonly string[] => problems.map(({ reason }) => reason);

test('a rule cannot make opa read a file by a schema in its annotations', async (t) => {
  const url = pathToFileURL(secret).href;
  for (const schema of [`{"$ref": "${url}"}`, `{"type": "object", "properties": {"secret": {"$ref": "${url}"}}}`]) {
    const problems = await compiler.check(inline(withAnnotation(`schemas:\n  - input: ${schema}`)));
    t.deepEqual(problems, [
      {
        ...{ reason: 'SchemaRefused', message: 'an annotation must not give schemas: the input is checked against its own' },
        ...{ line: 1, column: 1, hint: 'remove `schemas` from the annotation' },
      },
    ]);
  }
});

test('a rule cannot make opa read a file by a related resource, nor by an import', async (t) => {
  const problems = await compiler.check(inline(withAnnotation(`related_resources:\n  - ref: ${pathToFileURL(secret).href}`)));
  t.deepEqual(told(problems), ['TypeError']);
  t.notRegex(JSON.stringify(problems), /token/);
  const imported = await compiler.check(inline('package x\nimport data.secret\nviolation contains "a" if secret.token == 1\n'));
  t.true(told(imported).includes('ForeignReference'));
});
