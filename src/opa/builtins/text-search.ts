// Finds a text in a text in linear time, where the engine's own search takes the product of both lengths and cannot be ended. Pure.

// The engine's search is many times faster, and with so few characters its product is bounded by the length of an argument.
const maxNativeLength = 32;

export interface SearchOptions {
  /** Whether an occurrence may begin within the one before. */
  readonly overlapping: boolean;
}

/** Yields where the searched text, which must not be empty, begins: in UTF-16, from the first on. */
export function occurrences(text: string, searched: string, options: SearchOptions): Iterable<number> {
  return searched.length <= maxNativeLength ? shortOccurrences(text, searched, options) : longOccurrences(text, searched, options);
}

function* shortOccurrences(text: string, searched: string, { overlapping }: SearchOptions): Generator<number> {
  const step = overlapping ? 1 : searched.length;
  for (let at = text.indexOf(searched); at !== -1; at = text.indexOf(searched, at + step)) yield at;
}

/** Knuth, Morris, Pratt: what has matched already is never looked at again. */
function* longOccurrences(text: string, searched: string, { overlapping }: SearchOptions): Generator<number> {
  if (searched.length > text.length) return;
  const back = borders(searched);
  for (let at = 0, matched = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && unit !== searched.charCodeAt(matched)) matched = back[matched - 1] ?? 0;
    if (unit === searched.charCodeAt(matched)) matched++;
    if (matched < searched.length) continue;
    yield at + 1 - searched.length;
    matched = overlapping ? (back[matched - 1] ?? 0) : 0;
  }
}

/** For each beginning of the text: how long its longest proper end is that is a beginning too. */
function borders(text: string): Int32Array {
  const back = new Int32Array(text.length);
  for (let at = 1, matched = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && unit !== text.charCodeAt(matched)) matched = back[matched - 1] ?? 0;
    if (unit === text.charCodeAt(matched)) matched++;
    back[at] = matched;
  }
  return back;
}
