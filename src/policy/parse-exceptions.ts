// The exceptions of a policy as they are written: what the schema cannot say of them, and what the stages read. Pure.
import { suggestion } from './closest-word.ts';
import type { PolicyException as Spec } from './kubexraypolicy.generated.ts';
import type { PolicyException, PolicyProblem } from './policy.ts';

/** Returns what the API server checks by CEL or by format; `rules` are the names of the policy's rules. */
export function exceptionProblems(exceptions: readonly Spec[], rules: readonly string[]): readonly PolicyProblem[] {
  return exceptions.flatMap((exception, index) => {
    const path = `spec.exceptions[${index}]`;
    const problems: PolicyProblem[] = [];
    const { name, until, match, cves, licenses } = exception;
    if (exceptions.findIndex((other) => other.name === name) < index)
      problems.push({ path: `${path}.name`, message: `${name} is the name of an earlier exception` });
    if (parseTime(until) === undefined)
      problems.push({ path: `${path}.until`, message: 'must be a moment in RFC 3339, such as 2026-12-31T00:00:00Z' });
    if ([match.namespaces, match.workloads, match.images].every((part) => part === undefined || part.length === 0))
      problems.push({
        path: `${path}.match`,
        message: 'give namespaces, workloads or images; without any of them the exception would excuse everything',
      });
    if (cves !== undefined && licenses !== undefined)
      problems.push({ path, message: 'give cves or licenses, not both; two exceptions can say both' });
    return [...problems, ...unknownRules(exception, { path, rules })];
  });
}

function unknownRules({ rules: named = [] }: Spec, { path, rules }: { path: string; rules: readonly string[] }): readonly PolicyProblem[] {
  return named.flatMap((rule, index) => {
    if (named.indexOf(rule) < index) return [{ path: `${path}.rules[${index}]`, message: `${rule} is there twice` }];
    if (rules.includes(rule)) return [];
    const hint = suggestion(rule, rules, 'it has');
    return [{ path: `${path}.rules[${index}]`, message: `${rule} is no rule of this policy`, ...(hint === undefined ? {} : { hint }) }];
  });
}

/** Returns an exception without problems as the stages read it. */
export function exceptionOf({ name, reason, until, match, rules, cves, licenses }: Spec): PolicyException {
  return {
    name,
    reason,
    // What is no moment has been refused; of all moments the first excuses nothing.
    until: parseTime(until) ?? new Date(0),
    match,
    ...(rules === undefined ? {} : { rules }),
    ...(cves === undefined ? {} : { cves }),
    ...(licenses === undefined ? {} : { licenses }),
  };
}

/** The schema's pattern holds already; JavaScript takes 30 February for the first days of March. */
function parseTime(text: string): Date | undefined {
  const time = new Date(text);
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const isThere = (date: Date): boolean => !Number.isNaN(date.getTime());
  return isThere(time) && isThere(midnight) && midnight.toISOString().startsWith(text.slice(0, 10)) ? time : undefined;
}
