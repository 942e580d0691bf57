// Finds the bracket that an author forgot to close: opa says only where that shows. Pure.

/** A bracket that is open at some place. `offset` counts UTF-16 units. */
export interface OpenBracket {
  readonly bracket: string;
  readonly offset: number;
}

const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Returns the outermost bracket that is open at `end`, which does not count what stands in texts and comments; undefined when none is. */
export function openBracket(rego: string, end: number): OpenBracket | undefined {
  const open: OpenBracket[] = [];
  for (let at = 0; at < end; ) {
    const quote = open.at(-1)?.bracket ?? '';
    at = quote === '"' || quote === '`' ? inTemplate({ rego, at, open }, quote) : inCode({ rego, at, open });
  }
  return open.find(({ bracket }) => '([{'.includes(bracket));
}

interface Scan {
  readonly rego: string;
  readonly at: number;
  /** Brackets, and the quotes of templates, outermost first. */
  readonly open: OpenBracket[];
}

/** Returns where to go on; so do the others. */
function inCode({ rego, at, open }: Scan): number {
  const rest = rego.slice(at, at + 2);
  const character = rego[at] ?? '';
  if (character === '#') return ended(rego, rego.indexOf('\n', at));
  if (rest === '$"' || rest === '$`') {
    open.push({ bracket: rest.slice(1), offset: at });
    return at + 2;
  }
  if (character === '`') return ended(rego, rego.indexOf('`', at + 1));
  if (character === '"') return endOfText(rego, at);
  if ('([{'.includes(character)) open.push({ bracket: character, offset: at });
  else if (closes[character] !== undefined && open.at(-1)?.bracket === closes[character]) open.pop();
  return at + 1;
}

/** Between the quotes of a template only its end and the braces of its expressions count. */
function inTemplate({ rego, at, open }: Scan, quote: string): number {
  const character = rego[at];
  if (character === '\\') return at + 2;
  if (character === quote || (character === '\n' && quote === '"')) open.pop();
  else if (character === '{') open.push({ bracket: '{', offset: at });
  return at + 1;
}

function endOfText(rego: string, start: number): number {
  for (let at = start + 1; at < rego.length; at += 1) {
    if (rego[at] === '\\') at += 1;
    else if (rego[at] === '"' || rego[at] === '\n') return at + 1;
  }
  return rego.length;
}

function ended(rego: string, end: number): number {
  return end < 0 ? rego.length : end + 1;
}
