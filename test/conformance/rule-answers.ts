// What rules answer on documents by three evaluators: the project's, OPA's own (`opa eval`), and the package that the loader rests on.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RuleModule, RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { entryPoint } from '../../src/opa/entry-module.ts';
import { canonical, type ExactValue, isList, parseExact } from './exact-value.ts';

/** A rule by the name of its package. */
export interface NamedRule {
  readonly name: string;
  readonly source: RuleSource;
}

/** An answer as a text that is the same for equal answers; by document, then by rule. */
export type Answers = readonly ReadonlyMap<string, string>[];

const run = promisify(execFile);

/** Asks the project's own evaluator, in its worker. A rule that fails answers with the reason. */
export async function ourAnswers(program: RuleProgram, rules: readonly NamedRule[], documents: readonly JsonObject[]): Promise<Answers> {
  const all: ReadonlyMap<string, string>[] = [];
  for (const document of documents) {
    const answers = await program.evaluate(
      JSON.stringify(document),
      rules.map(({ source }) => source.id),
    );
    const texts = rules.map(({ name, source }): [string, string] => {
      const answer = answers.get(source.id);
      return [name, answer?.kind === 'answered' ? answerInRows(answer.json) : `${answer?.reason}: ${answer?.message}`];
    });
    all.push(new Map(texts));
  }
  return all;
}

/** Asks OPA's own evaluator about all documents in one process. */
export async function nativeAnswers(
  rules: readonly NamedRule[],
  documents: readonly JsonObject[],
  { opa, lib }: { readonly opa: string; readonly lib: string },
): Promise<Answers> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-differential-'));
  try {
    const files = new Map([
      ['lib.rego', lib],
      ['ask.rego', `package ask\n\nimport rego.v1\n\n${rules.map(question).join('')}`],
      ['documents.json', JSON.stringify(documents)],
      ...rules.map(({ name, source }): [string, string] => [`${name}.rego`, source.rego]),
    ]);
    for (const [name, text] of files) await writeFile(join(directory, name), text);
    const data = [...files.keys()].filter((name) => name.endsWith('.rego')).flatMap((name) => ['--data', name]);
    const args = ['eval', ...data, '--input', 'documents.json', '--format', 'values', 'data.ask.answers'];
    const { stdout } = await run(opa, args, { cwd: directory, maxBuffer: 1024 * 1024 * 1024 });
    const [byDocument] = elements(parseExact(stdout));
    return documents.map(
      (_, index) => new Map(rules.map(({ name }): [string, string] => [name, answerText(member(member(byDocument, String(index)), name))])),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The parameters stand in the document here, as they do for an author who calls `opa eval`. */
function question({ name, source }: NamedRule): string {
  const parameters = JSON.stringify({ parameters: source.parameters });
  return ['seen', 'violation', 'undecided']
    .map((part) => {
      const asked = part === 'seen' ? 'input.now' : `data.${name}.${part}`;
      const answer = `answers[$"{index}"]["${name}"]["${part}"] := answer if`;
      return `${answer} {\n\tsome index, document in input\n\tanswer := ${asked} with input as object.union(document, ${parameters})\n}\n\n`;
    })
    .join('');
}

// The types of the package are those of its CommonJS file.
const { loadPolicySync } = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as typeof import('@open-policy-agent/opa-wasm');

/** Asks the package as it is shipped, on the same module. It takes no halves of surrogate pairs, so the documents must have none. */
export function stockAnswers(module: RuleModule, rules: readonly NamedRule[], documents: readonly JsonObject[]): Answers {
  const policy = loadPolicySync(new Uint8Array(module.wasm).buffer);
  return documents.map(
    (document) =>
      new Map(
        rules.map(({ name, source }): [string, string] => [
          name,
          answerInRows(JSON.stringify(policy.evaluate(document, entryPoint(source.id)))),
        ]),
      ),
  );
}

function answerInRows(json: string): string {
  let rows: readonly ExactValue[];
  try {
    rows = elements(parseExact(json));
  } catch {
    return `not JSON: ${json.slice(0, 200)}`;
  }
  return rows.length === 1 ? answerText(member(rows[0], 'result')) : `${rows.length} rows`;
}

/** The two sets are sorted; what is in their elements is compared as it stands. */
function answerText(answer: ExactValue | undefined): string {
  const set = (name: string): string =>
    elements(member(answer, name))
      .map((element) => canonical(element, { anyOrder: false }))
      .sort()
      .join('\n  ');
  return `seen ${JSON.stringify(member(answer, 'seen'))}\nviolation\n  ${set('violation')}\nundecided\n  ${set('undecided')}`;
}

function member(value: ExactValue | undefined, name: string): ExactValue | undefined {
  return typeof value === 'object' && value !== null && !isList(value) ? value[name] : undefined;
}

function elements(value: ExactValue | undefined): readonly ExactValue[] {
  return value !== undefined && value !== null && isList(value) ? value : [];
}
