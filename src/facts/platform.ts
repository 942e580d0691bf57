// Which manifest of an index the nodes of a platform run, chosen as containerd chooses it; pure.
import type { Platform, PlatformManifest } from './registry.ts';

/**
 * Returns the manifest that a node of this platform runs; undefined when none fits or when it cannot be told. `platform` is the
 * node's: Kubernetes gives no variant (`status.nodeInfo`), which reads as v7 for `arm` (what Kubernetes itself is built for), as v8
 * for `arm64` and as v1 for `amd64`.
 *
 * The order is that of containerd's default matcher (https://github.com/containerd/platforms): the platform itself, then what its
 * processor also runs, from the newest down, and last the 32-bit platform of the family. Of two equals the first of the index.
 */
export function manifestFor(platform: Platform, manifests: readonly PlatformManifest[]): PlatformManifest | undefined {
  const wanted = runnablePlatforms(platform);
  const fitting = wanted.flatMap((each) => manifests.filter((manifest) => isSame(normalized(manifest.platform), each)));
  const [first] = fitting;
  // Versions of containerd differ in whether they heed OS features, and the version of a Windows node is not asked for:
  // where one such entry stands beside another manifest, either may be the one that runs.
  if (fitting.some((manifest) => manifest.narrowed) && fitting.some((manifest) => manifest.digest !== first?.digest)) return undefined;
  return first ?? onlyNameless(manifests);
}

/** An entry without a platform comes last; the node that runs the image found its platform in the image's configuration. */
function onlyNameless(manifests: readonly PlatformManifest[]): PlatformManifest | undefined {
  const nameless = manifests.filter(({ platform }) => platform.os === '' && platform.architecture === '');
  return nameless.length === 1 ? nameless[0] : undefined;
}

/** What a node of this platform can run, best first, in normal form. */
function runnablePlatforms(platform: Platform): readonly Platform[] {
  const { os, architecture, variant } = normalized(platform);
  const as = (name: string, variants: readonly string[]) => variants.map((each) => ({ os, architecture: name, variant: each }));
  switch (architecture) {
    case 'amd64':
      return [...as('amd64', [variant, ...amd64Below(variant)]), ...as('386', [''])];
    case 'arm64':
      return [...as('arm64', [variant, ...arm64Below(variant)]), ...as('arm', ['v8', ...armBelow('v8')])];
    case 'arm':
      return as('arm', [variant, ...armBelow(variant)]);
    default:
      return as(architecture, [variant]);
  }
}

function amd64Below(variant: string): readonly string[] {
  const level = levelOf(variant)?.major ?? 1;
  // v1 is written as no variant.
  return countDown(level - 1, 1).map((each) => (each === 1 ? '' : `v${each}`));
}

function armBelow(variant: string): readonly string[] {
  return countDown((levelOf(variant)?.major ?? 0) - 1, 5).map((each) => `v${each}`);
}

function arm64Below(variant: string): readonly string[] {
  const level = variant === '' ? { major: 8, minor: 0 } : levelOf(variant);
  if (level?.major === 8) return eights(level.minor - 1);
  if (level?.major !== 9) return [];
  const nines = countDown(level.minor - 1, 0).map((minor) => (minor === 0 ? 'v9' : `v9.${minor}`));
  // ARM made v9.0 of v8.5, so v9.x runs what is built for v8.(x+5).
  return [...nines, ...eights(level.minor + 5)];
}

/** v8 without a minor version is written as no variant. */
function eights(fromMinor: number): readonly string[] {
  return countDown(fromMinor, 0).map((minor) => (minor === 0 ? '' : `v8.${minor}`));
}

function countDown(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index);
}

/** `v8` is 8.0, `v9.2` is 9.2. One digit each: a variant comes from whoever wrote the index, and its number is counted down. */
function levelOf(variant: string): { readonly major: number; readonly minor: number } | undefined {
  const match = /^v(\d)(?:\.(\d))?$/.exec(variant);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

const otherNames: Readonly<Record<string, string>> = {
  i386: '386',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
};

/** One spelling for what is the same: other names of architectures, and the variant that is meant where none is written. */
function normalized(platform: Platform): Platform {
  const given = platform.architecture.toLowerCase();
  const architecture = Object.hasOwn(otherNames, given) ? (otherNames[given] ?? given) : given;
  return { os: platform.os.toLowerCase(), architecture, variant: normalizedVariant(given, platform.variant.toLowerCase()) };
}

function normalizedVariant(architecture: string, variant: string): string {
  switch (architecture) {
    case 'i386':
      return '';
    case 'amd64':
    case 'x86_64':
    case 'x86-64':
      return variant === 'v1' ? '' : variant;
    case 'arm64':
    case 'aarch64':
      return variant === '8' || variant === 'v8' ? '' : variant;
    case 'armhf':
      return 'v7';
    case 'armel':
      return 'v6';
    case 'arm':
      return variant === '' ? 'v7' : /^[5-8]$/.test(variant) ? `v${variant}` : variant;
    default:
      return variant;
  }
}

function isSame(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture && one.variant === other.variant;
}
