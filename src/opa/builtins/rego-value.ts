// The values of Rego as builtins of the host meet them: JSON's, and the three things that JSON cannot tell apart. Pure.

/** A number whose text says more than a JavaScript number keeps: `100.0`, `1e400`, many digits after the point. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A set, in the order in which the module lists it, without doubles. */
export class RegoSet {
  readonly elements: readonly RegoValue[];
  constructor(elements: readonly RegoValue[]) {
    this.elements = elements;
  }
}

/** An object of which at least one key is not a string. */
export class KeyedObject {
  readonly entries: readonly (readonly [RegoValue, RegoValue])[];
  constructor(entries: readonly (readonly [RegoValue, RegoValue])[]) {
    this.entries = entries;
  }
}

/** An object of which all keys are strings. */
export interface TextObject {
  readonly [key: string]: RegoValue;
}

/** Whole numbers beyond 2^53 are bigint; other numbers are `number` if that prints as they were written, else `NumberText`. */
export type RegoValue = null | boolean | number | bigint | string | NumberText | RegoSet | KeyedObject | TextObject | readonly RegoValue[];

/** An argument, or the answer, of a builtin. Undefined as an answer is Rego's undefined, also what errors become. */
export type RegoFunction = (...args: readonly RegoValue[]) => RegoValue | undefined;

export function isArray(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}

/** Tells an object whose keys are all strings; the other kind is `KeyedObject`. */
export function isTextObject(value: RegoValue | undefined): value is TextObject {
  return typeof value === 'object' && value !== null && !isArray(value) && !isSpecial(value);
}

function isSpecial(value: object): boolean {
  return value instanceof NumberText || value instanceof RegoSet || value instanceof KeyedObject;
}

/** Returns the entries of any object, or undefined for what is none. */
export function entriesOf(value: RegoValue | undefined): readonly (readonly [RegoValue, RegoValue])[] | undefined {
  if (value instanceof KeyedObject) return value.entries;
  return isTextObject(value) ? Object.entries(value) : undefined;
}

/** Returns the texts of an array or a set of texts, else undefined. */
export function textsOf(value: RegoValue | undefined): readonly string[] | undefined {
  const elements = value instanceof RegoSet ? value.elements : value;
  if (!isArray(elements)) return undefined;
  const texts = elements.filter((element) => typeof element === 'string');
  return texts.length === elements.length ? texts : undefined;
}
