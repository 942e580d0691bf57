// Runs a compiled regular expression over a text: leftmost first, in time that grows with text times steps and no faster. Pure.
import type { Assertion } from './regex-node.ts';
import type { Step } from './regex-program.ts';

/** Start and end of the whole match and of each group, in UTF-16; a group that took no part is undefined. */
export type Match = readonly (number | undefined)[];

interface Path {
  readonly step: number;
  readonly saved: Match;
}

export interface Machine {
  readonly steps: readonly Step[];
  readonly start: number;
}

/** Returns the first match that begins at the position or later. */
export function matchFrom(machine: Machine, text: string, from: number): Match | undefined {
  // By which position a step was reached last: the preferred path to it comes first, later ones end there.
  const reached = new Int32Array(machine.steps.length).fill(-1);
  let paths: Path[] = [];
  let found: Match | undefined;
  for (let at = from; ; ) {
    if (found === undefined) follow({ machine, text, reached, paths, at }, { step: machine.start, saved: [at] });
    if (paths.length === 0 && found !== undefined) return found;
    const codePoint = text.codePointAt(at);
    const next = codePoint === undefined ? at : at + (codePoint > 0xffff ? 2 : 1);
    const following: Path[] = [];
    for (const { step: index, saved } of paths) {
      const step = machine.steps[index];
      if (step?.kind === 'match') {
        found = withSlot(saved, 1, at);
        // Paths behind this one are less preferred.
        break;
      }
      if (codePoint !== undefined && step?.kind === 'character' && step.test(codePoint)) {
        follow({ machine, text, reached, paths: following, at: next }, { step: step.next, saved });
      }
    }
    if (codePoint === undefined) return found;
    [paths, at] = [following, next];
  }
}

interface Following {
  readonly machine: Machine;
  readonly text: string;
  readonly reached: Int32Array;
  readonly paths: Path[];
  readonly at: number;
}

/** Goes on to all steps that need no character, preferred ones first. Without recursion: an expression may have thousands in a row. */
function follow({ machine, text, reached, paths, at }: Following, first: Path): void {
  const open: Path[] = [first];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { step: index, saved } = path;
    if (reached[index] === at) continue;
    reached[index] = at;
    const step = machine.steps[index];
    if (step === undefined) continue;
    if (step.kind === 'split') open.push({ step: step.other, saved }, { step: step.next, saved });
    else if (step.kind === 'save') open.push({ step: step.next, saved: withSlot(saved, step.slot, at) });
    else if (step.kind !== 'assertion') paths.push(path);
    else if (holds(step.assertion, text, at)) open.push({ step: step.next, saved });
  }
}

function withSlot(saved: Match, slot: number, at: number): Match {
  const copy = saved.slice();
  while (copy.length < slot) copy.push(undefined);
  copy[slot] = at;
  return copy;
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'textStart':
      return at === 0;
    case 'textEnd':
      return at === text.length;
    case 'lineStart':
      return at === 0 || text[at - 1] === '\n';
    case 'lineEnd':
      return at === text.length || text[at] === '\n';
    case 'wordBoundary':
      return isWord(text[at - 1]) !== isWord(text[at]);
    case 'noWordBoundary':
      return isWord(text[at - 1]) === isWord(text[at]);
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
