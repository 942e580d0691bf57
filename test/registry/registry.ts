// Starts the test registry, a real one in memory, as a child process that ends with this one, and fills it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { Agent, request } from 'undici';
import { isJsonObject } from '../../src/facts/json.ts';
import type { ManifestAnswer } from '../../src/facts/registry.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { registryBinary } from './binary.ts';

export interface RegistryOptions {
  /** Default: `none`. */
  readonly auth?: 'none' | 'basic' | 'token';
  /** With `token`: without a user anybody gets a token to pull. */
  readonly user?: string;
  readonly password?: string;
  /** Where tokens are fetched, with `token`. Default: the same server. */
  readonly realm?: string;
  /** Exchanged for a token by POST, with `token`. */
  readonly refreshToken?: string;
  /** How long a token is good. Default: 300. */
  readonly tokenLifeSeconds?: number;
  /** Default: `http`. */
  readonly scheme?: 'http' | 'https';
}

/** One request that the registry got, but for those that filled it. */
export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  /** `Basic`, `Bearer`, or empty. */
  readonly authorization: string;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** PEM of the authority of its certificate; empty with `http`. */
  readonly ca: string;
  /** Stores a manifest as it is under a tag, and under its digest, which is returned. */
  readonly push: (repository: string, tag: string, manifest: PushedManifest) => Promise<string>;
  /** Stores an image whose layers and configuration are named but not there; two with the same `name` are the same. Returns its digest. */
  readonly pushImage: (repository: string, tag: string, name: string) => Promise<string>;
  /** Stores an index of one image per platform (`linux/arm64/v8`), each with an attestation as BuildKit adds it. */
  readonly pushIndex: (repository: string, tag: string, index: PushedIndex) => Promise<IndexDigests>;
  /** Everything asked since the start, in order. */
  readonly asked: () => Promise<readonly AskedRequest[]>;
  /** Ends the program; calling it again is safe. */
  readonly stop: () => Promise<void>;
}

export interface PushedManifest {
  readonly mediaType: string;
  readonly body: string;
}

export interface PushedIndex {
  readonly platforms: readonly string[];
  readonly form: 'oci' | 'docker';
  /** Makes the images differ from those of other indexes. Default: the repository and the tag. */
  readonly name?: string;
}

export interface IndexDigests {
  readonly index: string;
  /** Platform → digest of its manifest. */
  readonly manifests: ReadonlyMap<string, string>;
}

const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

/** Starts a registry on a free loopback port. The first call on a machine builds the program. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const binary = await registryBinary({ env: process.env, progress: progressOn(process.stderr) });
  const env = { ...process.env, REGISTRY_PASSWORD: options.password ?? 'filled by tests' };
  const child = spawn(binary, flagsOf(options), { stdio: ['pipe', 'pipe', 'inherit'], env });
  const { address: host, ca } = await announcement(child);
  const dispatcher = new Agent({ connect: { ca } });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await dispatcher.destroy();
  };
  return testRegistry({ host, ca, origin: `${options.scheme ?? 'http'}://${host}`, dispatcher, push: env.REGISTRY_PASSWORD, stop });
}

function flagsOf(options: RegistryOptions): readonly string[] {
  return [
    `-auth=${options.auth ?? 'none'}`,
    `-user=${options.user ?? ''}`,
    `-realm=${options.realm ?? ''}`,
    `-refresh-token=${options.refreshToken ?? ''}`,
    `-token-life=${options.tokenLifeSeconds ?? 300}s`,
    `-tls=${options.scheme === 'https'}`,
  ];
}

interface Announcement {
  readonly address: string;
  readonly ca: string;
}

async function announcement(child: ChildProcess): Promise<Announcement> {
  const { promise, resolve, reject } = Promise.withResolvers<Announcement>();
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`start the test registry: it ended with exit code ${code}`)));
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (!text.includes('\n')) return;
    const line: unknown = JSON.parse(text);
    if (isJsonObject(line) && typeof line.address === 'string' && typeof line.ca === 'string')
      resolve({ address: line.address, ca: line.ca });
    else reject(new Error(`start the test registry: it announced ${text}`));
  });
  return promise;
}

interface Running {
  readonly host: string;
  readonly ca: string;
  readonly origin: string;
  readonly dispatcher: Agent;
  /** Shown with what tests store. */
  readonly push: string;
  readonly stop: () => Promise<void>;
}

function testRegistry({ host, ca, origin, dispatcher, push: pushSecret, stop }: Running): TestRegistry {
  async function push(repository: string, tag: string, { mediaType, body }: PushedManifest): Promise<string> {
    const { statusCode, body: answer } = await request(`${origin}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType, 'x-push': pushSecret },
      body,
      dispatcher,
    });
    const text = await answer.text();
    if (statusCode !== 201) throw new Error(`push ${repository}:${tag}: ${statusCode} ${text}`);
    return digestOf(body);
  }

  const pushImage = (repository: string, tag: string, name: string) => push(repository, tag, imageManifest('oci', name));

  async function pushIndex(repository: string, tag: string, index: PushedIndex): Promise<IndexDigests> {
    const { platforms, form, name = `${repository}:${tag}` } = index;
    const manifests = new Map<string, string>();
    const entries: object[] = [];
    for (const platform of platforms) {
      const image = imageManifest(form, `${name} ${platform}`);
      const digest = await push(repository, digestOf(image.body), image);
      manifests.set(platform, digest);
      const [os, architecture, variant] = platform.split('/');
      entries.push(descriptor(image, { os, architecture, ...(variant && { variant }) }));
    }
    for (const digest of manifests.values()) {
      const attestation = imageManifest('oci', `attestation of ${digest}`);
      await push(repository, digestOf(attestation.body), attestation);
      const annotations = { 'vnd.docker.reference.digest': digest, 'vnd.docker.reference.type': 'attestation-manifest' };
      entries.push({ ...descriptor(attestation, { os: 'unknown', architecture: 'unknown' }), annotations });
    }
    const mediaType = mediaTypes[form].index;
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries });
    return { index: await push(repository, tag, { mediaType, body }), manifests };
  }

  async function asked(): Promise<readonly AskedRequest[]> {
    const answer: unknown = await (await request(`${origin}/asked`, { dispatcher })).body.json();
    // The program's own answer; the shape is that of the Go struct.
    return answer as readonly AskedRequest[];
  }

  return { host, ca, push, pushImage, pushIndex, asked, stop };
}

/** A manifest as a builder writes it; what it names is nowhere, which registries do not check here. */
export function imageManifest(form: 'oci' | 'docker', name: string): PushedManifest {
  const types = mediaTypes[form];
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: digestOf(`config of ${name}`), size: 2 },
    layers: [{ mediaType: types.layer, digest: digestOf(`layer of ${name}`), size: 2 }],
  });
  return { mediaType: types.manifest, body };
}

function descriptor({ mediaType, body }: PushedManifest, platform: object): object {
  return { mediaType, digest: digestOf(body), size: Buffer.byteLength(body), platform };
}

/** What a registry is expected to say of the image that `imageManifest` makes. */
export function imageAnswer(form: 'oci' | 'docker', name: string): ManifestAnswer {
  return { kind: 'manifest', digest: digestOf(imageManifest(form, name).body), config: digestOf(`config of ${name}`) };
}

/** `sha256:<hex>` of a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
