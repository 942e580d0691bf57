// JSON values compared as OPA compares them: numbers by what they are, however they are written and however long. Pure.

export interface ComparisonOptions {
  /** Whether arrays of the same elements are the same in any order. */
  readonly anyOrder: boolean;
}

/** A value whose numbers are texts with a mark in front. */
export type ExactValue = string | boolean | null | readonly ExactValue[] | { readonly [key: string]: ExactValue };

// A code point that no text may have: https://www.unicode.org/faq/private_use.html#nonchar1
const numberMark = '\ufdd0';

/** Parses JSON text and keeps its numbers as they are written. Throws when it is not JSON. */
export function parseExact(json: string): ExactValue {
  // Looked at before the numbers are quoted, after which `007` would pass.
  JSON.parse(json);
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  // Whatever was JSON is JSON again, made of these kinds of values.
  return JSON.parse(json.replace(tokens, (token) => (token.startsWith('"') ? token : `"${numberMark}${token}"`))) as ExactValue;
}

/** Returns a text that is the same for equal values, and only for those. */
export function canonical(value: ExactValue, options: ComparisonOptions): string {
  if (typeof value === 'string') return value.startsWith(numberMark) ? canonicalNumber(value.slice(1)) : JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) {
    const elements = value.map((element) => canonical(element, options));
    return `[${(options.anyOrder ? elements.sort() : elements).join(',')}]`;
  }
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, options)}`);
  return `{${members.sort().join(',')}}`;
}

/** Tells arrays from objects, also where they are read only. */
export function isList(value: ExactValue): value is readonly ExactValue[] {
  return Array.isArray(value);
}

/** Whole numbers exactly, to any length; others as the nearest double, which is all that a module knows of them. */
function canonicalNumber(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`compare numbers: ${text} is none`);
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  if (power < 0) return String(Number(text));
  // A number with a great exponent is not written out.
  return power > 100 ? `${sign}${significant}e${power}` : `${sign}${significant}${'0'.repeat(power)}`;
}
