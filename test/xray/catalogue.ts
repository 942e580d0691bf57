// The images that the stand-in knows at this moment, and what it answers about them.

import { artifactBody, type BodyForm, hexOf, pathOf, summaryBody } from './bodies.ts';
import { type Image, type ImageSource, type IssueSource, parseImage, parseIssue } from './images.ts';
import type { Question } from './question.ts';

export interface Catalogue {
  readonly images: () => readonly Image[];
  /** Puts an image in, or in place of the one of its digest; returns it with everything filled in. */
  readonly set: (source: ImageSource) => Image;
  /** Publishes an issue on the image of a digest, in place of one with the same id. */
  readonly addIssue: (digest: string, source: IssueSource) => void;
  /** From now on the digest is not known. */
  readonly remove: (digest: string) => void;
  /** Returns the body that answers a question. */
  readonly answer: (question: Question, form: BodyForm) => Record<string, unknown>;
}

/** Returns a catalogue that holds these images. */
export function createCatalogue(images: readonly Image[]): Catalogue {
  const byHex = new Map(images.map((image) => [hexOf(image.digest), image]));

  function addIssue(digest: string, source: IssueSource): void {
    const image = byHex.get(hexOf(digest));
    if (image === undefined) throw new Error(`the stand-in knows no image with the digest ${digest}`);
    const issue = parseIssue(source, 'addIssue');
    byHex.set(hexOf(digest), { ...image, issues: [...image.issues.filter((other) => other.id !== issue.id), issue] });
  }

  function answer(question: Question, form: BodyForm): Record<string, unknown> {
    // As documented: paths win over checksums, and who asks for nothing is told nothing.
    const asked = [...new Set(question.paths.length > 0 ? question.paths : question.checksums)];
    if (asked.length === 0) return { artifacts: null, errors: null };
    const answers = asked.map((identifier) => ({
      identifier,
      artifacts: question.paths.length > 0 ? atPath([...byHex.values()], identifier, form) : ofImage(byHex.get(identifier), form),
    }));
    return summaryBody(
      answers.flatMap(({ artifacts }) => artifacts),
      answers.filter(({ artifacts }) => artifacts.length === 0).map(({ identifier }) => identifier),
      form,
    );
  }

  return {
    images: () => [...byHex.values()],
    set: (source) => {
      const image = parseImage(source, 'set');
      byHex.set(hexOf(image.digest), image);
      return image;
    },
    addIssue,
    remove: (digest) => {
      byHex.delete(hexOf(digest));
    },
    answer,
  };
}

function ofImage(image: Image | undefined, form: BodyForm): readonly Record<string, unknown>[] {
  return image === undefined ? [] : image.repositories.map((repository) => artifactBody(image, repository, form));
}

/** A path names a file: the folder of an image has no answer. */
function atPath(images: readonly Image[], path: string, form: BodyForm): readonly Record<string, unknown>[] {
  return images.flatMap((image) =>
    image.repositories
      .filter((repository) => `${pathOf(image, repository)}manifest.json` === path)
      .map((repository) => artifactBody(image, repository, form)),
  );
}
