// Registries in memory that answer, hang or fail as a test says, and keep the questions that they were asked.
import type { ImageRegistry, ManifestAnswer, PlatformManifest } from '../../src/facts/registry.ts';

export class MemoryRegistry implements ImageRegistry {
  readonly #answers = new Map<string, ManifestAnswer | Error>();
  #gate: Promise<void> = Promise.resolve();
  /** `registry/repository reference` of each question so far. */
  readonly questions: string[] = [];
  /** Questions that are not answered yet. */
  pending = 0;
  isDown = false;

  /** What every place says of a reference from now on; an error is thrown. */
  set(reference: string, answer: ManifestAnswer | Error): void {
    this.#answers.set(reference, answer);
  }

  /** An index of these platforms (`linux/arm64`) with the digests of their manifests. */
  setIndex(reference: string, digests: Readonly<Record<string, string>>, digest = reference): void {
    this.set(reference, { kind: 'index', digest, manifests: platformManifests(digests) });
  }

  /** Questions from now on are not answered before this is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return () => {
      this.#gate = Promise.resolve();
      resolve();
    };
  }

  readonly manifest: ImageRegistry['manifest'] = async ({ registry, repository }, reference, signal) => {
    this.questions.push(`${registry}/${repository} ${reference}`);
    this.pending += 1;
    const ended = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    await Promise.race([this.#gate, ended.promise]);
    this.pending -= 1;
    signal.throwIfAborted();
    const answer = this.#answers.get(reference);
    if (this.isDown) return { kind: 'unavailable', reason: `${registry} answered 503` };
    if (answer instanceof Error) throw answer;
    return answer ?? { kind: 'manifest', digest: reference };
  };
}

/** Platform (`linux/arm/v7`) → digest, as an index lists them. */
export function platformManifests(digests: Readonly<Record<string, string>>): readonly PlatformManifest[] {
  return Object.entries(digests).map(([platform, digest]) => {
    const [os = '', architecture = '', variant = ''] = platform.split('/');
    return { digest, platform: { os, architecture, variant } };
  });
}
