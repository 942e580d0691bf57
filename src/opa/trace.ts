// Shows how a rule is evaluated, by `opa eval --explain` on the author's own text. Runs `opa` in a temporary folder.
import { tmpdir } from 'node:os';
import { ownDocument } from '../evaluation/own-document.ts';
import type { JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { ourCapabilities } from './capabilities.ts';
import { ruleFile } from './check-problems.ts';
import { createOpaRunner, type RunTask } from './opa-runner.ts';
import { createRuleReader, type ReadRule } from './rule-reader.ts';

/** `full`: every step; `fails`: only what did not hold; `notes`: only what the rule itself prints. */
export type TraceDetail = 'full' | 'fails' | 'notes';

export interface TracerOptions {
  /** Path of the binary, as `findOpa` returns it. */
  readonly opa: string;
  /** Rego of `data.kubexray.lib`. */
  readonly lib: string;
  /** For each run of opa. Default: 30 s; every step is written down, so it takes hundreds of times what the evaluation does. */
  readonly timeoutMs?: number;
  /** Default: 2000. */
  readonly maxLines?: number;
}

export interface TracedRule {
  readonly rego: string;
  readonly parameters: JsonObject;
  readonly watches?: readonly string[];
}

/** What the rule prints, as `print: …`, and then the steps, one a line, with the author's line numbers as `rule.rego:12` and the values of variables, shortened. */
export interface Trace {
  readonly lines: readonly string[];
  /** How many lines were left out at the end. */
  readonly cutLines: number;
}

export type TraceRule = (rule: TracedRule, document: string, detail: TraceDetail) => Promise<Trace>;

// The steps of a rule over a thousand issues; beyond that nobody reads them.
const maxOutputBytes = 64 * 1024 * 1024;
// A variable may hold a whole image.
const maxLineLength = 400;
const documentFile = 'input.json';

/**
 * Returns a function that traces a rule on a document (JSON text of an input document), with the rule's parameters in their place.
 * It throws `Failure` when the rule does not compile, or opa does not end in time or writes too much.
 */
export function createRuleTracer(options: TracerOptions): TraceRule {
  const { opa, timeoutMs = 30_000, maxLines = 2000 } = options;
  const run = createOpaRunner({ opa, temporaryDirectory: tmpdir(), timeoutMs, maxOutputBytes });
  const readRule = createRuleReader(run);
  return async (rule, document, detail) => {
    const query = await queryOf(rule, readRule);
    return traceOf(await evaluate({ run, lib: options.lib, rule, document, detail, query }), maxLines);
  };
}

/** What the entry module asks of the rule, in one query. The parameters are in the input, so that they do not fill every line. */
async function queryOf({ rego }: TracedRule, readRule: ReadRule): Promise<string> {
  const read = await readRule(rego);
  if (read.kind === 'unparsed') throw untraceable(read.problems[0]?.message ?? 'it does not parse');
  const { packagePath, definesUndecided, problems } = read.syntax;
  if (problems[0] !== undefined) throw untraceable(problems[0].message);
  const reference = ['data', ...packagePath.map((part) => `[${JSON.stringify(part)}]`)].join('');
  const set = (name: string): string => `${name} := ${reference}.${name}`;
  return definesUndecided ? `${set('violation')}; ${set('undecided')}` : set('violation');
}

interface Evaluation {
  readonly run: RunTask;
  readonly lib: string;
  readonly rule: TracedRule;
  readonly document: string;
  readonly detail: TraceDetail;
  readonly query: string;
}

/** With our capabilities alone: a rule that was never checked must not reach the network from here. */
async function evaluate({ run, lib, rule, document, detail, query }: Evaluation): Promise<readonly string[]> {
  const capabilities = await run({
    files: new Map(),
    args: ['capabilities', '--current'],
    read: ({ stdout }) => ourCapabilities(stdout).text,
  });
  return run({
    files: new Map([
      [ruleFile, rule.rego],
      ['lib.rego', lib],
      [documentFile, ownDocument(document, rule)],
      ['capabilities.json', capabilities],
    ]),
    args: [
      ...['eval', '--explain', detail, '--var-values', '--format', 'pretty', '--capabilities', 'capabilities.json'],
      ...['--data', ruleFile, '--data', 'lib.rego', '--input', documentFile, query],
    ],
    read: ({ succeeded, stdout, stderr }) => {
      if (!succeeded) throw untraceable((stderr || stdout).trim().split('\n')[0] ?? 'opa failed without a word');
      return [...stderr.split('\n').map((line) => (line === '' ? '' : `print: ${line}`)), ...stdout.split('\n')];
    },
  });
}

function traceOf(all: readonly string[], maxLines: number): Trace {
  // After the steps opa draws the answer as a table, which is wider than any screen; the verdict says it better.
  const end = all.findIndex((line) => line.startsWith('┌'));
  const steps = all.slice(0, end < 0 ? all.length : end).filter((line) => line !== '');
  const lines = steps
    .slice(0, maxLines)
    .map((line) => (line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…`.toWellFormed() : line));
  return { lines, cutLines: steps.length - lines.length };
}

function untraceable(why: string): Failure {
  return new Failure(`trace the rule: ${why}`, { retry: 'never', reason: 'RuleUntraceable' });
}
