// Places in a text: from offsets to lines and columns, and back. Pure.

/** 1-based; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Returns the place of an offset, which counts UTF-16 units. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}

/** Returns the offset of a place as `opa` gives it, which counts characters in columns; without a column, that of the line's first word. */
export function offsetOfCharacter(text: string, { line, column }: { readonly line: number; readonly column?: number | undefined }): number {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const content = lines[line - 1] ?? '';
  if (column === undefined) return start + Math.max(0, content.search(/\S/));
  return start + [...content].slice(0, column - 1).join('').length;
}

/** Returns a line without its end; empty when there is none of that number. */
export function lineAt(text: string, line: number): string {
  return (text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
}
