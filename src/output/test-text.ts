// The results of testing rules as people read them in a terminal. Pure.
import { join } from 'node:path';
import type { FileProblem } from '../cases/rule-case.ts';
import { type Coverage, countOf, hasPassed, type RuleResult, type TestResult } from '../cases/test-result.ts';

/** `failures`: only what is not as wanted. `rules`: a line for each rule too. `cases`: a line for each case too. */
export type TestDetail = 'failures' | 'rules' | 'cases';

/** Returns lines without their end: each rule in the order given, and the sum. */
export function testText(rules: readonly RuleResult[], detail: TestDetail): readonly string[] {
  const lines = rules.flatMap((rule) => ruleLines(rule, detail));
  const failed = rules.filter((rule) => !hasPassed(rule)).length;
  return detail === 'failures' && failed === 0 ? [] : [...lines, ...(lines.length > 0 ? [''] : []), sumLine(rules)];
}

function ruleLines(rule: RuleResult, detail: TestDetail): readonly string[] {
  const passed = hasPassed(rule);
  const { warnings = [] } = rule;
  if (passed && detail === 'failures') return [];
  const shown = detail === 'cases' ? rule.results : rule.results.filter(({ outcome }) => outcome === 'failed');
  return [
    `${passed ? '✔' : '✘'} ${rule.name}: ${summary(rule)}`,
    ...rule.problems.map((problem) => `  ${placeText(problem)}: ${problem.message}`),
    ...warnings.map((warning) => `  ${placeText(warning)}: warning: ${warning.message}`),
    ...shown.flatMap(resultLines),
    ...uncoveredLines(rule),
  ];
}

function summary({ problems, results, coverage }: RuleResult): string {
  const failed = countOf(results, 'failed');
  const skipped = countOf(results, 'skipped');
  const parts = [
    problems.length > 0 ? counted(problems.length, 'problem') : '',
    ...(['case', 'test'] as const).map((kind) => {
      const count = results.filter((result) => result.kind === kind).length;
      return count > 0 ? counted(count, kind) : '';
    }),
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    coverage === undefined ? '' : `${percentText(coverage)} of the lines`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Cut, never rounded up: 100 % means all of them. */
export function percentText({ percent }: Coverage): string {
  return `${Math.floor(percent * 10) / 10}%`;
}

function resultLines({ outcome, name, file, line, details }: TestResult): readonly string[] {
  const mark = { passed: '✔', failed: '✘', skipped: '-' }[outcome];
  return [`  ${mark} ${file}:${line}: ${name}`, ...details.map((detail) => `      ${detail}`)];
}

function uncoveredLines({ coverage, directory }: RuleResult): readonly string[] {
  if (coverage === undefined || coverage.notCovered.length === 0) return [];
  const ranges = coverage.notCovered.map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`));
  return [
    `  not reached in ${join(directory, 'rule.rego')}: ${ranges.length === 1 && !ranges[0]?.includes('-') ? 'line' : 'lines'} ${ranges.join(', ')}`,
  ];
}

/** Returns `file:line:column`, as far as they are known. */
export function placeText({ file, line, column }: FileProblem): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function sumLine(rules: readonly RuleResult[]): string {
  const results = rules.flatMap((rule) => rule.results);
  const problems = rules.reduce((sum, rule) => sum + rule.problems.length, 0);
  const skipped = countOf(results, 'skipped');
  return [
    counted(rules.length, 'rule'),
    `${countOf(results, 'passed')} passed`,
    `${countOf(results, 'failed')} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
  ].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
