// The input document as one rule finds it, which the compiled module gives it without writing it down. Pure.
import { isJsonObject, type JsonObject } from '../facts/json.ts';

/**
 * Returns the document (JSON text) with the parameters of a rule, and where it reads violations with those of its watches only. What is no
 * document is returned with the parameters alone.
 */
export function ownDocument(document: string, rule: { readonly parameters: JsonObject; readonly watches?: readonly string[] }): string {
  const parsed: unknown = JSON.parse(document);
  const given = isJsonObject(parsed) ? parsed : {};
  const { parameters, watches } = rule;
  if (watches === undefined) return JSON.stringify({ ...given, parameters });
  const images = Array.isArray(given.images) ? given.images.map((image: unknown) => withViolationsOf(image, watches)) : given.images;
  return JSON.stringify({ ...given, watches, images, parameters });
}

function withViolationsOf(image: unknown, watches: readonly string[]): unknown {
  if (!isJsonObject(image) || !Array.isArray(image.violations)) return image;
  const isOurs = (violation: unknown): boolean =>
    isJsonObject(violation) && typeof violation.watch === 'string' && watches.includes(violation.watch);
  return { ...image, violations: image.violations.filter(isOurs) };
}
