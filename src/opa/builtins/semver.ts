// `semver.compare` and `semver.is_valid`: semantic versions as OPA reads them, with or without a leading v. Pure.
import type { RegoFunction } from './rego-value.ts';

/** By name, as a module asks for them. */
export const semverBuiltins: Readonly<Record<string, RegoFunction>> = {
  'semver.is_valid': (version) => typeof version === 'string' && parseVersion(version) !== undefined,
  'semver.compare': (a, b) => {
    const [left, right] = [a, b].map((version) => (typeof version === 'string' ? parseVersion(version) : undefined));
    return left === undefined || right === undefined ? undefined : compareVersions(left, right);
  },
};

interface Version {
  readonly numbers: readonly bigint[];
  /** Empty: not a pre-release. */
  readonly preRelease: string;
}

const identifiers = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;
const maxInt64 = 2n ** 63n - 1n;

function parseVersion(text: string): Version | undefined {
  const [withoutMetadata, metadata] = cut(text.replace(/^v/, ''), '+');
  const [core, preRelease] = cut(withoutMetadata, '-');
  if ([metadata, preRelease].some((part) => part !== undefined && !identifiers.test(part))) return undefined;
  if (preRelease?.split('.').some((identifier) => /^0\d+$/.test(identifier))) return undefined;
  const parts = core.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^(?:0|[1-9]\d{0,18})$/.test(part))) return undefined;
  const numbers = parts.map(BigInt);
  return numbers.every((number) => number <= maxInt64) ? { numbers, preRelease: preRelease ?? '' } : undefined;
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number > other ? 1 : -1;
  }
  if (a.preRelease === b.preRelease) return 0;
  if (a.preRelease === '' || b.preRelease === '') return a.preRelease === '' ? 1 : -1;
  const [left, right] = [a.preRelease.split('.'), b.preRelease.split('.')];
  for (const [index, identifier] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return left.length < right.length ? -1 : 0;
}

/** Numbers come before words. */
function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [a, b].map((identifier) => /^\d+$/.test(identifier));
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  // Without leading zeros the longer number is the greater one. OPA takes all beyond int64 for equal, and then may never end.
  if (aIsNumber && a.length !== b.length) return a.length > b.length ? 1 : -1;
  if (a === b) return 0;
  return a > b ? 1 : -1;
}
