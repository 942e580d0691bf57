// Asks Xray and registries about all images of a cluster once, until nothing more is to be asked. Does I/O through its ports only.
import type { Cluster } from '../facts/cluster.ts';
import { type Fact, unaskedFact } from '../facts/fact.ts';
import { identityOf } from '../facts/identities.ts';
import { type Identity, type ImageQuestion, questionKey } from '../facts/identity.ts';
import type { ImageRegistry } from '../facts/registry.ts';
import type { ScanSource } from '../facts/scan.ts';
import { messageOf } from '../failure.ts';
import { askFacts } from './ask-facts.ts';
import { needsInUse, type RecordedIdentity } from './recorded.ts';

export interface AskImagesOptions {
  readonly cluster: Cluster;
  /** What is known already, and is not asked again. */
  readonly facts: ReadonlyMap<string, Fact>;
  readonly identities?: readonly RecordedIdentity[];
  /** Absent: Xray is not asked. */
  readonly scans: ScanSource | undefined;
  /** Absent: no registry is asked. */
  readonly registry: ImageRegistry | undefined;
  /** The time that the facts carry. */
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

export interface AskedImages {
  /** What came of asking Xray, by digest. */
  readonly asked: ReadonlyMap<string, Fact>;
  /** All that registries said, now or before; absent when none was ever asked. */
  readonly identities?: readonly RecordedIdentity[];
}

// The digest in a pod; its index; the manifest in that; the configuration of a manifest.
const maxRounds = 5;
const questionsInFlight = 8;

/** Returns what is known then. Rejects only when the signal aborts. */
export async function askImages(options: AskImagesOptions): Promise<AskedImages> {
  const { cluster, scans, registry, now, signal, progress } = options;
  const asked = new Map<string, Fact>();
  const identities = new Map((options.identities ?? []).map((one) => [questionKey(one), one]));
  const known = {
    factOf: (digest: string): Fact => asked.get(digest) ?? options.facts.get(digest) ?? unaskedFact(digest),
    identityOf: (question: ImageQuestion): Identity | undefined =>
      identities.get(questionKey(question))?.identity ?? (registry === undefined ? undefined : { kind: 'asking', reason: '' }),
  };
  for (let round = 0; round < maxRounds; round += 1) {
    const needs = needsInUse(cluster, known);
    const digests = scans === undefined ? [] : needs.digests.filter((digest) => !asked.has(digest) && !options.facts.has(digest));
    const questions = registry === undefined ? [] : needs.questions.filter((question) => !identities.has(questionKey(question)));
    if (scans !== undefined && digests.length > 0) {
      const told = (done: number, of: number): void => progress(`asking Xray: ${done} of ${of} images`);
      for (const [digest, fact] of await askFacts({ scans, digests, now, signal, progress: told })) asked.set(digest, fact);
    }
    if (registry !== undefined && questions.length > 0) {
      const told = (done: number): void => progress(`asking registries: ${done} of ${questions.length} images`);
      for (const one of await askRegistry(registry, { questions, signal, told })) identities.set(questionKey(one), one);
    }
    if (digests.length === 0 && questions.length === 0) break;
  }
  const isKnown = registry !== undefined || options.identities !== undefined;
  return { asked, ...(isKnown ? { identities: [...identities.values()] } : {}) };
}

interface Questions {
  readonly questions: readonly ImageQuestion[];
  readonly signal: AbortSignal;
  readonly told: (done: number) => void;
}

async function askRegistry(registry: ImageRegistry, { questions, signal, told }: Questions): Promise<readonly RecordedIdentity[]> {
  const left = [...questions];
  const answers: RecordedIdentity[] = [];
  const work = async (): Promise<void> => {
    for (let question = left.shift(); question !== undefined; question = left.shift()) {
      const { registry: host, repository, reference } = question;
      answers.push({ registry: host, repository, reference, identity: await answerTo(registry, question, signal) });
      told(answers.length);
    }
  };
  await Promise.all(Array.from({ length: questionsInFlight }, work));
  return answers;
}

/** A registry that throws is one that did not answer, unless it was told to end. */
async function answerTo(registry: ImageRegistry, { reference, ...place }: ImageQuestion, signal: AbortSignal): Promise<Identity> {
  try {
    return identityOf(await registry.manifest({ registry: place.registry, repository: place.repository }, reference, signal));
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'unknown', reason: messageOf(thrown) };
  }
}
