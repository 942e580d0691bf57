// The images that the stand-in knows at this moment, and what it answers about them.

import { artifactBody, type BodyForm, hexOf, isScanned, pathOf, summaryBody } from './bodies.ts';
import { type Image, type ImageSource, type IssueSource, parseImage, parseIssue } from './images.ts';
import type { Question } from './question.ts';
import type { Switches } from './switches.ts';
import type { ImageWatcher } from './watch-list.ts';

export interface Catalogue {
  readonly images: () => readonly Image[];
  /** Puts an image in, or in place of the one of its digest; returns it with everything filled in. */
  readonly set: (source: ImageSource) => Image;
  /** Publishes an issue on the image of a digest, in place of one with the same id. */
  readonly addIssue: (digest: string, source: IssueSource) => void;
  /** Takes an issue back from the image of a digest. */
  readonly removeIssue: (digest: string, id: string) => void;
  /** From now on the digest is not known. */
  readonly remove: (digest: string) => void;
  /** Returns the body that answers a question. */
  readonly answer: (question: Question, form: SummaryForm) => Record<string, unknown>;
}

export type SummaryForm = BodyForm & Pick<Switches, 'repositories' | 'index'>;

/** Returns a catalogue that holds these images, and tells the watcher of each that changes later. */
export function createCatalogue(images: readonly Image[], watcher: ImageWatcher): Catalogue {
  const byHex = new Map(images.map((image) => [hexOf(image.digest), image]));

  function put(image: Image): Image {
    byHex.set(hexOf(image.digest), image);
    watcher.imageSet(image);
    return image;
  }

  function imageOf(digest: string): Image {
    const image = byHex.get(hexOf(digest));
    if (image === undefined) throw new Error(`the stand-in knows no image with the digest ${digest}`);
    return image;
  }

  function addIssue(digest: string, source: IssueSource): void {
    const image = imageOf(digest);
    const issue = parseIssue(source, 'addIssue');
    put({ ...image, issues: [...image.issues.filter((other) => other.id !== issue.id), issue] });
  }

  function answer(question: Question, form: SummaryForm): Record<string, unknown> {
    // As documented: paths win over checksums, and who asks for nothing is told nothing.
    const asked = [...new Set(question.paths.length > 0 ? question.paths : question.checksums)];
    if (asked.length === 0) return { artifacts: null, errors: null };
    const scanned = [...byHex.values()].filter(isScanned);
    const answers = asked.map((identifier) => ({
      identifier,
      artifacts: question.paths.length > 0 ? atPath(scanned, identifier, form) : ofChecksum(identifier, form),
    }));
    return summaryBody(
      answers.flatMap(({ artifacts }) => artifacts),
      answers.filter(({ artifacts }) => artifacts.length === 0).map(({ identifier }) => identifier),
      form,
    );
  }

  function ofChecksum(hex: string, form: SummaryForm): readonly Record<string, unknown>[] {
    const image = byHex.get(hex);
    if (image !== undefined && isScanned(image)) return ofImage(image, form);
    if (form.index === 'unknown') return [];
    const child = [...byHex.values()].find(({ indexDigest }) => indexDigest !== null && hexOf(indexDigest) === hex);
    // The tag folder of an index, where Xray finds no packages: the answer of a clean image that says nothing about the real ones.
    return child === undefined ? [] : ofImage({ ...child, digest: `sha256:${hex}`, indexDigest: null, ...withoutContent }, form);
  }

  return {
    images: () => [...byHex.values()],
    set: (source) => put(parseImage(source, 'set')),
    addIssue,
    removeIssue: (digest, id) => {
      const image = imageOf(digest);
      put({ ...image, issues: image.issues.filter((issue) => issue.id !== id) });
    },
    remove: (digest) => {
      byHex.delete(hexOf(digest));
      watcher.imageRemoved(digest);
    },
    answer,
  };
}

const withoutContent = { issues: [], licenses: [], operationalRisks: [] } as const;

function ofImage(image: Image, form: SummaryForm): readonly Record<string, unknown>[] {
  const repositories = form.repositories === 'one' ? image.repositories.slice(0, 1) : image.repositories;
  return repositories.map((repository) => artifactBody(image, repository, form));
}

/** A path names a file: the folder of an image has no answer. */
function atPath(images: readonly Image[], path: string, form: SummaryForm): readonly Record<string, unknown>[] {
  return images.flatMap((image) =>
    image.repositories
      .filter((repository) => `${pathOf(image, repository)}manifest.json` === path)
      .map((repository) => artifactBody(image, repository, form)),
  );
}
