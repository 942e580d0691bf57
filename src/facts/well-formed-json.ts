// Takes halves of surrogate pairs out of JSON text, over which the evaluator's parser would abort. Pure.

// A pair and a backslash that is escaped itself are matched too, so that no half is found inside them.
const escapes = /\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g;

/** Returns the text with U+FFFD for each half of a pair that stands alone, written out or as an escape (JSON.stringify writes those). */
export function wellFormedJson(json: string): string {
  // Almost no text has any, and the search for a plain text is much faster.
  if (!json.includes('\\ud') && !json.includes('\\uD')) return json.toWellFormed();
  return json.toWellFormed().replace(escapes, (found) => (found.length === 6 ? '\\ufffd' : found));
}
