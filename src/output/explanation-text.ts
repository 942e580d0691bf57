// An explanation as people read it, from what is known to what is done. Pure.
import type { ExplainedException } from '../status/explained-exceptions.ts';
import type { ExplainedImage } from '../status/explained-image.ts';
import type { ExplainedWatch } from '../status/explained-watches.ts';
import type { ExplainedMemory, ExplainedPolicy, ExplainedRule, Explanation } from '../status/explanation.ts';
import { workloadName } from './forecast-text.ts';
import { plain, textTable } from './text-table.ts';

// A large image has thousands; all of them are in the JSON form.
const shownViolations = 10;

/** Returns the text, with a line end at its end. */
export function explanationText(explained: Explanation, { width }: { readonly width: number }): string {
  const parts = [
    workloadPart(explained),
    imagesPart(explained.images, width),
    ...explained.policies.map(policyPart),
    ...explained.unreadable.map(
      ({ policy, problems }) =>
        `POLICY ${plain(policy)} cannot be read, so it asks for nothing new and gives nothing back\n${problems.map(({ path, message }) => `  ${plain(`${path} ${message}`)}\n`).join('')}`,
    ),
    `${explained.conclusion.split('\n').map(plain).join('\n')}\n`,
  ];
  return parts.join('\n');
}

function workloadPart({ workload, memory, takenAt, notJudged }: Explanation): string {
  const owners = workload.ownedBy.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const lines = [
    `${workloadName(workload)} (${workload.apiVersion}) at ${takenAt}`,
    ...(workload.podsAssumed ? ['  from manifests: pods and revisions are assumed'] : []),
    `  replicas   ${workload.replicas} wanted, ${podsText(workload)}`,
    `  labels     ${labelsText(workload.labels)}`,
    `  namespace  ${workload.namespace}, labels ${labelsText(workload.namespaceLabels)}`,
    ...(owners === '' ? [] : [`  owned by   ${owners}`]),
    ...(memory === undefined ? [] : memoryLines(memory)),
    ...(notJudged === '' ? [] : [`  not judged: ${notJudged}`]),
  ];
  return `${lines.map(plain).join('\n')}\n`;
}

