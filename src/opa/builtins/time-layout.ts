// Takes a layout of Go's time package apart: `Mon Jan _2 15:04:05 2006` into its elements and the text between them. Pure.
import { tooLarge } from './bounds.ts';

/** An element by the notation that Go gives it; a fraction of a second is `.0…`, `,9…` and so on, as long as it stands there. */
export interface LayoutChunk {
  /** The text before the element. */
  readonly prefix: string;
  /** Undefined: the layout ends with the prefix. */
  readonly element: string | undefined;
}

const namedLayouts: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

/** Returns the layout that a name like `RFC1123` stands for, or the text itself. */
export function layoutOf(nameOrLayout: string): string {
  return Object.hasOwn(namedLayouts, nameOrLayout) ? (namedLayouts[nameOrLayout] ?? nameOrLayout) : nameOrLayout;
}

// Each character may become an element, and elements take a hundred times the memory of their text.
const maxLayoutLength = 10_000;

// The order decides, as in Go: the longer notation before the shorter one that it begins with.
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_(?=2006)|_2|__2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\d)/g;

/** Returns the elements in order; the last chunk has none. Throws for a layout of more than 10,000 characters. */
export function layoutChunks(layout: string): readonly LayoutChunk[] {
  if (layout.length > maxLayoutLength) throw tooLarge();
  const chunks: LayoutChunk[] = [];
  let from = 0;
  for (const { 0: found, index } of layout.matchAll(element)) {
    // In _2006 the underscore is text.
    if (found === '_') continue;
    chunks.push({ prefix: layout.slice(from, index), element: found });
    from = index + found.length;
  }
  return [...chunks, { prefix: layout.slice(from), element: undefined }];
}

export function isFraction(element: string | undefined): boolean {
  return element !== undefined && /^[.,]/.test(element);
}

export const longMonths = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
] as const;
export const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
