// What an answer of Xray tells of digests, read by itself and not by the code under test: the oracle of the storm test. Pure.
import { at } from '../cluster/at.ts';

/** What a complete answer said of one digest. */
export interface Telling {
  /** When the last byte of the answer was let through, in milliseconds since the epoch. */
  readonly atMs: number;
  /** `unknown`: Xray said that it does not know the digest. */
  readonly kind: 'scanned' | 'unknown';
  /** As Xray writes them. */
  readonly severities: readonly string[];
  readonly licenses: readonly string[];
}

/** A rule of the storm's policies; named alike in all of them. */
export type StormRule = 'no-high' | 'no-agpl' | 'unscanned';

const known = ['Critical', 'High', 'Medium', 'Low', 'Information', 'Unknown'];

/**
 * Returns what the body of a 200 tells, by bare hex of the digest. A body that is no JSON, or not of the documented shape, tells nothing; an
 * artifact of a wrong shape tells nothing of its own digest.
 */
export function tellingsOf(text: string, atMs: number): ReadonlyMap<string, Telling> {
  const told = new Map<string, Telling>();
  const body = parsed(text);
  const [artifacts, errors] = [listOf(at(body, 'artifacts')), listOf(at(body, 'errors'))];
  if (Array.isArray(body) || artifacts === undefined || errors === undefined) return told;
  for (const error of errors) {
    const identifier = at(error, 'identifier');
    if (typeof identifier === 'string') told.set(identifier, { atMs, kind: 'unknown', severities: [], licenses: [] });
  }
  const spoilt = new Set<unknown>();
  for (const artifact of artifacts) {
    const hex = at(artifact, 'general.sha256');
    const content = contentOf(artifact);
    if (typeof hex !== 'string') continue;
    if (content === undefined) spoilt.add(hex);
    else told.set(hex, joined(told.get(hex), { atMs, kind: 'scanned', ...content }));
  }
  return new Map([...told].filter(([hex]) => !spoilt.has(hex)));
}

/** Tells whether a rule is violated by what was told. */
export function violates(rule: StormRule, { kind, severities, licenses }: Pick<Telling, 'kind' | 'severities' | 'licenses'>): boolean {
  switch (rule) {
    case 'no-high':
      return kind === 'scanned' && severities.some((severity) => severity === 'High' || severity === 'Critical');
    case 'no-agpl':
      return kind === 'scanned' && licenses.some((license) => license.startsWith('AGPL-'));
    case 'unscanned':
      return kind === 'unknown';
  }
}

function contentOf(artifact: unknown): Pick<Telling, 'severities' | 'licenses'> | undefined {
  const issues = at(artifact, 'issues');
  const licenses = listOf(at(artifact, 'licenses'));
  // An empty list may be null, as Go writes it; one that is not there is no list.
  if (at(artifact, 'error') !== undefined || (issues !== null && !Array.isArray(issues)) || licenses === undefined) return undefined;
  const severities = (issues ?? []).map((issue: unknown) => at(issue, 'severity'));
  if (!severities.every((severity: unknown) => typeof severity === 'string' && known.includes(severity))) return undefined;
  return { severities: severities.map(String), licenses: licenses.map((license) => String(at(license, 'name'))) };
}

/** A digest in several repositories is several artifacts: what is said of one is said of the digest. */
function joined(before: Telling | undefined, telling: Telling): Telling {
  if (before?.kind !== 'scanned') return telling;
  return {
    ...telling,
    severities: [...before.severities, ...telling.severities],
    licenses: [...before.licenses, ...telling.licenses],
  };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
