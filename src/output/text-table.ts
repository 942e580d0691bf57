// Rows as a plain table for a terminal: no lines, columns as wide as they need to be, the last one wrapped. Pure.
import Table from 'cli-table3';

const noLines = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};
// Below this a sentence is a tower of words.
const minLastWidth = 40;

export interface TextTable {
  readonly columns: readonly string[];
  /** Each as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** Characters in a line; the last column takes what the others leave. */
  readonly width: number;
  readonly indent?: string;
}

/** Returns the lines of the table, with a line end at the end of each; nothing where there are no rows. */
export function textTable({ columns, rows, width, indent = '' }: TextTable): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => row.map(plain));
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)));
  const others = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, indent.length);
  // A word that is cut, such as the reference of an image, cannot be copied.
  const longestWord = Math.max(0, ...cells.flatMap((row) => (row.at(-1) ?? '').split(' ')).map((word) => word.length));
  const last = Math.min(widths.at(-1) ?? 0, Math.max(minLastWidth, longestWord, width - others));
  const table = new Table({
    head: columns.map((column) => column),
    chars: noLines,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: [...widths.slice(0, -1), last],
    wordWrap: true,
    wrapOnWordBoundary: true,
  });
  table.push(...cells);
  return lines(table.toString(), indent);
}

function lines(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

/** Returns the text without what steers a terminal: names and messages come from a cluster. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ');
}
