// Prints one argument of Go's fmt.Sprintf under one directive: verbs, flags, width and precision. Pure.
import { assertFits, BoundedText } from './bounds.ts';
import { type FloatVerb, formatFloat } from './go-float.ts';
import { canBackquote, isPrintable, quoteGo } from './go-quote.ts';

/** What OPA hands to fmt: numbers by their Go types, everything else as text. */
export type GoArgument =
  | { readonly type: 'int64' | '*big.Int'; readonly value: bigint }
  | { readonly type: 'float64'; readonly value: number }
  | { readonly type: 'string'; readonly value: string };

/** The flags, width and precision of one directive; absent: not given. */
export interface Directive {
  sharp: boolean;
  zero: boolean;
  plus: boolean;
  minus: boolean;
  space: boolean;
  /** `%#v` and `%+v` mean something else than `#` and `+` of other verbs. */
  sharpV: boolean;
  plusV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

/** Returns a directive without anything. */
export function bareDirective(): Directive {
  const [sharp, zero, plus, minus, space] = [false, false, false, false, false];
  return { sharp, zero, plus, minus, space, sharpV: false, plusV: false, width: undefined, precision: undefined };
}

/** Returns what stands in the text for the argument; a verb that does not fit gives Go's `%!d(string=x)`. */
export function printArgument(argument: GoArgument, verb: string, directive: Directive): string {
  if (verb === 'T') return printText(argument.type, 's', directive) ?? '';
  const printed = verb === 'p' || verb === 'w' ? undefined : printByType(argument, verb, directive);
  return printed ?? wrongVerb(argument, verb, directive);
}

function printByType(argument: GoArgument, verb: string, directive: Directive): string | undefined {
  switch (argument.type) {
    case 'string':
      return printText(argument.value, verb, directive);
    case 'float64':
      return printFloat(argument.value, verb, directive);
    case 'int64':
      return printInteger(argument.value, verb, directive);
    case '*big.Int':
      return printBigInteger(argument.value, verb, directive);
  }
}

function wrongVerb(argument: GoArgument, verb: string, directive: Directive): string {
  // Go would print the address or the innards of the number.
  if (argument.type === '*big.Int') throw new Error(`sprintf: %${verb} of a number beyond 64 bits`);
  return `%!${verb}(${argument.type}=${printByType(argument, 'v', directive) ?? ''})`;
}

function pad(text: string, { width = 0, zero, minus }: Directive): string {
  // Most widths are none; Go counts characters, not UTF-16.
  const missing = width === 0 ? 0 : width - characterCount(text);
  if (missing <= 0) return text;
  assertFits(missing);
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text;
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function padSpaces(text: string, directive: Directive): string {
  return pad(text, { ...directive, zero: false });
}

function printText(value: string, verb: string, directive: Directive): string | undefined {
  switch (verb) {
    case 'v':
      return directive.sharpV ? printQuoted(value, directive) : pad(truncated(value, directive.precision), directive);
    case 's':
      return pad(truncated(value, directive.precision), directive);
    case 'q':
      return printQuoted(value, directive);
    case 'x':
    case 'X':
      return printBytes(value, verb, directive);
    default:
      return undefined;
  }
}

function truncated(text: string, precision: number | undefined): string {
  if (precision === undefined || text.length <= precision) return text;
  let at = 0;
  for (let count = 0; count < precision && at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, at);
}

function printQuoted(value: string, directive: Directive): string {
  const text = truncated(value, directive.precision);
  if (directive.sharp && canBackquote(text)) return pad(`\`${text}\``, directive);
  return pad(quoteGo(text, { asciiOnly: directive.plus }), directive);
}

function printBytes(value: string, verb: 'x' | 'X', directive: Directive): string {
  const bytes = new TextEncoder().encode(value).subarray(0, directive.precision);
  if (bytes.length === 0) return pad('', directive);
  assertFits(bytes.length * 5);
  const digits = Buffer.from(bytes).toString('hex');
  const prefix = directive.sharp ? '0x' : '';
  const text = directive.space ? spaced(digits, prefix) : prefix + digits;
  return pad(verb === 'X' ? text.toUpperCase() : text, directive);
}

function spaced(digits: string, prefix: string): string {
  const text = new BoundedText();
  for (let at = 0; at < digits.length; at += 2) text.add(`${at > 0 ? ' ' : ''}${prefix}${digits.slice(at, at + 2)}`);
  return text.text();
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function printInteger(value: bigint, verb: string, directive: Directive): string | undefined {
  const unsigned = BigInt.asUintN(64, value);
  if (verb === 'c') return pad(characterOf(unsigned), directive);
  if (verb === 'q') return pad(quoteGo(characterOf(unsigned), { mark: "'", asciiOnly: directive.plus }), directive);
  if (verb === 'U') return printCodePoint(unsigned, directive);
  const base = bases[verb];
  if (base === undefined) return undefined;
  const { width = 0, precision, zero, minus, plus, space } = directive;
  if (precision === 0 && value === 0n) return padSpaces('', directive);
  const sign = signOf(value < 0n, plus, space);
  const zeros = precision ?? (zero && !minus ? width - sign.length : 0);
  assertFits(zeros);
  const digits = digitsOf(value, base, verb).padStart(zeros, '0');
  return padSpaces(sign + prefixOf(digits, verb, directive.sharp) + digits, directive);
}

function signOf(negative: boolean, plus: boolean, space: boolean): string {
  if (negative) return '-';
  if (plus) return '+';
  return space ? ' ' : '';
}

function digitsOf(value: bigint, base: number, verb: string): string {
  const digits = (value < 0n ? -value : value).toString(base);
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function prefixOf(digits: string, verb: string, sharp: boolean): string {
  const octal = sharp && !digits.startsWith('0') ? '0' : '';
  if (verb === 'O') return `0o${octal}`;
  if (!sharp) return '';
  if (verb === 'o') return octal;
  return { b: '0b', x: '0x', X: '0X' }[verb] ?? '';
}

function characterOf(code: bigint): string {
  const replaced = code > 0x10ffffn || (code >= 0xd800n && code < 0xe000n);
  return replaced ? '\ufffd' : String.fromCodePoint(Number(code));
}

function printCodePoint(code: bigint, directive: Directive): string {
  const zeros = Math.max(directive.precision ?? 4, 4);
  assertFits(zeros);
  const shown = directive.sharp && code <= 0x10ffffn && isPrintable(characterOf(code)) ? ` '${characterOf(code)}'` : '';
  return padSpaces(`U+${code.toString(16).toUpperCase().padStart(zeros, '0')}${shown}`, directive);
}

/** math/big has a formatter of its own: `s` is fine, `c` is not, and prefixes differ in detail. */
function printBigInteger(value: bigint, verb: string, directive: Directive): string {
  const base = verb === 's' ? 10 : bases[verb];
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const { width = 0, precision, zero, minus } = directive;
  const sharp = directive.sharp || directive.sharpV;
  const sign = signOf(value < 0n, directive.plus || directive.plusV, directive.space);
  const prefix = verb === 'O' ? '0o' : sharp ? ({ b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '') : '';
  const zeros = precision ?? (zero && !minus ? width - sign.length - prefix.length : 0);
  assertFits(zeros);
  return padSpaces(sign + prefix + digitsOf(value, base, verb).padStart(zeros, '0'), directive);
}

const floatVerbs: Readonly<Record<string, readonly [FloatVerb, number]>> = {
  v: ['g', -1],
  ...{ b: ['b', -1], g: ['g', -1], G: ['G', -1], x: ['x', -1], X: ['X', -1] },
  ...{ f: ['f', 6], F: ['f', 6], e: ['e', 6], E: ['E', 6] },
};

function printFloat(value: number, verb: string, directive: Directive): string | undefined {
  const [format, usual] = floatVerbs[verb] ?? [];
  if (format === undefined || usual === undefined) return undefined;
  const precision = directive.precision ?? usual;
  assertFits(precision);
  const printed = formatFloat(value, format, precision);
  const negative = printed.startsWith('-');
  const sign = signOf(negative, directive.plus, directive.space);
  const unsigned = negative ? printed.slice(1) : printed;
  const body = directive.sharp && verb !== 'b' ? withPoint(unsigned, format, precision) : unsigned;
  const zeros = directive.zero && !directive.minus ? (directive.width ?? 0) - sign.length : 0;
  return padSpaces(sign + body.padStart(zeros, '0'), directive);
}

/** `#` keeps the point, and for `g` the zeros after it. */
function withPoint(text: string, format: FloatVerb, precision: number): string {
  const [, mantissa = '', tail = ''] = (format === 'x' || format === 'X' ? /^(.*?)(p.*)?$/i : /^(.*?)([eE].*)?$/).exec(text) ?? [];
  const digits = mantissa.replace('.', '').replace(/^0+/, '');
  const wanted = format === 'g' || format === 'G' || format === 'x' ? (precision === -1 ? 6 : precision) : 0;
  const counted = digits.length + Number(mantissa === '0');
  return `${mantissa}${mantissa.includes('.') ? '' : '.'}${'0'.repeat(Math.max(wanted - counted, 0))}${tail}`;
}
