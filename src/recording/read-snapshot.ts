// Reads a snapshot from its parsed JSON, strictly: what is not understood is refused, with the path to it. Pure.

import { type Fact, nextFact, unaskedFact } from '../facts/fact.ts';
import { isJsonObject } from '../facts/json.ts';
import { pathText } from '../facts/json-path.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { PlatformManifest } from '../facts/registry.ts';
import type { ScanAnswer, ScanContent } from '../facts/scan.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { XrayViolation } from '../facts/watch-source.ts';
import { type Breach, checkerOf } from './checked.ts';
import { type FileDocument, unreadable } from './documents.ts';
import type { RecordedContent, RecordedIdentity } from './recorded.ts';
import { recordedWatch } from './recorded-watches.ts';
import { factSchema, identitySchema, objectSchemas, policySchema, snapshotSchema, watchSchema } from './schemas.ts';

const checkSnapshot = checkerOf(snapshotSchema);
const checkFact = checkerOf(factSchema);
const checkPolicy = checkerOf(policySchema);
const checkWatch = checkerOf(watchSchema);
const checkIdentity = (value: unknown): Breach | undefined => {
  const isKnown = isJsonObject(value) && value.kind !== 'unknown';
  const missing = isKnown && value.digest === undefined ? { path: ['digest'], message: 'is missing' } : undefined;
  return checkIdentityShape(value) ?? missing;
};
const checkIdentityShape = checkerOf(identitySchema);
const objectCheckers = new Map(Object.entries(objectSchemas).map(([kind, schema]) => [kind, checkerOf(schema)]));

/** Tells whether a document says that it is a snapshot, of whatever version. */
export function isSnapshot({ value }: FileDocument): boolean {
  return isJsonObject(value) && value.kind === 'Snapshot';
}

/** Returns what a snapshot holds; it is checked and filled in place. Throws `Failure` naming the file and the path in it. */
export function readSnapshot(document: FileDocument): RecordedContent {
  const refuse = (breach: Breach, ...path: readonly (string | number)[]): never => {
    const whole = [...path, ...breach.path];
    throw unreadable(document.placeOf(whole), `${pathText(whole) || 'the snapshot'} ${breach.message}`);
  };
  const breach = checkSnapshot(document.value);
  if (breach !== undefined) refuse(breach);
  // The schema guarantees it.
  const file = document.value as {
    takenAt: string;
    objects: unknown[];
    policies: unknown[];
    facts: unknown[];
    identities?: unknown[];
    watches?: unknown[];
    droppedAnnotations: string[];
  };
  const takenAt = new Date(file.takenAt);
  const checkAll = (name: string, list: readonly unknown[], check: (value: unknown) => Breach | undefined): void => {
    for (const [index, value] of list.entries()) {
      const found = check(value);
      if (found !== undefined) refuse(found, name, index);
    }
  };
  checkAll('objects', file.objects, onceEach('uid', checkObject));
  checkAll('policies', file.policies, checkPolicy);
  checkAll('facts', file.facts, onceEach('digest', checkFact));
  checkAll('identities', file.identities ?? [], checkIdentity);
  checkAll('watches', file.watches ?? [], onceEach('name', checkWatch));
  return {
    takenAt,
    // The schemas guarantee the shapes, all but the time.
    objects: file.objects.map((object) => clusterObject(object as ObjectEntry)),
    policies: file.policies.filter(isJsonObject),
    ...(file.droppedAnnotations.length === 0 ? {} : { droppedAnnotations: file.droppedAnnotations }),
    ...(file.identities === undefined ? {} : { identities: file.identities.map((entry) => recordedIdentity(entry as IdentityEntry)) }),
    ...(file.watches === undefined ? {} : { watches: new Map(file.watches.map((entry) => watchOf(entry as WatchEntry, takenAt))) }),
    facts: new Map(file.facts.map((entry) => factOf(entry as FactEntry, takenAt)).map((fact) => [fact.digest, fact])),
  };
}

function checkObject(value: unknown): Breach | undefined {
  const kind = isJsonObject(value) ? value.kind : undefined;
  const check = typeof kind === 'string' ? objectCheckers.get(kind) : undefined;
  return check === undefined ? { path: ['kind'], message: `must be one of ${[...objectCheckers.keys()].join(', ')}` } : check(value);
}

