// Whole input documents at random, the same for the same seed: odd texts, odd times and empty lists among usual ones.
import type { JsonObject } from '../../src/facts/json.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { documentOf } from '../policies/rule-case.ts';

/** Returns the document of a seed. */
export function randomDocument(seed: number): JsonObject {
  const choice = createChoice(seed);
  const { number, one, some, text } = choice;
  // No backslash: having met the key "\\", JSON.parse of V8 13.6 takes the key "\n" for it.
  const key = (): string => text().replaceAll('\\', '');
  return documentOf({
    now: one(['2026-11-23T10:00:00.000Z', '2024-02-29T23:59:59.999Z', '2026-03-29T01:30:00.000Z']),
    workload: {
      namespace: one(['shop', 'build-1', 'prod-legacy', text()]),
      name: text(),
      labels: { ...Object.fromEntries(some(3, () => [key(), text()])), app: one(['api', text()]), size: one(quantities) },
      annotations: { since: one(times), grace: one(['30m', '1h30m', '1.5s', 'soon', text()]) },
      replicas: number(2000),
      pods: number(20),
    },
    images: some(4, () => randomImage(choice)),
  });
}

function randomImage({ number, one, some, text }: Choice): JsonObject {
  const digit = number(10);
  const state = one(['scanned', 'scanned', 'scanned', 'scanned', 'unscanned', 'unavailable', 'unidentifiable']);
  return {
    ref: `registry.example.com/${text()}:${digit}`,
    repository: text(),
    tag: one(versions),
    digest: state === 'unidentifiable' ? '' : `sha256:${String(digit).repeat(64)}`,
    digestKind: one(['manifest', 'unchecked']),
    current: one([true, false]),
    firstSeenAt: one(times),
    state,
    issues: some(5, () => ({
      id: one([`XRAY-${number(100)}`, text()]),
      cves: some(2, () => `CVE-2025-${1000 + number(5)}`),
      severity: one(['critical', 'high', 'medium', 'low', 'information', 'unknown', 'severe', 'High']),
      cvss: one([null, number(10), number(100) / 10, number(1000) / 100]),
      applicability: one(['', 'applicable', 'not_applicable']),
      components: some(3, () => ({
        id: one(['npm://moment', `npm://moment:${one(versions)}`, `deb://${text()}`]),
        version: one(versions),
        fixedVersions: some(2, () => one(versions)),
      })),
    })),
    licenses: some(4, () => ({ name: one(['AGPL-3.0', 'agpl-3.0', 'GPL-2.0', 'MIT', 'Unknown', text()]), components: some(5, text) })),
  };
}

const versions = [
  '',
  '1.0.0',
  '1.10.0',
  '1.9.9',
  '2.0.0-rc.1',
  '2.0.0-rc.10',
  '2.0.0+build',
  'v1.2.3',
  '1.2',
  '01.2.3',
  '1.0.0-01',
  '4:5.6-7',
];
const quantities = ['10', '10k', '1.5Gi', '200Mi', '0.5KB', '-3', '1e3', '2e2Mi', 'Mi', '', '10.0.0.7', '9007199254740993', '12 MB'];
const times = [
  ...[
    '2026-11-23T09:59:59.000Z',
    '2026-11-23T09:30:00.000Z',
    '2026-11-01T00:00:00.000Z',
    '2025-12-31T23:59:59Z',
    '2024-02-29T12:00:00+02:00',
  ],
  ...['2026-10-25T00:30:00.123456789Z', '1969-12-31T23:59:59.5Z', '2026-02-30T00:00:00Z', '2026-11-23 10:00:00Z', 'yesterday', ''],
];

interface Choice {
  /** A whole number below the bound. */
  readonly number: (bound: number) => number;
  readonly one: <T>(values: readonly T[]) => T;
  /** A list of none up to this many. */
  readonly some: <T>(most: number, make: () => T) => T[];
  readonly text: () => string;
}

// Half a surrogate pair is no text, and JSON has it all the same.
const odd = [
  'a',
  'A',
  'é',
  'e\u0301',
  'ß',
  'я',
  '漢',
  '😀',
  '"',
  '\\',
  '\n',
  '\t',
  '\u0000',
  ' ',
  '-',
  '.',
  '/',
  '*',
  '[',
  '(',
  '$',
  '%',
  '<',
  '\ud800',
];
const usual = ['api', 'shop', 'a-b-c', 'team/api', 'aaa', 'x y', '10.1.2.3', 'sha256:ab'];

function createChoice(seed: number): Choice {
  const random = seededRandom(seed);
  const number = (bound: number): number => Math.floor(random() * bound);
  const one = <T>(values: readonly T[]): T => {
    const value = values[number(values.length)];
    if (value === undefined) throw new Error('choose a value: there is none');
    return value;
  };
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: number(most + 1) }, make);
  return { number, one, some, text: () => (random() < 0.4 ? one(usual) : some(6, () => one(odd)).join('')) };
}
