// Which references of a file of facts no workload runs: most often they are misspelt. Pure.
import type { ClusterObject } from '../facts/objects.ts';
import { type ImageFacts, referenceKey } from './facts-file.ts';

/** Returns the references of which no pod and no template is, and whose digest none of `digests` is; in the order of the file. */
export function unusedReferences(objects: readonly ClusterObject[], facts: ImageFacts, digests: readonly string[]): readonly string[] {
  const used = new Set(objects.flatMap(imagesOf).map(referenceKey));
  return [...facts.digestOf].filter(([key, digest]) => !used.has(key) && !digests.includes(digest)).map(([key]) => key);
}

function imagesOf(object: ClusterObject): readonly string[] {
  switch (object.kind) {
    case 'Namespace':
    case 'Node':
      return [];
    case 'Pod':
    case 'ControllerRevision':
      return object.containers.map(({ image }) => image);
    default:
      return object.template.containers.map(({ image }) => image);
  }
}
