// Has what authors wrote compiled and tried out as the controller does, and puts everything that is wrong at its place. Runs `opa`.
import type { RuleProblem } from '../evaluation/program.ts';
import { Failure } from '../failure.ts';
import type { Finding } from '../output/finding.ts';
import { isRunning, momentText } from '../policy/exceptions.ts';
import type { LibraryRule, RuleLibrary } from '../policy/library.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyRule } from '../policy/policy.ts';
import type { Authored } from './authored.ts';
import type { AuthoredPolicy } from './authored-policy.ts';
import { type AuthoredRule, ruleProblemPlace } from './authored-rule.ts';
import { type CompileTools, compilePolicies } from './compile.ts';
import { lineAt, type Place } from './place.ts';
import type { SourceFile, SourceProblem } from './source-file.ts';

/** Returns all findings: file by file in the order of reading, and by place within each. Throws `Failure` when the compiler cannot tell. */
export async function checkAuthored(authored: Authored, { opa, library }: CompileTools, now: Date): Promise<readonly Finding[]> {
  const { policies, rules } = authored;
  const groups: readonly Group[] = [
    { units: policies.map(policyUnit), library: libraryWith(library, rules) },
    { units: rules.map(ruleUnit), library: libraryOf(library, rules) },
  ];
  const found: Finding[] = authored.problems.map((problem) => findingAt(problem));
  for (const { units, library: rulesToUse } of groups) {
    found.push(...units.flatMap(({ findings }) => findings));
    // Names are of the author, and may be there twice; numbers are not.
    const numbered = units.map(numberedPolicy).filter((policy) => policy.rules.length > 0);
    if (numbered.length === 0) continue;
    const compiled = await compilePolicies({ opa, library: rulesToUse, policies: numbered });
    await compiled.close();
    for (const { policy, rule, problem } of compiled.problems) {
      const unit = units[Number(policy)];
      if (unit !== undefined) found.push(unit.findingOf(problem, Number(rule)));
    }
  }
  return sorted([...found, ...duplicateNames(policies), ...endedExceptions(policies, now), ...usesOfGivenRules(authored, library)]);
}

interface Group {
  readonly units: readonly Unit[];
  /** What the rules of the units may use. */
  readonly library: RuleLibrary;
}

/** What is compiled together, with the way back to where it stands. */
interface Unit {
  readonly rules: readonly PolicyRule[];
  readonly watches: readonly string[];
  /** What is known without the compiler. */
  readonly findings: readonly Finding[];
  readonly findingOf: (problem: RuleProblem, ruleIndex: number) => Finding;
}

function policyUnit(policy: AuthoredPolicy): Unit {
  const named = policy.name === '' ? {} : { policy: policy.name };
  return {
    rules: policy.rules,
    // Of a policy that cannot be read nobody knows the watches.
    watches: policy.policy?.watches ?? anyWatch,
    findings: policy.problems.map((problem) => ({ ...findingAt(problem), ...named })),
    findingOf: (problem, index) => {
      const rule = policy.rules[index];
      const finding = ruleFinding(namingTheRule(problem, rule), policy.source, policy.placeOf(problem, index));
      return { ...finding, ...named, ...(rule === undefined ? {} : { rule: rule.name }) };
    },
  };
}

/** Of a library rule the text is elsewhere: the place in it goes into the message. */
function namingTheRule(problem: RuleProblem, rule: PolicyRule | undefined): RuleProblem {
  if (problem.path !== undefined || rule?.source.kind !== 'library') return problem;
  const { message, line, column } = problem;
  const where = line === undefined ? '' : `, ${line}:${column ?? 1}`;
  return { ...problem, message: `the rule ${rule.source.name}${where}: ${message}` };
}

function ruleUnit(rule: AuthoredRule, index: number): Unit {
  const alone = template.rules.map((each): PolicyRule => ({ ...each, source: { kind: 'library', name: `${index}` } }));
  return {
    rules: rule.parametersSchema === undefined ? [] : alone,
    watches: anyWatch,
    findings: rule.problems.map((problem) => ({ ...findingAt(problem), rule: rule.name })),
    findingOf: (problem) => ({ ...ruleFinding(problem, rule.rego, ruleProblemPlace(rule, problem)), rule: rule.name }),
  };
}

function ruleFinding({ reason, message, hint }: RuleProblem, source: SourceFile, place: Place): Finding {
  return findingAt({ source, reason, message, ...place, ...(hint === undefined ? {} : { hint }) });
}

function findingAt({ source, line, column, severity, reason, message, hint }: SourceProblem): Finding {
  const text = lineAt(source.text, line);
  const base = { file: source.file, line, column, severity: severity ?? 'error', reason, message, source: text } as const;
  return hint === undefined ? base : { ...base, hint };
}

