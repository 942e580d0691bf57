// What would clear a finding, or let a rule tell: read from the facts that the rule was given. Pure.
import type { RuleDecision } from '../actions/decide.ts';
import { type ImageState, whyUnknown } from '../evaluation/image-state.ts';
import type { Violation } from '../evaluation/verdict.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { Issue, IssueComponent } from '../facts/scan.ts';

// Who has more to do begins with these.
const maxRemedies = 20;

/** Returns one sentence for each thing that would help, without a full stop; the most telling first. Empty for a rule that passed. */
export function remediesFor(
  rule: RuleDecision,
  { facts, now }: { readonly facts: readonly ImageState[]; readonly now: Date },
): readonly string[] {
  const { verdict, policy } = rule;
  if (verdict.kind === 'passed') return [];
  const found = verdict.kind === 'violated' ? verdict.violations.flatMap((violation) => forViolation(rule, violation)) : [];
  const missing = verdict.undecided.length === 0 ? [] : facts.flatMap((state) => forImage(state, { now, maxAgeMs: policy.maxAgeMs }));
  const broken = verdict.undecided.flatMap(({ reason, message }) => forRule(reason, message));
  const all = [...new Set([...found, ...missing, ...broken])];
  const shown = all.slice(0, maxRemedies);
  return shown.length < all.length ? [...shown, `and ${all.length - shown.length} more`] : shown;
}

function forViolation({ policy, rule }: RuleDecision, { images, issue, license, component, message }: Violation): readonly string[] {
  const [state] = images;
  if (state === undefined) return [`change what the rule says: ${message}`];
  const { ref } = state.image;
  // Any other rule may be about the name of an image, which a scan does not change.
  const source = policy.rules.find(({ name }) => name === rule)?.source;
  if (state.state === 'unscanned' && source?.kind === 'library' && source.name === 'unscanned') return [`have Xray scan ${ref}`];
  const content = state.fact?.state === 'scanned' ? state.fact.content : undefined;
  const known = content?.issues.find((one) => one.id === issue || one.cves.includes(issue));
  if (known !== undefined) return forIssue(ref, known);
  if (license !== '') return [forLicense(ref, license, content?.licenses.find(({ name }) => name === license)?.components ?? [component])];
  return [`use another image than ${ref}, or change what the rule says of it`];
}

function forIssue(ref: string, issue: Issue): readonly string[] {
  const name = issue.cves.length === 0 ? issue.id : issue.cves.join(', ');
  const fixable = issue.components.filter(({ fixedVersions }) => fixedVersions.length > 0);
  if (fixable.length === 0)
    return [`${ref}: no fix is known for ${name} in ${issue.components.map(({ id }) => id).join(', ') || 'its components'}`];
  return fixable.map((one) => `${ref}: raise ${nameOf(one)} to ${one.fixedVersions.join(' or ')} (${name})`);
}

/** Xray writes some ids with the version in them. */
function nameOf({ id, version }: IssueComponent): string {
  return version === '' || id.endsWith(`:${version}`) ? id : `${id} ${version}`;
}

function forLicense(ref: string, license: string, components: readonly string[]): string {
  const named = components.filter((component) => component !== '').sort(compareTexts);
  return `${ref}: replace what is under ${license}${named.length === 0 ? '' : `: ${named.slice(0, 5).join(', ')}${named.length > 5 ? ', …' : ''}`}`;
}

function forImage(state: ImageState, age: { readonly now: Date; readonly maxAgeMs: number }): readonly string[] {
  const { ref, problem } = state.image;
  if (state.state === 'unidentifiable') return [`the digest of ${ref}: ${problem}`];
  if (whyUnknown(state, age) !== undefined)
    return [`an answer of Xray about ${ref}${state.fact.reason === '' ? '' : ` (${state.fact.reason})`}`];
  return state.state === 'unscanned' ? [`have Xray scan ${ref}`] : [];
}

function forRule(reason: string, message: string): readonly string[] {
  switch (reason) {
    case 'NotLoaded':
      return [`mend the rule: ${message}`];
    case 'DeadlineExceeded':
    case 'MemoryExceeded':
    case 'Aborted':
    case 'MalformedAnswer':
    case 'UnknownImage':
      return [`change the rule: ${message}`];
    default:
      return [];
  }
}
