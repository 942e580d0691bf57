import test from 'ava';
import { manifestFor } from '../../src/facts/platform.ts';
import type { Platform, PlatformManifest } from '../../src/facts/registry.ts';

/** `linux/arm/v7` as OCI's object; `-` is an entry without a platform. */
function platform(text: string): Platform {
  const [os = '', architecture = '', variant = ''] = text === '-' ? [] : text.split('/');
  return { os, architecture, variant };
}

/** An index of these platforms; each one's digest is its text. */
const index = (...platforms: readonly string[]): readonly PlatformManifest[] =>
  platforms.map((text) => ({ digest: text, platform: platform(text) }));

const usual = index('linux/amd64', 'linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7', 'linux/arm64/v8', 'linux/386', 'linux/s390x');

const rows: readonly { readonly node: string; readonly of: readonly PlatformManifest[]; readonly runs: string | undefined }[] = [
  { node: 'linux/amd64', of: usual, runs: 'linux/amd64' },
  { node: 'linux/arm64', of: usual, runs: 'linux/arm64/v8' },
  { node: 'linux/arm', of: usual, runs: 'linux/arm/v7' },
  { node: 'linux/386', of: usual, runs: 'linux/386' },
  { node: 'linux/s390x', of: usual, runs: 'linux/s390x' },
  { node: 'linux/ppc64le', of: usual, runs: undefined },
  { node: 'windows/amd64', of: usual, runs: undefined },
  { node: 'linux/amd64', of: [], runs: undefined },
  // Several spellings of the same.
  { node: 'linux/arm64', of: index('linux/arm64'), runs: 'linux/arm64' },
  { node: 'linux/arm64/v8', of: index('linux/arm64'), runs: 'linux/arm64' },
  { node: 'linux/arm64', of: index('Linux/AARCH64'), runs: 'Linux/AARCH64' },
  { node: 'linux/arm64', of: index('linux/arm64/8'), runs: 'linux/arm64/8' },
  { node: 'linux/amd64', of: index('linux/x86_64'), runs: 'linux/x86_64' },
  { node: 'linux/amd64', of: index('linux/amd64/v1'), runs: 'linux/amd64/v1' },
  { node: 'linux/386', of: index('linux/i386'), runs: 'linux/i386' },
  { node: 'linux/arm', of: index('linux/armhf'), runs: 'linux/armhf' },
  { node: 'linux/arm', of: index('linux/arm'), runs: 'linux/arm' },
  { node: 'linux/arm', of: index('linux/armel'), runs: 'linux/armel' },
  // Levels of amd64: nothing newer than the node says it is, then the 32-bit one.
  { node: 'linux/amd64', of: index('linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64'), runs: 'linux/amd64' },
  { node: 'linux/amd64', of: index('linux/amd64/v2'), runs: undefined },
  { node: 'linux/amd64/v3', of: index('linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'), runs: 'linux/amd64/v2' },
  { node: 'linux/amd64/v3', of: index('linux/386', 'linux/amd64'), runs: 'linux/amd64' },
  { node: 'linux/amd64', of: index('linux/arm64', 'linux/386'), runs: 'linux/386' },
  { node: 'linux/386', of: index('linux/amd64'), runs: undefined },
  // ARM of 32 bits runs what is older, never what is newer.
  { node: 'linux/arm', of: index('linux/arm/v5', 'linux/arm/v6'), runs: 'linux/arm/v6' },
  { node: 'linux/arm', of: index('linux/arm/v5'), runs: 'linux/arm/v5' },
  { node: 'linux/arm', of: index('linux/arm/v8'), runs: undefined },
  { node: 'linux/arm/v6', of: index('linux/arm/v7', 'linux/arm/v5'), runs: 'linux/arm/v5' },
  { node: 'linux/arm/v5', of: index('linux/arm/v6'), runs: undefined },
  { node: 'linux/arm', of: index('linux/arm64'), runs: undefined },
  // ARM of 64 bits: minor versions downwards, v9.x runs v8.(x+5), last the 32-bit ones.
  { node: 'linux/arm64', of: index('linux/arm64/v9', 'linux/arm64/v8.1'), runs: undefined },
  { node: 'linux/arm64/v8.2', of: index('linux/arm64', 'linux/arm64/v8.1', 'linux/arm64/v8.3'), runs: 'linux/arm64/v8.1' },
  { node: 'linux/arm64/v9', of: index('linux/arm64/v8.6', 'linux/arm64/v8.5', 'linux/arm64'), runs: 'linux/arm64/v8.5' },
  { node: 'linux/arm64/v9.2', of: index('linux/arm64/v9', 'linux/arm64/v9.1', 'linux/arm64/v8.7'), runs: 'linux/arm64/v9.1' },
  { node: 'linux/arm64', of: index('linux/arm/v6', 'linux/arm/v7'), runs: 'linux/arm/v7' },
  { node: 'linux/arm64', of: index('linux/arm/v7', 'linux/arm/v8'), runs: 'linux/arm/v8' },
  // A variant that says nothing we know is only equal to itself.
  { node: 'linux/arm64/v99999999', of: index('linux/arm64', 'linux/arm64/v99999999'), runs: 'linux/arm64/v99999999' },
  { node: 'linux/riscv64', of: index('linux/riscv64/rva23'), runs: undefined },
  { node: 'linux/constructor', of: index('linux/amd64'), runs: undefined },
  // Without a platform: last, and only where it is the one left.
  { node: 'linux/amd64', of: index('-', 'linux/amd64'), runs: 'linux/amd64' },
  { node: 'linux/amd64', of: index('-', 'linux/arm64'), runs: '-' },
  { node: 'linux/amd64', of: index('-', '-'), runs: undefined },
];

for (const { node, of, runs } of rows) {
  test(`a node of ${node} runs ${runs ?? 'nothing'} of [${of.map(({ digest }) => digest).join(', ')}]`, (t) => {
    t.is(manifestFor(platform(node), of)?.digest, runs);
  });
}

const amd64 = platform('linux/amd64');
const windows = platform('windows/amd64');

test('of two manifests for the same platform the first of the index runs', (t) => {
  const manifests = [
    { digest: 'sha256:1', platform: amd64 },
    { digest: 'sha256:2', platform: amd64 },
  ];
  t.is(manifestFor(amd64, manifests)?.digest, 'sha256:1');
});

test('which of several Windows versions a node runs cannot be told', (t) => {
  const manifests: readonly PlatformManifest[] = [
    { digest: 'sha256:1', platform: windows, narrowed: true },
    { digest: 'sha256:2', platform: windows, narrowed: true },
  ];
  t.is(manifestFor(windows, manifests), undefined);
});

test('the only manifest for a platform runs, whatever version it asks for', (t) => {
  const manifests: readonly PlatformManifest[] = [
    { digest: 'sha256:1', platform: amd64 },
    { digest: 'sha256:2', platform: windows, narrowed: true },
  ];
  t.is(manifestFor(windows, manifests)?.digest, 'sha256:2');
});

test('it cannot be told whether a manifest that asks for features runs, or the one beside it', (t) => {
  const manifests: readonly PlatformManifest[] = [
    { digest: 'sha256:1', platform: amd64 },
    { digest: 'sha256:2', platform: amd64, narrowed: true },
  ];
  t.is(manifestFor(amd64, manifests), undefined);
});

test('one digest listed twice is one manifest', (t) => {
  const manifests: readonly PlatformManifest[] = [
    { digest: 'sha256:1', platform: windows, narrowed: true },
    { digest: 'sha256:1', platform: windows, narrowed: true },
  ];
  t.is(manifestFor(windows, manifests)?.digest, 'sha256:1');
});
