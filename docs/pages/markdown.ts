// Writes the pieces of Markdown and JSON that the generated pages are made of; pure.

/** Returns a table; what a cell must not hold (a bar, a line end) is made harmless. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Returns text as code; empty text is nothing. */
export function code(text: string): string {
  if (text === '') return '';
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Returns a fenced block. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** Returns a page: its blocks with an empty line between them, and below the title where it comes from. */
export function page(title: string, source: string, blocks: readonly string[]): string {
  const banner = `<!-- Generated from ${source} by \`npm run generate\`; do not edit. -->`;
  return `${[banner, `# ${title}`, ...blocks].join('\n\n')}\n`;
}

/** As the formatter of this repository is set. */
const lineWidth = 140;

/** Returns JSON with each member on a line, and lists of plain values on one line where they fit, as the formatter has it. */
export function jsonText(value: unknown): string {
  return jsonAt(value, { indent: '', before: 0 });
}

/** `before`: how many characters stand before the value in its line; a comma may follow it. */
function jsonAt(value: unknown, { indent, before }: { readonly indent: string; readonly before: number }): string {
  const inner = `${indent}  `;
  const place = { indent: inner, before: inner.length };
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object' || item === null);
    const inline = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (isPlain && before + inline.length < lineWidth) return inline;
    return `[\n${value.map((item) => inner + jsonAt(item, place)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + jsonAt(item, { ...place, before: head.length });
  });
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}
