// The place in an author's text that the module names when a rule aborts: to words that people read, and back to numbers. Pure.

/** The module names the file of a rule, which is ours; line and column are the author's. */
export function withAuthorsPlace(message: string): string {
  return message.replace(/^t_[0-9a-f]+\.rego:(\d+):(\d+): /, 'line $1, column $2: ');
}

/** Takes the place out of what `withAuthorsPlace` gave; a message without one stays whole. */
export function splitPlace(message: string): { readonly message: string; readonly line?: number; readonly column?: number } {
  const [, line, column, rest] = /^line (\d+), column (\d+): (.*)$/s.exec(message) ?? [];
  return rest === undefined ? { message } : { message: rest, line: Number(line), column: Number(column) };
}