function podsText({ pods, podsAssumed }: Explanation['workload']): string {
  if (podsAssumed) return `${pods} ${pods === 1 ? 'pod' : 'pods'} as the manifest asks`;
  return `${pods} ${pods === 1 ? 'pod runs' : 'pods run'}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort();
  return entries.length === 0 ? 'none' : entries.map(([key, value]) => `${key}=${value}`).join(', ');
}

function memoryLines({ replicas, record }: ExplainedMemory): readonly string[] {
  if (record === undefined) return [`  action     taken to zero from ${replicas} by kubexray; only the label is left to tell`];
  const again = record.reasserted === 0 ? '' : `, ${record.reasserted} times again after somebody scaled it up`;
  const template = record.isSameTemplate ? '' : '; its pod template is another one now';
  return [`  action     taken to zero from ${replicas} by kubexray at ${record.time} for ${record.rules.join(', ')}${again}${template}`];
}

function imagesPart(images: readonly ExplainedImage[], width: number): string {
  if (images.length === 0) return 'IMAGES\n  none\n';
  const rows = images.map((image) => [
    image.ref,
    digestText(image),
    image.current ? image.state : `${image.state}, older revision`,
    image.asGiven ? 'as given' : image.ageSeconds === undefined ? '-' : ageText(image.ageSeconds),
    findingsText(image),
  ]);
  return `IMAGES\n${textTable({ columns: ['IMAGE', 'DIGEST', 'STATE', 'AGE', 'KNOWN'], rows, width, indent: '  ' })}`;
}

function digestText({ digest, digestAssumed }: ExplainedImage): string {
  if (digest !== '') return digest.slice(0, 'sha256:'.length + 12);
  return digestAssumed ? '(none)' : 'not known';
}

function findingsText({ state, issues, fixable, licenses, violations = [], reason, stale, index }: ExplainedImage): string {
  const counts = Object.entries(issues).filter(([, count]) => count > 0);
  const found =
    counts.length === 0 ? 'no issue' : `${counts.map(([severity, count]) => `${count} ${severity}`).join(', ')} (${fixable} fixable)`;
  const scanned = state === 'scanned' ? [found, licenses.length === 0 ? 'no license found' : licenses.join(', ')] : [];
  const listed = index === undefined ? [] : [`${index.platform} of the index ${index.digest.slice(0, 'sha256:'.length + 12)}`];
  const seen = violations.map(({ watch, violations: found }) => `${found} ${found === 1 ? 'violation' : 'violations'} of watch ${watch}`);
  return [...scanned, ...seen, ...listed, ...(stale ? ['stale'] : []), ...(reason === '' ? [] : [reason])].join('; ') || 'nothing';
}

/** The two largest units that count. */
function ageText(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0s';
  let left = seconds;
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count === 0 ? '' : `${count}${unit}`;
    })
    .join('');
}

function policyPart({ policy, mode, mismatch, watches = [], rules, exceptions }: ExplainedPolicy): string {
  if (mismatch !== undefined) return plainLines([`POLICY ${policy} (${mode}) is not about it`, `  ${mismatch.part}: ${mismatch.message}`]);
  return plainLines([
    `POLICY ${policy} (${mode})`,
    ...watches.map(watchLine),
    ...rules.flatMap(ruleLines),
    ...exceptions.flatMap(exceptionLines),
  ]);
}

function watchLine({ watch, asGiven, ageSeconds, stale, reason, unknown }: ExplainedWatch): string {
  if (asGiven) return `  watch ${watch}: as given`;
  if (ageSeconds === undefined) return `  ${unknown}`;
  const isOld = unknown === '' ? '' : ', older than maxAge';
  return `  watch ${watch}: asked ${ageText(ageSeconds)} ago${isOld}${stale ? `, stale: ${reason}` : ''}`;
}

function ruleLines({ rule, verdict, action, words, why, violations, excepted, undecided, clears }: ExplainedRule): readonly string[] {
  const outcome = words === '' ? '' : ` → ${action}: ${words}`;
  const shown = violations.slice(0, shownViolations);
  const more = violations.length - shown.length;
  const label = verdict === 'undecided' ? 'to decide it: ' : 'to clear it: ';
  return [
    verdict === 'passed' && excepted.length > 0 && words !== '' ? `  ${rule}: ${words}` : `  ${rule}: ${verdict}${outcome}`,
    ...shown.map(({ message }) => `    - ${message}`),
    ...(more > 0 ? [`    - and ${more} more (-o json has all)`] : []),
    ...undecided.map(({ reason, message }) => `    ? ${message}${reason === 'RuleUndecided' ? '' : ` (${reason})`}`),
    ...(why === '' ? [] : [`    why: ${why}`]),
    ...clears.map((clear, index) => `    ${index === 0 ? label : ' '.repeat(label.length)}${clear}`),
  ];
}

function exceptionLines({ exception, reason, until, state, excuses }: ExplainedException): readonly string[] {
  const hasEnded = state === 'ended';
  const soon = state === 'expiring' ? ', which is soon' : '';
  const shown = excuses.slice(0, shownViolations);
  const more = excuses.length - shown.length;
  return [
    `  exception ${exception} ${hasEnded ? 'has ended at' : 'until'} ${until}${soon}: ${reason}`,
    ...shown.map(({ rule, message }) => `    ${hasEnded ? 'would excuse' : 'excuses'} ${rule}: ${message}`),
    ...(more > 0 ? [`    and ${more} more (-o json has all)`] : []),
    ...(excuses.length === 0 ? [`    ${hasEnded ? 'would excuse' : 'excuses'} nothing of it`] : []),
  ];
}

function plainLines(lines: readonly string[]): string {
  return `${lines.map(plain).join('\n')}\n`;
}
