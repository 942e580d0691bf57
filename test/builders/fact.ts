// Facts about digests for tests: what a test does not say is filled in. An answer came at 09:00 on 2026-11-23, an hour before `now`.
import type { ImageState } from '../../src/evaluation/image-state.ts';
import type { Fact } from '../../src/facts/fact.ts';
import type { Issue, License, OperationalRisk, ScanContent } from '../../src/facts/scan.ts';
import { scanJson } from '../../src/facts/scan-json.ts';
import type { WorkloadImage } from '../../src/facts/workload.ts';
import { digestOf } from './objects.ts';
import { image } from './workload.ts';

/** The moment at which tests judge unless they say otherwise. */
export const now = new Date('2026-11-23T10:00:00Z');
const checkedAt = new Date('2026-11-23T09:00:00Z');
const digest = digestOf('registry.example.com/shop/api:1.4');

type Given<State extends Fact['state']> = Partial<Omit<Extract<Fact, { state: State }>, 'state'>>;

export function issue(given: Partial<Issue> = {}): Issue {
  return {
    id: 'XRAY-1',
    cves: ['CVE-2026-0001'],
    severity: 'high',
    cvss: 7.5,
    applicability: '',
    malicious: false,
    publishedAt: '2026-10-01T00:00:00.000Z',
    components: [],
    ...given,
  };
}

export function license(given: Partial<License> = {}): License {
  return { name: 'MIT', components: [], ...given };
}

export function operationalRisk(given: Partial<OperationalRisk> = {}): OperationalRisk {
  return { component: 'npm://moment:2.29.3', risk: 'high', reason: 'Health', endOfLife: false, latestVersion: '2.30.1', ...given };
}

export function content(given: Partial<ScanContent> = {}): ScanContent {
  return { issues: [], licenses: [], operationalRisks: [], ...given };
}

/** A scanned image without issues; `json` is that of `content`. */
export function scanned(given: Given<'scanned'> = {}): Extract<Fact, { state: 'scanned' }> {
  const what = given.content ?? content();
  const times = { checkedAt, unchangedSince: given.checkedAt ?? checkedAt };
  return { state: 'scanned', digest, content: what, json: scanJson(what), ...times, stale: false, reason: '', ...given };
}

export function unscanned(given: Given<'unscanned'> = {}): Extract<Fact, { state: 'unscanned' }> {
  return { state: 'unscanned', digest, checkedAt, unchangedSince: given.checkedAt ?? checkedAt, stale: false, reason: '', ...given };
}

export function unavailable(given: Given<'unavailable'> = {}): Extract<Fact, { state: 'unavailable' }> {
  return { state: 'unavailable', digest, reason: 'Xray answered 503', ...given };
}

/** An image with its fact; one without a digest is unidentifiable, whatever the fact. The fact is of the image's digest. */
export function imageState(fact: Fact = scanned(), given: Partial<WorkloadImage> = {}): ImageState {
  const own = image(given);
  return own.digest === ''
    ? { state: 'unidentifiable', image: own }
    : { state: fact.state, image: own, fact: { ...fact, digest: own.digest } };
}
