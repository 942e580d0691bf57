// What the values of a case's input must be like, which the schema of the input document does not say: references, digests, times. Pure.
import { parseImageReference } from '../facts/image.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';

/** Something wrong at a path in the input of a case. */
export interface PathProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Returns what is no time, no digest, or not what the reference of its image says. What is of another type is for the schema. */
export function valueProblems(input: JsonObject): readonly PathProblem[] {
  return [
    ...timeProblem(input.now, ['now']),
    ...objectsIn(input.images).flatMap((image, index) => imageProblems(image, ['images', index])),
  ];
}

function imageProblems(image: JsonObject, path: readonly (string | number)[]): readonly PathProblem[] {
  const { ref, digest, firstSeenAt, scannedAt, issues } = image;
  return [
    ...(typeof ref === 'string' ? contradictions(ref, image, path) : []),
    ...(typeof digest === 'string' && !/^(sha256:[0-9a-f]{64})?$/.test(digest)
      ? [problem([...path, 'digest'], 'must be `sha256:` with 64 hexadecimal digits in lower case, or empty')]
      : []),
    ...timeProblem(firstSeenAt, [...path, 'firstSeenAt']),
    ...timeProblem(scannedAt, [...path, 'scannedAt']),
    // Xray does not always know.
    ...objectsIn(issues).flatMap(({ publishedAt }, index) =>
      publishedAt === '' ? [] : timeProblem(publishedAt, [...path, 'issues', index, 'publishedAt']),
    ),
  ];
}

/** The digest may differ: a node may run a manifest of the index that the reference pins. */
function contradictions(ref: string, image: JsonObject, path: readonly (string | number)[]): readonly PathProblem[] {
  const { registry, repository, tag } = parseImageReference(ref);
  return Object.entries({ registry, repository, tag }).flatMap(([name, value]) => {
    const given = image[name];
    if (given === undefined || given === value) return [];
    return [problem([...path, name], `is ${JSON.stringify(value)} by the \`ref\` ${ref}; leave it out, or change one of them`)];
  });
}

// RFC 3339, which is all that the engine itself writes.
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function timeProblem(time: unknown, path: readonly (string | number)[]): readonly PathProblem[] {
  // Of another type it is a mistake that the schema finds.
  if (typeof time !== 'string' || (timePattern.test(time) && !Number.isNaN(Date.parse(time)))) return [];
  return [problem(path, 'must be a time such as 2026-11-23T10:00:00Z')];
}

function problem(path: readonly (string | number)[], what: string): PathProblem {
  const name = path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');
  return { path, message: `${name} ${what}` };
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.map((item: unknown) => (isJsonObject(item) ? item : {})) : [];
}
