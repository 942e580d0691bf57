// Evaluates expressions by `opa eval` and by a module that we load, for tests of builtins.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { moduleInBundle } from '../../../src/opa/bundle.ts';
import { findOpa } from '../../../src/opa/find-opa.ts';
import { hostBuiltins } from '../../../src/opa/host-builtins.ts';
import { createInstance } from '../../../src/opa/instance.ts';
import { silent } from '../../../src/opa/progress.ts';
import { canonical, type ExactValue, isList, parseExact } from '../../conformance/exact-value.ts';

const run = promisify(execFile);

/** What each expression gives, as canonical JSON; an expression that is undefined is not there. */
export type Answers = Readonly<Record<string, string>>;

/** The same expressions evaluated twice. `input.x` is there for arguments of a type that the compiler must not see. */
export async function answersOfBoth(
  expressions: readonly string[],
  input: unknown = null,
): Promise<{ readonly opa: Answers; readonly ours: Answers }> {
  const opa = await findOpa({ env: process.env, progress: silent });
  const folder = await mkdtemp(join(tmpdir(), 'builtins-'));
  try {
    const [rules, bundle, document] = ['rules.rego', 'bundle.tar.gz', 'input.json'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const clauses = expressions.map((expression, index) => `r[${JSON.stringify(`${index}`)}] := ${expression}\n`);
    await writeFile(rules, `package t\n\n${clauses.join('')}`);
    await writeFile(document, JSON.stringify(input));
    const evaluated = await run(opa, ['eval', '-d', rules, '-i', document, '--format', 'json', 'data.t.r'], { maxBuffer: 2 ** 28 });
    await run(opa, ['build', '-t', 'wasm', '-e', 't/r', '-o', bundle, rules]);
    const module = moduleInBundle(await readFile(bundle), 2 ** 28);
    if (module === undefined) throw new Error('opa built no module');
    const instance = createInstance(new WebAssembly.Module(module), { builtins: hostBuiltins, maxMemoryPages: 1024 });
    const answer = instance.evaluate(instance.load(JSON.stringify(input)), 0);
    return {
      opa: byExpression(valueAt(parseExact(evaluated.stdout), ['result', 0, 'expressions', 0, 'value']), expressions),
      ours: byExpression(valueAt(parseExact(answer), [0, 'result']), expressions),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function byExpression(values: ExactValue, expressions: readonly string[]): Answers {
  const found: Record<string, string> = {};
  if (values === null || typeof values !== 'object' || isList(values)) throw new Error('the rule gave no object');
  for (const [index, value] of Object.entries(values)) found[expressions[Number(index)] ?? index] = canonical(value, { anyOrder: false });
  return found;
}

function valueAt(value: ExactValue, path: readonly (string | number)[]): ExactValue {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (value === null || typeof value !== 'object') throw new Error(`nothing at ${step}`);
  const next = isList(value) ? value[Number(step)] : value[step];
  if (next === undefined) throw new Error(`nothing at ${step}`);
  return valueAt(next, rest);
}
