// What the annotations of a rule (`# METADATA`) must not ask of the compiler. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject } from '../facts/json.ts';

/** The reason of a problem with which a rule must not reach `opa check`. */
export const schemaRefused = 'SchemaRefused';

/** Finds schemas in the annotations of a syntax tree. A `$ref` in one makes opa read files, and what it checks replaces the input's own schema. */
export function annotationProblems(annotations: unknown): readonly RuleProblem[] {
  const found = Array.isArray(annotations) ? annotations.filter(isJsonObject) : [];
  return found
    .filter(({ schemas }) => schemas !== undefined)
    .map(({ location }) => ({
      reason: schemaRefused,
      message: 'an annotation must not give schemas: the input is checked against its own',
      ...(isJsonObject(location) && typeof location.row === 'number' && { line: location.row, column: 1 }),
      hint: 'remove `schemas` from the annotation',
    }));
}
