// Keeps one copy of each repeated string: ten thousand pods share a few hundred image references and label values.

/** Returns the copy that was kept of an equal text. */
export type Interner = (text: string) => string;

// Values that come and go (hashes in labels) must not pile up; starting over costs sharing, not correctness.
const maxTexts = 100_000;

/** Returns an interner with nothing kept yet. */
export function createInterner(): Interner {
  const texts = new Map<string, string>();
  return (text) => {
    const kept = texts.get(text);
    if (kept !== undefined) return kept;
    if (texts.size >= maxTexts) texts.clear();
    texts.set(text, text);
    return text;
  };
}
