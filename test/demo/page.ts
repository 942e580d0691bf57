// What the demo writes: headings, short paragraphs, commands with their output, tables that fit 100 columns. Writes to the stream given.
import { styleText } from 'node:util';
import Table from 'cli-table3';

export interface Column {
  readonly name: string;
  /** In characters; longer text goes on in the next line. */
  readonly width: number;
}

export interface Page {
  readonly heading: (text: string) => void;
  /** A paragraph. Line breaks and indentation of the source do not matter. */
  readonly say: (text: string) => void;
  /** One line of a list whose first words are aligned: they get so many columns. */
  readonly item: (name: string, text: string, nameWidth: number) => void;
  /** Lines that are to be read or copied as they are; those that begin with `$ ` are commands. */
  readonly lines: (text: string) => void;
  readonly table: (columns: readonly Column[], rows: readonly (readonly string[])[]) => void;
}

const pageWidth = 98;
const indent = '  ';
const gap = '  ';

/** Returns a page on a stream, with bold and dim text where that is a terminal that wants it. It stays silent once the signal is aborted. */
export function pageOn(stream: NodeJS.WriteStream, signal: AbortSignal): Page {
  let isInList = false;
  const write = (text: string, { asItem }: { asItem: boolean }): void => {
    const distance = asItem && isInList ? '' : '\n';
    isInList = asItem;
    if (!signal.aborted) stream.write(`${distance}${text}\n`);
  };
  const block = (lines: readonly string[]): void => write(lines.map((line) => line.trimEnd()).join('\n'), { asItem: false });
  return {
    heading: (text) => block([styleText('bold', text, { stream })]),
    say: (text) => block(wrapped(text, pageWidth)),
    item: (name, text, nameWidth) => {
      const [first = '', ...rest] = wrapped(text, pageWidth - indent.length - nameWidth);
      const lines = [name.padEnd(nameWidth) + first, ...rest.map((line) => ' '.repeat(nameWidth) + line)];
      write(lines.map((line) => indent + line).join('\n'), { asItem: true });
    },
    lines: (text) => block(text.split('\n').map((line) => indent + (line.startsWith('$ ') ? styleText('dim', line, { stream }) : line))),
    table: (columns, rows) => block(tableLines(columns, rows).map((line) => indent + line)),
  };
}

/** As kubectl has it, without borders; where a cell takes several lines, an empty line keeps the rows apart. */
function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' };
  const table = new Table({
    chars: { ...none, right: '', 'right-mid': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', middle: gap },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: columns.map(({ width }) => width),
    wordWrap: true,
  });
  const isTall = rows.some((row) => row.some((cell, index) => cell.includes('\n') || cell.length > (columns[index]?.width ?? 0)));
  const space = isTall ? [columns.map(() => '')] : [];
  table.push(
    columns.map(({ name }) => name),
    ...rows.flatMap((row, index) => [...(index === 0 ? [] : space), [...row]]),
  );
  return table.toString().split('\n');
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
