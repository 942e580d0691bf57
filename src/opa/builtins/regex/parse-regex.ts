// Reads a regular expression as Go's regexp package does (RE2 syntax). Pure.
import { not, perlClass, posixClass, rangeClass, unicodeClass } from './regex-class.ts';
import { type Assertion, type CharacterTest, InvalidRegex, type ParsedRegex, type RegexNode, UnsuppliedRegex } from './regex-node.ts';

// Both as in Go.
const maxRepeat = 1000;
const maxDepth = 1000;
// What is longer would be refused for its many steps, but only after each character has become a node.
const maxLength = 20_000;

/** Throws `InvalidRegex` for what Go refuses, and `UnsuppliedRegex` for what is not supplied here. */
export function parseRegex(text: string): ParsedRegex {
  return new Parser(text).parse();
}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const escapedCharacters: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
const assertions: Readonly<Record<string, Assertion>> = { A: 'textStart', z: 'textEnd', b: 'wordBoundary', B: 'noWordBoundary' };

class Parser {
  readonly #text: string;
  #at = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };
  #depth = 0;
  readonly #groupNames: (string | undefined)[] = [undefined];

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedRegex {
    if (this.#text.length > maxLength) throw new UnsuppliedRegex('a regular expression of that size');
    const root = this.#choice();
    if (this.#at < this.#text.length) throw this.#invalid();
    if (!fitsRepeats(root, maxRepeat)) throw this.#invalid();
    return { root, groupNames: this.#groupNames };
  }

  #invalid(): InvalidRegex {
    return new InvalidRegex(`at character ${this.#at}`);
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const atoms = this.#atoms();
      const last = atoms.pop();
      parts.push(...atoms);
      if (last !== undefined) parts.push(this.#repeated(last));
      else if (this.#repeat() !== undefined) throw new UnsuppliedRegex('a repetition after flags');
    }
    return { kind: 'sequence', parts };
  }

  #repeated(part: RegexNode): RegexNode {
    const repeat = this.#repeat();
    if (repeat === undefined) return part;
    const greedy = this.#takes('?') === this.#flags.U;
    if (this.#repeat() !== undefined) throw this.#invalid();
    return { kind: 'repeat', part, ...repeat, greedy };
  }

  #repeat(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#takes('*')) return { min: 0, max: undefined };
    if (this.#takes('+')) return { min: 1, max: undefined };
    if (this.#takes('?')) return { min: 0, max: 1 };
    const match = this.#match(/\{(0|[1-9]\d*)(,?)(0|[1-9]\d*)?\}/y);
    if (match === undefined) return undefined;
    const [all = '', minText = '', comma = '', maxText] = match;
    if (comma === '' && maxText !== undefined) {
      this.#at -= all.length;
      return undefined;
    }
    const min = Number(minText);
    const max = comma === '' ? min : maxText === undefined ? undefined : Number(maxText);
    if (min > maxRepeat || (max !== undefined && (max > maxRepeat || max < min))) throw this.#invalid();
    return { min, max };
  }

  /** Mostly one; none for flags, many for a quoted text. */
  #atoms(): RegexNode[] {
    if (this.#takes('(')) return this.#group();
    if (this.#takes('[')) return [character(this.#class())];
    if (this.#takes('.')) return [character(this.#flags.s ? () => true : (codePoint) => codePoint !== 10)];
    if (this.#takes('^')) return [{ kind: 'assertion', assertion: this.#flags.m ? 'lineStart' : 'textStart' }];
    if (this.#takes('$')) return [{ kind: 'assertion', assertion: this.#flags.m ? 'lineEnd' : 'textEnd' }];
    if (this.#takes('\\Q')) return this.#quoted();
    if (this.#text[this.#at] === '\\') return [this.#escaped()];
    // A brace that opens no repetition stands for itself.
    if (this.#repeat() !== undefined) throw this.#invalid();
    return [this.#literal(this.#codePoint())];
  }

  #literal(codePoint: number): RegexNode {
    return character(rangeClass(codePoint, codePoint, this.#flags.i));
  }

  #quoted(): RegexNode[] {
    const end = this.#text.indexOf('\\E', this.#at);
    const quoted = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at += quoted.length + (end === -1 ? 0 : 2);
    return Array.from(quoted, (part) => this.#literal(part.codePointAt(0) ?? 0));
  }

  #escaped(): RegexNode {
    const letter = this.#text[this.#at + 1] ?? '';
    const assertion = Object.hasOwn(assertions, letter) ? assertions[letter] : undefined;
    const test = assertion === undefined ? this.#escapedClass() : undefined;
    if (test !== undefined) return character(test);
    if (assertion === undefined) return this.#literal(this.#escapedCharacter());
    this.#at += 2;
    return { kind: 'assertion', assertion };
  }

  #escapedClass(): CharacterTest | undefined {
    if (this.#text[this.#at] !== '\\') return undefined;
    const letter = this.#text[this.#at + 1] ?? '';
    if (/[dswDSW]/.test(letter)) {
      this.#at += 2;
      return perlClass(letter, this.#flags.i);
    }
    const match = this.#match(/\\([pP])(?:\{([^}]*)\}|([^{]))/uy);
    if (match === undefined) return undefined;
    const test = unicodeClass(match[2] ?? match[3] ?? '', this.#flags.i);
    return match[1] === 'P' ? not(test) : test;
  }

  #escapedCharacter(): number {
    const hex = this.#match(/\\x(?:\{([0-9a-fA-F]{1,8})\}|([0-9a-fA-F]{2}))/y);
    if (hex !== undefined) return this.#valid(Number.parseInt(hex[1] ?? hex[2] ?? '', 16));
    const octal = this.#match(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y);
    if (octal !== undefined) return Number.parseInt(octal[1] ?? '', 8);
    const letter = this.#match(/\\([afnrtv])/y)?.[1];
    if (letter !== undefined) return escapedCharacters[letter] ?? 0;
    // Of ASCII only what is neither letter nor digit may be escaped.
    const other = this.#match(/\\([!-/:-@[-`{-~\s])/y)?.[1];
    if (other === undefined || other.charCodeAt(0) > 127) throw this.#invalid();
    return other.charCodeAt(0);
  }

  #valid(codePoint: number): number {
    if (codePoint > 0x10ffff) throw this.#invalid();
    return codePoint;
  }

  #group(): RegexNode[] {
    const name = this.#match(/\?P?<([A-Za-z0-9_]+)>/y)?.[1];
    if (name === undefined && this.#takes('?')) return this.#flagGroup();
    const index = this.#groupNames.push(name) - 1;
    return [{ kind: 'group', index, part: this.#inside() }];
  }

  #flagGroup(): RegexNode[] {
    const [, on = '', minus, off = '', end] = this.#match(/([imsU]*)(?:(-)([imsU]+))?([:)])/y) ?? [];
    if (end === undefined) throw this.#unknownGroup();
    const before = this.#flags;
    const set = { ...before };
    for (const flag of ['i', 'm', 's', 'U'] as const) set[flag] = (before[flag] || on.includes(flag)) && !off.includes(flag);
    if (end === ')' && on === '' && minus === undefined) throw this.#invalid();
    this.#flags = set;
    if (end === ')') return [];
    return [this.#inside(before)];
  }

  // Names may have letters beyond ASCII since Go 1.2x; what else begins like this is invalid anyway.
  #unknownGroup(): Error {
    return this.#match(/P?<[^>]*>/y) === undefined ? this.#invalid() : new UnsuppliedRegex('such a name of a group');
  }

  /** Flags set in a group end with it. */
  #inside(flags = this.#flags): RegexNode {
    if (++this.#depth > maxDepth) throw this.#invalid();
    const part = this.#choice();
    if (!this.#takes(')')) throw this.#invalid();
    this.#depth--;
    this.#flags = flags;
    return part;
  }

  #class(): CharacterTest {
    const negated = this.#takes('^');
    const tests: CharacterTest[] = [];
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw this.#invalid();
      tests.push(this.#classItem());
    }
    this.#at++;
    const test: CharacterTest = (codePoint) => tests.some((item) => item(codePoint));
    return negated ? not(test) : test;
  }

  #classItem(): CharacterTest {
    if (this.#text.startsWith('[:', this.#at)) {
      const name = this.#match(/\[:(\^?[a-z]*):\]/y)?.[1];
      if (name !== undefined) return posixClass(name, this.#flags.i);
      if (this.#text.includes(':]', this.#at + 2)) throw this.#invalid();
    }
    const test = this.#escapedClass();
    if (test !== undefined) return test;
    const low = this.#classCharacter();
    const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length;
    if (isRange) this.#at++;
    const high = isRange ? this.#classCharacter() : low;
    if (high < low) throw this.#invalid();
    return rangeClass(low, high, this.#flags.i);
  }

  #classCharacter(): number {
    if (this.#at >= this.#text.length) throw this.#invalid();
    return this.#text[this.#at] === '\\' ? this.#escapedCharacter() : this.#codePoint();
  }

  #codePoint(): number {
    const codePoint = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #takes(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}

function character(test: CharacterTest): RegexNode {
  return { kind: 'character', test };
}

/** Repetitions within repetitions multiply, and Go allows a thousand. */
function fitsRepeats(node: RegexNode, most: number): boolean {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.parts.every((part) => fitsRepeats(part, most));
    case 'group':
      return fitsRepeats(node.part, most);
    case 'repeat': {
      const times = node.max ?? node.min;
      if (times <= 1) return fitsRepeats(node.part, most);
      return times <= most && fitsRepeats(node.part, Math.floor(most / times));
    }
    default:
      return true;
  }
}