/** Two entries for one thing: one of them would be lost without a word. */
function onceEach(key: string, check: (value: unknown) => Breach | undefined): (value: unknown) => Breach | undefined {
  const seen = new Set<unknown>();
  return (value) => {
    const breach = check(value);
    const id = isJsonObject(value) ? value[key] : undefined;
    if (breach !== undefined || !seen.has(id)) {
      seen.add(id);
      return breach;
    }
    return { path: [key], message: `${String(id)} is that of an earlier entry` };
  };
}

// Distributed over the union, so that each kind keeps its own fields.
type Entry<T> = T extends unknown ? Omit<T, 'createdAt' | 'resourceVersion'> & { readonly createdAt: string } : never;
type ObjectEntry = Entry<ClusterObject>;

function clusterObject(entry: ObjectEntry): ClusterObject {
  return { ...entry, createdAt: new Date(entry.createdAt), resourceVersion: '' };
}

interface IdentityEntry {
  readonly registry: string;
  readonly repository: string;
  readonly reference: string;
  readonly kind: 'manifest' | 'index' | 'unknown';
  readonly digest?: string;
  readonly config?: string;
  readonly manifests: readonly PlatformManifest[];
  readonly reason: string;
}

function recordedIdentity({ registry, repository, reference, ...entry }: IdentityEntry): RecordedIdentity {
  const { kind, digest = '', config, reason } = entry;
  const place = { registry, repository, reference };
  switch (kind) {
    case 'manifest':
      return { ...place, identity: { kind, digest, ...(config === undefined ? {} : { config }) } };
    case 'index':
      return { ...place, identity: { kind, digest, manifests: entry.manifests } };
    case 'unknown':
      return { ...place, identity: { kind, reason } };
  }
}

interface WatchEntry {
  readonly name: string;
  readonly state: WatchFact['state'];
  readonly checkedAt?: string;
  readonly stale: boolean;
  readonly reason: string;
  readonly images: readonly { readonly digest: string; readonly violations: readonly Omit<XrayViolation, 'watch'>[] }[];
}

function watchOf({ name, state, checkedAt, stale, reason, images }: WatchEntry, takenAt: Date): readonly [string, WatchFact] {
  if (state === 'unavailable') return [name, { state, reason: reason || 'no reason was recorded' }];
  // In the order of members that Xray's answers are given.
  const found = images.map(({ digest, violations }) => ({
    digest,
    violations: violations.map(({ type, severity, policy, rule, issue }) => ({ type, severity, watch: name, policy, rule, issue })),
  }));
  return [name, recordedWatch({ checkedAt: checkedAt === undefined ? takenAt : new Date(checkedAt), stale, reason, images: found })];
}

/** A fact as files hold it. */
export interface FactEntry extends ScanContent {
  readonly digest: string;
  readonly state: Fact['state'];
  readonly checkedAt?: string;
  readonly unchangedSince?: string;
  readonly stale: boolean;
  readonly reason: string;
}

/** Returns the fact of an entry that passed its schema; without a time it was checked at `takenAt`. */
export function factOf(entry: FactEntry, takenAt: Date): Fact {
  const { digest, state, stale, reason } = entry;
  if (state === 'unavailable') return { state, digest, reason: reason || 'no reason was recorded' };
  const checkedAt = entry.checkedAt === undefined ? takenAt : new Date(entry.checkedAt);
  const unchangedSince = entry.unchangedSince === undefined ? checkedAt : new Date(entry.unchangedSince);
  const answer: ScanAnswer = state === 'unscanned' ? { kind: 'unscanned' } : { kind: 'scanned', content: contentOf(entry) };
  const fact = nextFact(unaskedFact(digest), answer, checkedAt);
  return fact.state === 'unavailable' ? fact : { ...fact, unchangedSince, stale, reason };
}

/** In the order of members that Xray's answers are given: equal content is equal text. */
function contentOf({ issues, licenses, operationalRisks }: ScanContent): ScanContent {
  return {
    issues: issues.map(({ id, cves, severity, cvss, applicability, malicious, publishedAt, components }) => ({
      ...{ id, cves, severity, cvss, applicability, malicious, publishedAt },
      components: components.map(({ id: component, version, fixedVersions }) => ({ id: component, version, fixedVersions })),
    })),
    licenses: licenses.map(({ name, components }) => ({ name, components })),
    operationalRisks: operationalRisks.map(({ component, risk, reason, endOfLife, latestVersion }) => ({
      ...{ component, risk, reason, endOfLife, latestVersion },
    })),
  };
}
