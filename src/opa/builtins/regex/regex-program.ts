// Turns a parsed regular expression into steps for a machine that takes all paths at once, as RE2 does. Pure.
import type { Assertion, CharacterTest, RegexNode } from './regex-node.ts';
import { UnsuppliedRegex } from './regex-node.ts';

/** `next` and `other` are indexes of steps; of two ways `next` is preferred. */
export type Step =
  | { readonly kind: 'character'; readonly test: CharacterTest; next: number }
  | { readonly kind: 'assertion'; readonly assertion: Assertion; next: number }
  | { readonly kind: 'save'; readonly slot: number; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' };

// One character of input costs as many steps at the most.
const maxSteps = 20_000;
// Each path through the steps may remember where each group began and ended.
const maxRemembered = 2_000_000;

/** Returns the steps and the first of them. Throws `UnsuppliedRegex` when there are too many, for themselves or for so many groups. */
export function compileRegex(root: RegexNode, groups: number): { readonly steps: readonly Step[]; readonly start: number } {
  const steps: Step[] = [{ kind: 'match' }];
  const start = new Compiler(steps).compile(root, 0);
  if (steps.length * groups * 2 > maxRemembered) throw new UnsuppliedRegex('a regular expression with so many groups');
  return { steps, start };
}

class Compiler {
  readonly #steps: Step[];

  constructor(steps: Step[]) {
    this.#steps = steps;
  }

  #add(step: Step): number {
    if (this.#steps.length >= maxSteps) throw new UnsuppliedRegex('a regular expression of that size');
    return this.#steps.push(step) - 1;
  }

  /** From back to front: the way on is known before the step. */
  compile(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'character':
        return this.#add({ kind: 'character', test: node.test, next });
      case 'assertion':
        return this.#add({ kind: 'assertion', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.compile(part, after), next);
      case 'choice':
        return node.parts
          .map((part) => this.compile(part, next))
          .reduceRight((other, first) => this.#add({ kind: 'split', next: first, other }));
      case 'group': {
        const end = this.#add({ kind: 'save', slot: node.index * 2 + 1, next });
        return this.#add({ kind: 'save', slot: node.index * 2, next: this.compile(node.part, end) });
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat({ part, min, max, greedy }: Extract<RegexNode, { kind: 'repeat' }>, next: number): number {
    if (max === undefined) {
      if (min === 0) return this.#star(part, greedy, next);
      let start = this.#plus(part, greedy, next);
      for (let count = 1; count < min; count++) start = this.compile(part, start);
      return start;
    }
    // x{2,4} is xx(x(x)?)?
    let start = next;
    for (let count = min; count < max; count++) start = this.#way(greedy, this.compile(part, start), next);
    for (let count = 0; count < min; count++) start = this.compile(part, start);
    return start;
  }

  #way(greedy: boolean, inside: number, past: number): number {
    return this.#add(greedy ? { kind: 'split', next: inside, other: past } : { kind: 'split', next: past, other: inside });
  }

  #plus(part: RegexNode, greedy: boolean, next: number): number {
    const loop = this.#way(greedy, next, next);
    const start = this.compile(part, loop);
    const step = this.#steps[loop];
    if (step?.kind === 'split') {
      if (greedy) step.next = start;
      else step.other = start;
    }
    return start;
  }

  /** Where the part can be empty, (part+)? prefers the ways that Perl prefers: https://go.dev/issue/46123 */
  #star(part: RegexNode, greedy: boolean, next: number): number {
    if (canBeEmpty(part)) return this.#way(greedy, this.#plus(part, greedy, next), next);
    const loop = this.#way(greedy, next, next);
    const step = this.#steps[loop];
    const inside = this.compile(part, loop);
    if (step?.kind === 'split') {
      if (greedy) step.next = inside;
      else step.other = inside;
    }
    return loop;
  }
}

function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'character':
      return false;
    case 'sequence':
      return node.parts.every(canBeEmpty);
    case 'choice':
      return node.parts.some(canBeEmpty);
    case 'group':
      return canBeEmpty(node.part);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.part);
    default:
      return true;
  }
}
