// Puts a rule's text under a package of the host's, so that rules never merge and every line keeps its number. Pure.
import type { Place, RuleSyntax } from './rule-syntax.ts';

/**
 * Returns the text with `prefix` (`a.b`) put before the package's name, and into every reference by which the rule names its own
 * package. Undefined when the text is not where the syntax tree has it.
 */
export function underPackage(rego: string, syntax: RuleSyntax, prefix: string): string | undefined {
  const insertions = [
    { ...syntax.packageAt, before: syntax.packagePath[0] ?? '', text: `${prefix}.`, after: 0 },
    ...syntax.ownReferencesAt.map((place) => ({ ...place, before: 'data', text: `.${prefix}`, after: 'data'.length })),
  ];
  // From the end of a line to its start, so that a place stays right while others are filled in.
  insertions.sort((a, b) => b.column - a.column);
  const lines = rego.split('\n');
  for (const { line, column, before, text, after } of insertions) {
    const old = lines[line - 1] ?? '';
    const at = offsetOf(old, { line, column });
    if (before === '' || !old.startsWith(before, at)) return undefined;
    lines[line - 1] = old.slice(0, at + after) + text + old.slice(at + after);
  }
  return lines.join('\n');
}

/** OPA counts characters, JavaScript the halves of surrogate pairs too. */
function offsetOf(line: string, place: Place): number {
  return [...line].slice(0, place.column - 1).join('').length;
}
