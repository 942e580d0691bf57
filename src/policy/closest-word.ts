// The word that was meant when another was written. Pure.

// Beyond this, lists are data of somebody's, and the comparison of all is no longer free.
const maxWordLength = 100;

/**
 * Returns the candidate that differs least, as far as it is likely to be meant: by case alone, by one letter in three at most, or because
 * one begins with the other. Undefined when none is. Of equals the first.
 */
export function closestWord(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxWordLength || word === '') return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best ?? (word.length < 4 ? undefined : candidates.find((candidate) => candidate !== word && candidate.startsWith(word)));
}

/** Returns `did you mean …?` and the list of candidates, each where it helps; undefined when there are none. */
export function suggestion(word: string, candidates: readonly string[], listed: string): string | undefined {
  const closest = closestWord(word, candidates);
  const question = closest === undefined ? [] : [`did you mean \`${closest}\`?`];
  const parts = candidates.length === question.length ? question : [...question, `${listed} ${candidates.join(', ')}`];
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** Returns in how many edits two words differ: Levenshtein's, with a swap of neighbours as one edit. Takes time for long words. */
export function distance(a: string, b: string): number {
  const width = b.length + 1;
  let before: number[] = [];
  let last = Array.from({ length: width }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j < width; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = [cell(last, j) + 1, cell(row, j - 1) + 1, cell(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)];
      row.push(Math.min(...edits, ...(swapped ? [cell(before, j - 2) + 1] : [])));
    }
    [before, last] = [last, row];
  }
  return cell(last, b.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
