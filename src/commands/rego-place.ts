// Where in a rule's text a problem stands, also one of which only the behaviour is known. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { offsetOfCharacter } from './place.ts';

/** About the text as a whole, whatever it says. */
const ofWholeText = ['ParseError', 'TooLarge', 'CompileError'];

/** Returns the offset in UTF-16 units: what a rule answers stands at its `violation`. Undefined when the problem has no place. */
export function offsetInRego(rego: string, { line, column, reason }: RuleProblem): number | undefined {
  if (line !== undefined) return offsetOfCharacter(rego, { line, column });
  const head = ofWholeText.includes(reason) ? -1 : rego.search(/^violation\b/m);
  return head < 0 ? undefined : head;
}
