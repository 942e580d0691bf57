// Parses rules with `opa parse`, each text once, and puts them under packages of the host's.
import { createHash } from 'node:crypto';
import type { RuleProblem } from '../evaluation/program.ts';
import { problemsFromOpa, ruleFile } from './check-problems.ts';
import type { RunTask } from './opa-runner.ts';
import { underPackage } from './rule-package.ts';
import { type RuleSyntax, readRuleSyntax } from './rule-syntax.ts';
import { textProblem } from './rule-text.ts';

/** A rule's text as it goes into a module. */
export interface PackagedRule {
  readonly file: string;
  readonly text: string;
  /** Its package, as other Rego refers to it. */
  readonly reference: string;
}

export type ReadRuleResult =
  | { readonly kind: 'unparsed'; readonly problems: readonly RuleProblem[] }
  | { readonly kind: 'parsed'; readonly syntax: RuleSyntax; readonly packaged: PackagedRule };

export type ReadRule = (rego: string) => Promise<ReadRuleResult>;

// Rules of all policies at once: 50 policies of 50 rules would be far beyond what is used.
const maxKept = 1000;

/** Returns a function that reads a rule's text. Results are kept, so that a check and the builds after it parse once. */
export function createRuleReader(run: RunTask): ReadRule {
  const kept = new Map<string, Promise<ReadRuleResult>>();
  return (rego) => {
    const known = kept.get(rego);
    if (known !== undefined) return known;
    const unfit = textProblem(rego);
    if (unfit !== undefined) return Promise.resolve({ kind: 'unparsed', problems: [unfit] });
    const oldest = kept.size >= maxKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    const reading = parse(rego, run);
    kept.set(rego, reading);
    // A run that failed says nothing about the text.
    reading.catch(() => kept.delete(rego));
    return reading;
  };
}

function parse(rego: string, run: RunTask): Promise<ReadRuleResult> {
  return run({
    files: new Map([[ruleFile, rego]]),
    args: ['parse', '--format', 'json', '--json-include', 'locations,-comments', ruleFile],
    read: ({ succeeded, stdout, stderr }): ReadRuleResult => {
      if (!succeeded) return { kind: 'unparsed', problems: problemsFromOpa(stderr || stdout, new Set(), rego) };
      const syntax = readRuleSyntax(JSON.parse(stdout));
      const word = `t_${createHash('sha256').update(rego).digest('hex').slice(0, 32)}`;
      const prefix = `kubexray.rules.${word}`;
      const text = underPackage(rego, syntax, prefix);
      if (text === undefined) return { kind: 'unparsed', problems: [misplaced(syntax)] };
      const path = syntax.packagePath.map((part) => `[${JSON.stringify(part)}]`).join('');
      return { kind: 'parsed', syntax, packaged: { file: `${word}.rego`, text, reference: `data.${prefix}${path}` } };
    },
  });
}

function misplaced(syntax: RuleSyntax): RuleProblem {
  return { reason: 'PackageUnreadable', message: 'write the package as `package name`, on one line', ...syntax.packageAt };
}
