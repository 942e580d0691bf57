// `regex.replace`, `regex.split` and `regex.find_n` give what `opa eval` gives, which is RE2 and not JavaScript.
import test from 'ava';
import { regexBuiltins } from '../../../src/opa/builtins/regex/regex.ts';
import { answersOfBoth } from './against-opa.ts';

const patterns = [
  ...[
    '',
    'a',
    'a*',
    'a+?',
    'a??',
    '(a)(b)?',
    '(?P<first>a)|(?P<second>b)',
    '(?<x>b+)c',
    'a|ab',
    '(a|ab)(c|bcd)(d*)',
    '(a*)*',
    '(a*)+',
    '(|a)*',
    '(|a)+',
    '(a|b*)*',
  ],
  ...[
    '^',
    '$',
    '^a',
    'a$',
    '(?m)^.',
    '(?m).$',
    '\\bb',
    '\\B',
    '\\A.',
    '.\\z',
    '(?s).+',
    '.+',
    '[^a]',
    '[a-c]+',
    '[]a]',
    '[^]a]',
    '[a-]',
    '[-a]',
    '[a\\-c]',
    '[[:alpha:]]+',
  ],
  ...[
    '[[:^alpha:]]',
    '[[:word:]-]+',
    '\\d+',
    '\\D',
    '\\s',
    '\\S+',
    '\\w+',
    '\\W',
    '[\\d\\s]',
    '[^\\W]',
    '\\pL',
    '\\PL',
    '\\p{Greek}',
    '\\p{^Greek}+',
    '\\P{^L}',
    '[\\pN\\p{Lu}]',
    '(?i)\\p{Lu}',
  ],
  ...[
    '(?i)AB',
    '(?i)k',
    '(?i)[^k]',
    '(?i)\\w',
    '(?i)ſ',
    '(?i:a)b',
    '(?i-i)A',
    '(?U)a+',
    '(?U)a+?',
    'a{2}',
    'a{1,2}',
    'a{2,}?',
    'a{0}',
    'a{,2}',
    'a{',
    'a{1',
    '{',
    'x{0,0}a',
  ],
  ...[
    '\\Qa.b\\E',
    '\\Q*',
    '\\x61',
    '\\x{1F600}',
    '\\141',
    '\\07',
    '\\t',
    '\\.',
    '\\-',
    '\\/',
    '\\ ',
    '(a)|b',
    '((a)|(b))+',
    '(?:a|b)+',
    '(a)?(b)?',
    '😀',
    '.😀?',
    '[😀-😂]',
    'é',
  ],
  ...[
    '(',
    ')',
    '[',
    '[a',
    '*',
    'a**',
    'a{2}{3}',
    '+',
    '(?',
    '(?z)',
    '(?P<a',
    '(?P<a>x)(?P<a>y)',
    '\\',
    '\\1',
    '\\8',
    '\\C',
    '\\Z',
    '\\é',
    '\\_',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?>a)',
    'a{1001}',
  ],
  ...[
    '(a{10}){200}',
    'a{2,1}',
    '[b-a]',
    '[[:foo:]]',
    '[a-\\d]',
    '\\x{110000}',
    '\\xg',
    '(?i',
    '|a',
    'a||b',
    '()',
    '(?:)',
    '(^a|b$)',
    '[[=a=]]',
    '[\\b]',
    'a++',
    '(?-s).',
    '(?ms)^.*$',
  ],
];
const texts = ['', 'a', 'aab abc', 'baaac', 'abcd', 'A1 b2\n\tc_é', 'κK\u212aſs Σσς', '😀a😁b', 'a.b*c', '\n\n', 'x-y]z{1'];

function calls(...shapes: readonly ((pattern: string, text: string) => string)[]): readonly string[] {
  return shapes.flatMap((shape) =>
    patterns.flatMap((pattern) => texts.map((text) => shape(JSON.stringify(pattern), JSON.stringify(text)))),
  );
}

test('matches are those of RE2', async (t) => {
  const { opa, ours } = await answersOfBoth(calls((pattern, text) => `regex.find_n(${pattern}, ${text}, -1)`));
  t.deepEqual(ours, opa);
});

test('texts are replaced and split as by RE2', async (t) => {
  const { opa, ours } = await answersOfBoth(
    calls(
      (pattern, text) => `regex.replace(${text}, ${pattern}, "<$0|\${1}|$2|$first>")`,
      (pattern, text) => `regex.split(${pattern}, ${text})`,
    ),
  );
  t.deepEqual(ours, opa);
});

test('templates and limits are read as in OPA', async (t) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: templates of Go, not of JavaScript
  const templates = ['$', '$$1', '$1x', '${1}x', '${1', '$x', '${x}', '$01', '$9', '${}', '$é', '$$', '$-', '${x y}', '$xé', '$1$1'];
  const { opa, ours } = await answersOfBoth(
    [
      ...templates.map((template) => `regex.replace("abab", "(?P<x>a)(b)", ${JSON.stringify(template)})`),
      'regex.replace("ab", "(?P<x>a)|(?P<x>b)", "<$x>")',
      ...['0', '1', '2', '100', '-5', 'input.half', '1.0'].map((limit) => `regex.find_n("a", "aaa", ${limit})`),
      ...[
        'regex.replace(input.no, "a", "b")',
        'regex.replace("a", input.no, "b")',
        'regex.split("a", input.no)',
        'regex.find_n(input.no, "a", 1)',
      ],
    ],
    { half: 0.5, no: null },
  );
  t.deepEqual(ours, opa);
});

test('an expression that would backtrack for ever elsewhere is answered', (t) => {
  t.is(regexBuiltins['regex.replace']?.(`${'a'.repeat(20_000)}!`, '(a+)+$', 'x'), `${'a'.repeat(20_000)}!`);
});

test('what Go may know and is not supplied is refused aloud', (t) => {
  t.throws(() => regexBuiltins['regex.split']?.('\\p{Tibetan}', 'a'), { message: /\\p\{Tibetan\} is not supplied/ });
  t.throws(() => regexBuiltins['regex.split']?.('(?:[ab]{30}){33}'.repeat(50), 'a'), { message: /of that size is not supplied/ });
});
