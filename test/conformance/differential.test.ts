// Random documents × rules: the project's evaluator against `opa eval` and against the shipped package on the same module.
// KUBEXRAY_LONG=1 takes thousands of documents; KUBEXRAY_SEED=n begins with the document of that seed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { JsonObject } from '../../src/facts/json.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { silent } from '../../src/opa/progress.ts';
import { checkParameters } from '../../src/policy/parameters.ts';
import { realCompiler, ruleSource } from '../opa/real-compiler.ts';
import { randomDocument } from './random-document.ts';
import { type Answers, type NamedRule, nativeAnswers, ourAnswers, stockAnswers } from './rule-answers.ts';

const opa = await findOpa({ env: process.env, progress: silent });
const { library, compiler, inline, load } = await realCompiler();
const firstSeed = Number(process.env.KUBEXRAY_SEED ?? 1);
const batch = 50;
const batches = process.env.KUBEXRAY_LONG === '1' ? 100 : 1;

const parameters: Readonly<Record<string, JsonObject>> = {
  license: { denied: ['AGPL-*', 'é*'], allowed: ['MIT', 'GPL-*', '*a*'] },
  security: { minSeverity: 'Medium', ignoreCves: ['CVE-2025-100[13]', 'CVE-*2'], skipNotApplicable: true },
  unscanned: { gracePeriod: '30m', allowNamespaces: ['build-*'] },
};
const libraryRules = [...library.rules.values()].map(({ name, rego, parametersSchema }): NamedRule => {
  const checked = checkParameters(parameters[name] ?? {}, parametersSchema, { rule: name, path: name });
  if (!('parameters' in checked)) throw new Error(JSON.stringify(checked.problems));
  return { name, source: ruleSource({ rego, parameters: checked.parameters, parametersSchema }, library) };
});
const written = ['numbers', 'texts', 'formats', 'patterns', 'times', 'versions', 'collections'];
const writtenRules = await Promise.all(
  written.map(async (name): Promise<NamedRule> => {
    const rego = await readFile(join(import.meta.dirname, 'rules', `${name}.rego`), 'utf8');
    return { name: `${name}_differ`, source: inline(rego) };
  }),
);
const rules = [...libraryRules, ...writtenRules];
const module = await compiler.build(rules.map(({ source }) => source));

/** The seed, the rule and what each says alone, for every answer that differs. */
function differences(firstOfBatch: number, left: Answers, right: Answers): readonly string[] {
  return left.flatMap((answers, index) =>
    [...answers].flatMap(([name, text]) => {
      const other = right[index]?.get(name) ?? 'no answer';
      if (text === other) return [];
      const [lines, others] = [text.split('\n'), other.split('\n')];
      const only = (these: readonly string[], those: readonly string[]): string =>
        these
          .filter((line) => !those.includes(line))
          .slice(0, 5)
          .join('\n');
      return [`seed ${firstOfBatch + index}, rule ${name}\nours:\n${only(lines, others)}\ntheirs:\n${only(others, lines)}`];
    }),
  );
}

/** The rules that found something in a document. */
function findingsIn(answers: ReadonlyMap<string, string>): readonly string[] {
  return [...answers].filter(([, text]) => !text.includes('violation\n  \n')).map(([name]) => name);
}

function documentsFrom(seed: number): readonly JsonObject[] {
  return Array.from({ length: batch }, (_, index) => randomDocument(seed + index));
}

test('all rules build', (t) => {
  t.deepEqual([...module.problems.values()], []);
});

test('random documents are judged as opa eval judges them', async (t) => {
  t.timeout(60 * 60_000);
  const program = await load(rules.map(({ source }) => source));
  t.teardown(() => program.close());
  const idle = new Set(rules.map(({ name }) => name));
  for (let seed = firstSeed; seed < firstSeed + batch * batches; seed += batch) {
    const documents = documentsFrom(seed);
    const native = await nativeAnswers(rules, documents, { opa, lib: library.lib });
    for (const name of native.flatMap(findingsIn)) idle.delete(name);
    t.deepEqual(differences(seed, await ourAnswers(program, rules, documents), native).slice(0, 10), []);
  }
  t.deepEqual([...idle], [], 'these rules found nothing, so nothing of theirs was compared');
});

test('the library rules are judged as the shipped package judges them, where it has the builtins', async (t) => {
  t.timeout(60 * 60_000);
  const program = await load(rules.map(({ source }) => source));
  t.teardown(() => program.close());
  // `unscanned` reads times, which the package does not have.
  const asked = libraryRules.filter(({ name }) => name !== 'unscanned');
  for (let seed = firstSeed; seed < firstSeed + batch * batches; seed += batch) {
    const documents = documentsFrom(seed).map(wellFormed);
    const stock = stockAnswers(module, asked, documents);
    t.deepEqual(differences(seed, await ourAnswers(program, asked, documents), stock).slice(0, 10), []);
  }
});

/** Only half a surrogate pair is written as an escape of this kind, and the documents have but one. */
function wellFormed(document: JsonObject): JsonObject {
  // It was an object before.
  return JSON.parse(JSON.stringify(document).replaceAll('\\ud800', '\ufffd')) as JsonObject;
}
