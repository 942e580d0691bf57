// Classes of characters of RE2 as tests of single code points, by JavaScript's own Unicode data. Pure.
import { type CharacterTest, InvalidRegex, UnsuppliedRegex } from './regex-node.ts';

const perl: Readonly<Record<string, string>> = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };

const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

// Names that Go and JavaScript give to the same things.
const category = /^(?:L[ulmot]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfo])$/;
const script = /^(?:Arabic|Armenian|Common|Cyrillic|Devanagari|Georgian|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai)$/;

/** Returns the test of `\d`, `\W` and their like, or undefined for another letter. */
export function perlClass(letter: string, foldCase: boolean): CharacterTest | undefined {
  const body = perl[letter.toLowerCase()];
  if (body === undefined) return undefined;
  const test = testOf(body, foldCase);
  return letter === letter.toLowerCase() ? test : not(test);
}

/** Returns the test of `[:alpha:]` or `[:^alpha:]` by what is between the colons. */
export function posixClass(name: string, foldCase: boolean): CharacterTest {
  const body = posix[name.replace(/^\^/, '')];
  if (body === undefined) throw new InvalidRegex(`[:${name}:]`);
  return name.startsWith('^') ? not(testOf(body, foldCase)) : testOf(body, foldCase);
}

/** Returns the test of `\p{…}` by the name, which may begin with ^. */
export function unicodeClass(name: string, foldCase: boolean): CharacterTest {
  const plain = name.replace(/^\^/, '');
  if (plain === 'Any') return () => plain === name;
  const property = category.test(plain) ? `General_Category=${plain}` : script.test(plain) ? `Script=${plain}` : undefined;
  if (property === undefined) throw new UnsuppliedRegex(`\\p{${plain}}`);
  const test = testOf(`\\p{${property}}`, foldCase);
  return plain === name ? test : not(test);
}

/** Returns the test of all from one code point to another. */
export function rangeClass(low: number, high: number, foldCase: boolean): CharacterTest {
  if (!foldCase) return (codePoint) => codePoint >= low && codePoint <= high;
  return testOf(`\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`, true);
}

export function not(test: CharacterTest): CharacterTest {
  return (codePoint) => !test(codePoint);
}

/** JavaScript folds case as RE2 does, one character to one; negation is left to the caller, where the two differ. */
function testOf(body: string, foldCase: boolean): CharacterTest {
  const pattern = new RegExp(`^[${body}]$`, foldCase ? 'iu' : 'u');
  return (codePoint) => pattern.test(String.fromCodePoint(codePoint));
}
