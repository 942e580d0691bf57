// Where a character of a YAML text stands in the file, whatever the style of the text is. Pure.

export interface ScalarSource {
  /** Offsets in the file: of the quote, the `|` or the first letter, and behind the last. */
  readonly start: number;
  readonly end: number;
  /** As the `yaml` package names the styles. */
  readonly type: string;
  /** What it says. */
  readonly value: string;
}

/** Returns the offset in the file of the character at `offset` in the value. Both count UTF-16 units. */
export function offsetInScalar(file: string, scalar: ScalarSource, offset: number): number {
  const { start, end, type, value } = scalar;
  const source = file.slice(start, end);
  if (type === 'BLOCK_LITERAL') return start + offsetInLiteral(source, value, offset);
  return start + offsetOfNthLetter(source, type, lettersIn(value.slice(0, offset)));
}

/** Line by line; what is cut off at the left is the same everywhere, and seen at the first line that has anything. */
function offsetInLiteral(source: string, value: string, offset: number): number {
  const [header = '', ...lines] = source.split('\n');
  const values = value.split('\n');
  const first = values.findIndex((line) => line !== '');
  const indent = first < 0 ? 0 : (lines[first] ?? '').replace(/\r$/, '').length - (values[first] ?? '').length;
  const before = value.slice(0, offset).split('\n');
  const line = before.length - 1;
  const lineStart = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, header.length + 1);
  const column = indent + (before[line] ?? '').length;
  return lineStart + Math.min(column, (lines[line] ?? '').length);
}

/** White space may be folded, written otherwise or left out; everything else stands in the source in the same order. */
function lettersIn(text: string): number {
  return [...text.replace(/\s/g, '')].length;
}

const skips: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function offsetOfNthLetter(source: string, type: string, letters: number): number {
  // The header of a folded block, or the quote.
  let at = type === 'BLOCK_FOLDED' ? source.indexOf('\n') + 1 : type.startsWith('QUOTE') ? 1 : 0;
  for (let left = letters; at < source.length; ) {
    const length = lengthOfCharacter(source, at, type);
    if (isLetter(source.slice(at, at + length), type)) {
      if (left === 0) return at;
      left -= 1;
    }
    at += length;
  }
  return Math.max(0, source.length - 1);
}

function lengthOfCharacter(source: string, at: number, type: string): number {
  if (type === 'QUOTE_SINGLE' && source.startsWith("''", at)) return 2;
  if (type === 'QUOTE_DOUBLE' && source[at] === '\\') return skips[source[at + 1] ?? ''] ?? 2;
  return String.fromCodePoint(source.codePointAt(at) ?? 0).length;
}

/** Escapes of white space: `\n`, `\t`, a space, the end of a line that is carried on, …; as a rule is not written otherwise. */
function isLetter(character: string, type: string): boolean {
  if (type === 'QUOTE_DOUBLE' && character.startsWith('\\')) return !/^\\[\sntrvfLPN_]$|^\\x0[9a-d]$|^\\x20$/i.test(character);
  return !/^\s$/.test(character);
}
