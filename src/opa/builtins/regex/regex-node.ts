// What a regular expression of RE2 is made of, once parsed. Pure.

/** Tells whether a class holds a code point. */
export type CharacterTest = (codePoint: number) => boolean;

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordBoundary' | 'noWordBoundary';

export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly part: RegexNode }
  /** `max` undefined: without end. */
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number | undefined; readonly greedy: boolean };

export interface ParsedRegex {
  readonly root: RegexNode;
  /** The names of groups by index; index 0 is the whole match. */
  readonly groupNames: readonly (string | undefined)[];
}

/** What is no regular expression to RE2. */
export class InvalidRegex extends Error {}

/** What RE2 may well take, but is not supplied here. */
export class UnsuppliedRegex extends Error {}