/** Applied to one cluster, the second replaces the first; for two clusters it is right. */
function duplicateNames(policies: readonly AuthoredPolicy[]): readonly Finding[] {
  return policies.flatMap((policy, index) => {
    const earlier = policies.slice(0, index).find(({ name }) => name !== '' && name === policy.name);
    if (earlier === undefined) return [];
    const message = `${earlier.source.file} has a policy named ${policy.name} too`;
    const hint = 'in one cluster the one that is applied last replaces the other';
    const finding = findingAt({ source: policy.source, reason: 'DuplicateName', message, hint, ...policy.nameAt });
    return [{ ...finding, severity: 'warning', policy: policy.name }];
  });
}

/** The policy is right; only that nobody reads a list to its end to see what in it is over. */
function endedExceptions(policies: readonly AuthoredPolicy[], now: Date): readonly Finding[] {
  return policies.flatMap(({ name, source, policy, exceptionAt }) =>
    (policy?.exceptions ?? []).flatMap((exception, index): readonly Finding[] => {
      if (isRunning(exception, now)) return [];
      const message = `the exception ${exception.name} has ended at ${momentText(exception.until)} and excuses nothing`;
      const finding = findingAt({ source, reason: 'ExceptionEnded', message, ...exceptionAt(index) });
      return [{ ...finding, severity: 'warning', ...(name === '' ? {} : { policy: name }) }];
    }),
  );
}

/** They can be tried here, but only those of the package are in the controller. */
function usesOfGivenRules({ policies, rules }: Authored, library: RuleLibrary): readonly Finding[] {
  const given = new Set(rules.map(({ name }) => name).filter((name) => !library.rules.has(name)));
  return policies.flatMap((policy) =>
    policy.rules.flatMap((rule, index): readonly Finding[] => {
      if (rule.source.kind !== 'library' || !given.has(rule.source.name)) return [];
      const problem = { reason: 'RuleNotInLibrary', message: 'no cluster has this rule: put its text into `rego`', path: 'use' };
      const finding = ruleFinding(problem, policy.source, policy.placeOf(problem, index));
      return [{ ...finding, severity: 'warning', rule: rule.name, ...(policy.name === '' ? {} : { policy: policy.name }) }];
    }),
  );
}

/** Rules that are given with a policy can be used by it; those of the package itself cannot be replaced. */
function libraryWith(library: RuleLibrary, rules: readonly AuthoredRule[]): RuleLibrary {
  const given = rules.flatMap((rule) => libraryRule(rule).map((usable) => [rule.name, usable] as const));
  return { ...library, rules: new Map([...given, ...library.rules]) };
}

/** The rules given, each under its number: folders of one name are different rules. */
function libraryOf(library: RuleLibrary, rules: readonly AuthoredRule[]): RuleLibrary {
  return { ...library, rules: new Map(rules.flatMap((rule, index) => libraryRule(rule).map((usable) => [`${index}`, usable] as const))) };
}

function libraryRule({ name, title, rego, parametersSchema, readsViolations }: AuthoredRule): readonly LibraryRule[] {
  if (parametersSchema === undefined) return [];
  return [{ name, title, parametersSchema, ...(readsViolations === undefined ? {} : { readsViolations }), rego: rego.text }];
}

function numberedPolicy({ rules, watches }: Unit, index: number): Policy {
  return { ...template, watches, name: `${index}`, rules: rules.map((rule, ruleIndex) => ({ ...rule, name: `${ruleIndex}` })) };
}

/** Of a rule without its policy: it may read violations, and is not told to name watches. */
const anyWatch: readonly string[] = ['any'];

const template = templatePolicy();

/** What a policy does besides holding rules does not matter here. */
function templatePolicy(): Policy {
  const identity = { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name: 'check' } };
  const parsed = parsePolicy({ ...identity, spec: { rules: [{ name: 'rule', use: 'rule' }] } });
  if ('problems' in parsed) throw new Failure('make a policy to check rules in', { retry: 'never', reason: 'Impossible' });
  return parsed.policy;
}

function sorted(findings: readonly Finding[]): readonly Finding[] {
  const files = new Map([...new Set(findings.map(({ file }) => file))].map((file, index) => [file, index]));
  const order = ({ file, line, column }: Finding): readonly number[] => [files.get(file) ?? 0, line ?? 0, column ?? 0];
  return [...findings].sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    const difference = left.findIndex((number, index) => number !== right[index]);
    return difference < 0 ? 0 : (left[difference] ?? 0) - (right[difference] ?? 0);
  });
}
