// What the exceptions of a policy excuse: the one place where a violation falls. Pure; controller, plan and explain get the same answer.
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import type { WorkloadImage } from '../facts/workload.ts';
import { matchesAny } from './glob.ts';
import type { PolicyException } from './policy.ts';

/** An image with what is known of it. */
interface KnownImage {
  readonly image: Pick<WorkloadImage, 'ref'>;
  readonly fact?: Fact | undefined;
}

/** What of a violation decides whether it falls; absent texts are empty, and no images means the workload itself. */
export interface Exceptable {
  readonly issue: string;
  readonly license: string;
  readonly images: readonly KnownImage[];
}

/** The workload that a verdict is about, as far as exceptions name it. */
interface Excepting {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ExceptionInput {
  /** All exceptions of the policy. */
  readonly exceptions: readonly PolicyException[];
  /** The rule that found the violations. */
  readonly rule: string;
  readonly workload: Excepting;
  /** All images of the workload: a violation that names an issue and no image may mean that of any. */
  readonly images: readonly KnownImage[];
  readonly now: Date;
}

/** A violation that falls, with the exceptions that it falls by; several when each covers some of its CVEs. Never none. */
export interface Excepted<V extends Exceptable> {
  readonly violation: V;
  readonly by: readonly PolicyException[];
}

/**
 * Parts violations into those that stand and those that are excepted, in the order given. An exception excuses what it says and
 * nothing beside: what it names must be there and be covered whole, and what cannot be resolved stands.
 */
export function exceptViolations<V extends Exceptable>(
  violations: readonly V[],
  input: ExceptionInput,
): { readonly standing: readonly V[]; readonly excepted: readonly Excepted<V>[] } {
  const running = runningExceptions(input);
  if (running.length === 0) return { standing: violations, excepted: [] };
  const standing: V[] = [];
  const excepted: Excepted<V>[] = [];
  const cvesOf = cveFinder();
  for (const violation of violations) {
    const named = violation.images.length === 0 ? input.images : violation.images;
    const by = excusing(violation, running, (id) => cvesOf(id, named));
    if (by.length === 0) standing.push(violation);
    else excepted.push({ violation, by });
  }
  return { standing, excepted };
}

/** Tells whether all that the rule could ever say of the workload is excepted now: then it asks for nothing, also where it cannot tell. */
export function isWaived(input: Omit<ExceptionInput, 'images'>): boolean {
  return runningExceptions(input).some((exception) => isWholeRule(exception) && !isGiven(exception.match.images));
}

/** An exception is announced as ending this long before it does: a weekend, and a day to write the next. */
const expiringMs = 72 * 3_600_000;

/** Tells whether an exception ends so soon that people should know. One that has ended is not ending. */
export function isExpiring(exception: PolicyException, now: Date): boolean {
  return isRunning(exception, now) && exception.until.getTime() - now.getTime() <= expiringMs;
}

/** Returns the next moment at which one of the exceptions begins to expire, or ends; undefined when all have ended. */
export function nextExceptionMoment(exceptions: readonly PolicyException[], now: Date): Date | undefined {
  const moments = exceptions.flatMap(({ until }) => [until.getTime() - expiringMs, until.getTime()]).filter((ms) => ms > now.getTime());
  return moments.length === 0 ? undefined : new Date(Math.min(...moments));
}

// As many as a line of a table bears.
const wordsShown = 3;

/** Tells whether an exception is about a workload, whatever the rule and the time. Its images are looked at for each violation. */
export function isAbout({ match: { namespaces = [], workloads = [] } }: PolicyException, { kind, namespace, name }: Excepting): boolean {
  return (
    (namespaces.length === 0 || matchesAny(namespaces, namespace)) && (workloads.length === 0 || matchesAny(workloads, `${kind}/${name}`))
  );
}

/** Tells whether an exception has not ended; at `until` it has. */
export function isRunning({ until }: PolicyException, now: Date): boolean {
  return now < until;
}

/** Returns what is reported of a violation that falls: each exception with the moment at which it ends, the first three of them. */
export function exceptionWords(excepted: readonly Pick<Excepted<Exceptable>, 'by'>[]): string {
  const words = [...new Set(excepted.flatMap(({ by }) => by))].map(({ name, until }) => `${name} until ${momentText(until)}`);
  const rest = words.length - wordsShown;
  return [...words.slice(0, wordsShown), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** Returns RFC 3339, without a fraction where there is none. */
export function momentText(moment: Date): string {
  return moment.toISOString().replace('.000Z', 'Z');
}

/** Those that excuse something of the rule on the workload now, the one that lasts longest first: it is what the excuse depends on. */
function runningExceptions({ exceptions, rule, workload, now }: Omit<ExceptionInput, 'images'>): readonly PolicyException[] {
  return exceptions
    .filter((one) => isRunning(one, now) && (one.rules === undefined || one.rules.includes(rule)) && isAbout(one, workload))
    .sort((a, b) => b.until.getTime() - a.until.getTime() || compareTexts(a.name, b.name));
}

/** Returns the exceptions that together cover the violation; none when something of it is left. */
function excusing(
  violation: Exceptable,
  running: readonly PolicyException[],
  cvesOf: (id: string) => readonly string[],
): readonly PolicyException[] {
  const applying = running.filter(({ match }) => coversImages(match.images, violation));
  const whole = applying.find(isWholeRule);
  if (whole !== undefined) return [whole];
  const { issue, license } = violation;
  // A finding of both kinds is not excused by a word about one of them.
  if ((issue === '') === (license === '')) return [];
  if (license !== '') {
    const found = applying.find(({ licenses = [] }) => matchesAny(licenses.map(lowerCase), lowerCase(license)));
    return found === undefined ? [] : [found];
  }
  const covering = cvesOf(issue).map((cve) => applying.find((exception) => matchesAny(exception.cves ?? [], cve)));
  return covering.every((one) => one !== undefined) ? [...new Set(covering)] : [];
}

function isWholeRule({ cves, licenses }: PolicyException): boolean {
  return cves === undefined && licenses === undefined;
}

function coversImages(patterns: readonly string[] | undefined, { images }: Exceptable): boolean {
  return !isGiven(patterns) || (images.length > 0 && images.every(({ image }) => matchesAny(patterns, image.ref)));
}

function isGiven(patterns: readonly string[] | undefined): patterns is readonly string[] {
  return patterns !== undefined && patterns.length > 0;
}

type CvesById = ReadonlyMap<string, readonly (readonly string[])[]>;

/**
 * Returns what finds all CVEs that an id may mean, of an issue or a CVE, on whichever of the images; empty when there is an issue among
 * them of which none is known. Images have thousands of issues and violations: what is known of each is put in order once.
 */
function cveFinder(): (id: string, images: readonly KnownImage[]) => readonly string[] {
  const indexed = new Map<Fact, CvesById>();
  return (id, images) => {
    const meant = images.flatMap(({ fact }) => {
      if (fact === undefined) return [];
      const byId = indexed.get(fact) ?? cvesById(fact);
      indexed.set(fact, byId);
      return byId.get(id) ?? [];
    });
    return meant.some((cves) => cves.length === 0) ? [] : [...new Set(meant.flat())];
  };
}

function cvesById(fact: Fact): CvesById {
  const byId = new Map<string, (readonly string[])[]>();
  for (const { id, cves } of fact.state === 'scanned' ? fact.content.issues : [])
    for (const name of new Set([id, ...cves])) byId.set(name, [...(byId.get(name) ?? []), cves]);
  return byId;
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
