// A forecast for programs: JSON as documented, JUnit and SARIF for the places where CI systems show findings. Pure.
import type { ForecastChanges } from '../status/forecast-changes.ts';
import type { ForecastReport, ReportedExcepted, ReportedRule, ReportedWorkload } from '../status/forecast-report.ts';
import { workloadName } from './forecast-text.ts';
import { type JUnitCase, junitXml } from './junit.ts';
import { type SarifResult, sarifLog } from './sarif.ts';

/** A place in a file. Lines are 1-based. */
export interface DeclaredAt {
  readonly file: string;
  readonly line?: number;
}

/** Returns the report as JSON text; `changes` is there when there is something to compare with. */
export function forecastJson(report: ForecastReport, changes?: ForecastChanges): string {
  return `${JSON.stringify({ ...report, ...(changes === undefined ? {} : { changes }) }, undefined, 2)}\n`;
}

/** Returns a suite for each policy, in the order given, with a case for each workload and rule; violated is failed, undecided and excepted are skipped. */
export function forecastJUnit({ workloads }: ForecastReport, policies: readonly string[]): string {
  return junitXml(
    policies.map((name) => ({
      name,
      cases: workloads.flatMap(({ workload, policies: about }) =>
        about
          .filter(({ policy }) => policy === name)
          .flatMap(({ rules }) => rules.map((rule) => junitCase(`${workloadName(workload)} ${rule.rule}`, `${name}.${rule.rule}`, rule))),
      ),
    })),
  );
}

function junitCase(name: string, className: string, rule: ReportedRule): JUnitCase {
  if (rule.verdict === 'undecided') return { name, className, skipped: { message: `cannot tell: ${reasonsOf(rule)}` } };
  if (rule.verdict === 'passed' && rule.excepted.length === 0) return { name, className };
  if (rule.verdict === 'passed') return { name, className, skipped: { message: `${rule.words}: ${rule.messages[0] ?? ''}` } };
  const message = [rule.words, rule.messages[0] ?? ''].filter((part) => part !== '').join(': ');
  return { name, className, failure: { message, text: rule.violations.map((violation) => violation.message).join('\n') } };
}

function reasonsOf({ undecided }: ReportedRule): string {
  return undecided.map(({ message }) => message).join('; ');
}

/** Returns a result for each violation, suppressed if it is excepted, and each reason of an undecided rule. `placeOf` tells where a workload is declared, if it is known. */
export function forecastSarif({ workloads }: ForecastReport, placeOf: (workload: ReportedWorkload) => DeclaredAt | undefined): string {
  const results = workloads.flatMap(({ workload, policies }) =>
    policies.flatMap(({ policy, rules }) =>
      rules.flatMap((rule) =>
        sarifResults(rule, { ruleId: `${policy}/${rule.rule}`, logicalName: workloadName(workload), ...placeOf(workload) }),
      ),
    ),
  );
  return `${sarifLog(results)}\n`;
}

function sarifResults(rule: ReportedRule, place: Omit<SarifResult, 'level' | 'message'>): readonly SarifResult[] {
  const level = rule.wouldAct ? 'error' : 'warning';
  return [
    ...rule.violations.map(({ message }): SarifResult => ({ ...place, level, message })),
    ...rule.excepted.map((one): SarifResult => ({ ...place, level: 'warning', message: one.message, suppressedFor: justificationOf(one) })),
    ...rule.undecided.map(({ message }): SarifResult => ({ ...place, level: 'note', message: `cannot tell: ${message}` })),
  ];
}

function justificationOf({ by }: ReportedExcepted): string {
  return by.map(({ exception, until, reason }) => `${exception} until ${until}: ${reason}`).join('; ');
}
