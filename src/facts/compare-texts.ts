// The order of texts in everything that is sorted to stay the same: by code unit, never by the machine's language. Pure.

/** Compares for `sort`. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
