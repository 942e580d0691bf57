// What to do about a mistake in YAML that comes from a rule's text in it. Pure.

const hint = 'the text of `rego` begins with `|` and is indented deeper than `rego`';

/** Returns the hint when a mistake at this offset is in or after a `rego` that is not written as a block of text. */
export function hintAboutRego(yaml: string, offset: number): string | undefined {
  const end = yaml.indexOf('\n', offset);
  const lines = yaml.slice(0, end < 0 ? yaml.length : end).split('\n');
  const at = lines.findLastIndex((line) => /^[ -]*["']?rego["']?[ \t]*:/.test(line));
  const line = lines[at];
  if (line === undefined) return undefined;
  const [, before = '', style = ''] = /^([ -]*)["']?rego["']?[ \t]*:[ \t]*(.?)/.exec(line) ?? [];
  if (!/[|>"'&*]/.test(style)) return hint;
  const first = lines.slice(at + 1).find((each) => each.trim() !== '');
  const indent = first === undefined ? Number.POSITIVE_INFINITY : first.search(/\S/);
  // A key may stand there; the text of a rule may not.
  return indent <= before.length && /^\s*(#|package\b|import\b|violation\b)/.test(first ?? '') ? hint : undefined;
}
