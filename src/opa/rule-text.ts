// What can be seen wrong with a rule's text before `opa` reads it: what it must not even be given. Pure.
import type { RuleProblem } from '../evaluation/program.ts';

const maxBytes = 64 * 1024;
// Rules that people write stay below 20; the time that opa takes grows with the square of it, at best.
const maxNesting = 64;

/** Returns what is wrong with the text, or undefined. */
export function textProblem(rego: string): RuleProblem | undefined {
  if (Buffer.byteLength(rego) > maxBytes) return { reason: 'TooLarge', message: 'the text of a rule has at most 64 KiB' };
  const nul = rego.indexOf('\0');
  if (nul >= 0) return { reason: 'ParseError', message: 'the text has a NUL character', line: lineOf(rego, nul) };
  const deep = firstTooDeep(rego);
  if (deep === undefined) return undefined;
  return { reason: 'TooComplex', message: `brackets are nested more than ${maxNesting} deep`, line: lineOf(rego, deep) };
}

/** Counts brackets in strings and comments too: there they come in pairs, or at least not by the dozen. */
function firstTooDeep(rego: string): number | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of rego.matchAll(/[()[\]{}]/g)) {
    depth = '([{'.includes(bracket) ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxNesting) return index;
  }
  return undefined;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
