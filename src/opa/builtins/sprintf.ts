// `sprintf` of Rego: the format language of Go's fmt.Sprintf over the arguments that OPA makes of values. Pure.
import { BoundedText } from './bounds.ts';
import { bareDirective, type Directive, type GoArgument, printArgument } from './go-verbs.ts';
import { fitsInt64, numberText } from './numbers.ts';
import { isArray, type RegoValue } from './rego-value.ts';
import { regoText } from './value-order.ts';

/** Returns the text, or undefined when the arguments are no text and array. Throws when the text would not fit into memory. */
export function sprintf(format: RegoValue | undefined, values: RegoValue | undefined): string | undefined {
  if (typeof format !== 'string' || !isArray(values)) return undefined;
  return new Printer(format, values).print();
}

function goArgument(value: RegoValue): GoArgument {
  if (typeof value === 'string') return { type: 'string', value };
  const text = numberText(value);
  if (text === undefined) return { type: 'string', value: regoText(value) };
  if (/[.eE]/.test(text)) {
    const float = Number(text);
    return Number.isFinite(float) ? { type: 'float64', value: float } : { type: 'string', value: text };
  }
  const whole = typeof value === 'bigint' ? value : BigInt(text);
  return { type: fitsInt64(whole) ? 'int64' : '*big.Int', value: whole };
}

// Go takes larger widths, precisions and indexes for mistakes.
const maxNumber = 1_000_000;

/** A number that stands in the format, or for a `*` in an argument. */
interface FormatNumber {
  readonly value: number | undefined;
}

class Printer {
  readonly #format: string;
  readonly #arguments: readonly RegoValue[];
  #at = 0;
  #argument = 0;
  #reordered = false;
  #goodIndex = true;
  #afterIndex = false;
  readonly #printed = new BoundedText();
  readonly #lastClose: number;

  constructor(format: string, args: readonly RegoValue[]) {
    this.#format = format;
    this.#lastClose = format.lastIndexOf(']');
    this.#arguments = args;
  }

  print(): string {
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      const end = percent === -1 ? this.#format.length : percent;
      this.#write(this.#format.slice(this.#at, end));
      this.#at = end + 1;
      if (percent !== -1) this.#directive();
    }
    if (!this.#reordered && this.#argument < this.#arguments.length) this.#writeExtra();
    return this.#printed.text();
  }

  #write(text: string): void {
    this.#printed.add(text);
  }

  #directive(): void {
    this.#goodIndex = true;
    this.#afterIndex = false;
    const directive = this.#flags();
    this.#index();
    this.#width(directive);
    this.#precision(directive);
    if (!this.#afterIndex) this.#index();
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#format.length) {
      this.#write('%!(NOVERB)');
      return;
    }
    this.#at += verb.length;
    this.#verb(verb, directive);
  }

  #verb(verb: string, directive: Directive): void {
    const value = this.#arguments[this.#argument];
    if (verb === '%') this.#write('%');
    else if (!this.#goodIndex) this.#write(`%!${verb}(BADINDEX)`);
    else if (value === undefined) this.#write(`%!${verb}(MISSING)`);
    else {
      this.#argument++;
      this.#write(printArgument(goArgument(value), verb, verb === 'v' || verb === 'w' ? ofGoSyntax(directive) : directive));
    }
  }

  #flags(): Directive {
    const directive = bareDirective();
    for (; ; this.#at++) {
      const flag = this.#format[this.#at];
      if (flag === '#') directive.sharp = true;
      else if (flag === '0') directive.zero = true;
      else if (flag === '+') directive.plus = true;
      else if (flag === '-') directive.minus = true;
      else if (flag === ' ') directive.space = true;
      else return directive;
    }
  }

  #width(directive: Directive): void {
    if (this.#format[this.#at] !== '*') {
      directive.width = this.#number().value;
      if (this.#afterIndex && directive.width !== undefined) this.#goodIndex = false;
      return;
    }
    this.#at++;
    this.#afterIndex = false;
    const width = this.#numberArgument().value;
    if (width === undefined) this.#write('%!(BADWIDTH)');
    directive.width = width === undefined ? undefined : Math.abs(width);
    if (width !== undefined && width < 0) Object.assign(directive, { minus: true, zero: false });
  }

  #precision(directive: Directive): void {
    // A point at the very end is taken for the verb.
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return;
    this.#at++;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#index();
    if (this.#format[this.#at] !== '*') {
      directive.precision = this.#number().value ?? 0;
      return;
    }
    this.#at++;
    this.#afterIndex = false;
    const precision = this.#numberArgument().value;
    directive.precision = precision === undefined || precision < 0 ? undefined : precision;
    if (directive.precision === undefined) this.#write('%!(BADPREC)');
  }

  /** Reads digits; a number that is far too large swallows the rest of the format. */
  #number(end = this.#format.length): FormatNumber {
    let value: number | undefined;
    for (; this.#at < end; this.#at++) {
      const digit = this.#format.charCodeAt(this.#at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      if ((value ?? 0) > maxNumber) {
        this.#at = end;
        return { value: undefined };
      }
      value = (value ?? 0) * 10 + digit;
    }
    return { value };
  }

  #numberArgument(): FormatNumber {
    const given = this.#arguments[this.#argument];
    if (given === undefined) return { value: undefined };
    this.#argument++;
    const argument = goArgument(given);
    if (argument.type !== 'int64' || argument.value > maxNumber || argument.value < -maxNumber) return { value: undefined };
    return { value: Number(argument.value) };
  }

  /** Reads an index like [3]. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const start = this.#at;
    // Looked for once: many opening brackets and no closing one must not take the square of their number.
    const close = start > this.#lastClose ? -1 : this.#format.indexOf(']', start + 1);
    // Go wants at least three bytes, such as [1], of what is left.
    if (close === -1 || Buffer.byteLength(this.#format.slice(start, start + 3)) < 3) {
      this.#at = start + 1;
      this.#goodIndex = false;
      return;
    }
    this.#at = start + 1;
    const { value } = this.#number(close);
    const whole = value !== undefined && this.#at === close;
    this.#at = close + 1;
    this.#afterIndex = whole;
    if (whole && value >= 1 && value <= this.#arguments.length) this.#argument = value - 1;
    else this.#goodIndex = false;
  }

  #writeExtra(): void {
    this.#write('%!(EXTRA ');
    for (const [index, value] of this.#arguments.slice(this.#argument).entries()) {
      const argument = goArgument(value);
      this.#write(`${index > 0 ? ', ' : ''}${argument.type}=${printArgument(argument, 'v', bareDirective())}`);
    }
    this.#write(')');
  }
}

function ofGoSyntax(directive: Directive): Directive {
  return { ...directive, sharp: false, plus: false, sharpV: directive.sharp, plusV: directive.plus };
}
