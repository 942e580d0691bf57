// The builtins of the host beside sprintf: each table of calls gives what `opa eval` gives, undefined included.
import test from 'ava';
import { answersOfBoth } from './against-opa.ts';

function calls(name: string, ...argumentLists: readonly (readonly string[])[]): readonly string[] {
  const rows = argumentLists.reduce<readonly (readonly string[])[]>(
    (rowsSoFar, values) => rowsSoFar.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  return rows.map((row) => `${name}(${row.join(', ')})`);
}

function quoted(...texts: readonly string[]): readonly string[] {
  return texts.map((text) => JSON.stringify(text));
}

const nonsense = { x: 5, s: 'a', list: [1, 'a'], deep: { a: [{}] }, no: null };

const versions = quoted(
  ...['1.2.3', 'v1.2.3', '1.2.3-alpha', '1.2.3-alpha.1', '1.2.3-alpha.beta', '1.2.3-1', '1.2.3-2', '1.2.3-10', '1.2.3+build', '1.2.4'],
  ...['2.0.0', '0.0.0', '9223372036854775807.0.0', '9223372036854775808.0.0', '1.2', '1.2.3.4', '01.2.3', '1.2.3-01', '1.2.3-', '1.2.3+'],
  ...['', 'v', 'vv1.2.3', '1.2.x', '1.2.3-a..b', '1.2.3-é', '1.2.3-99999999999999999998', '-1.2.3', '1.2.3-a-b', '1.2.3-A'],
);

test('semantic versions', async (t) => {
  const expressions = [
    ...calls('semver.is_valid', [...versions, 'input.x', 'input.no', '[]']),
    ...calls('semver.compare', versions, versions),
    ...calls('semver.compare', ['input.x'], versions.slice(0, 1)),
  ];
  const { opa, ours } = await answersOfBoth(expressions, nonsense);
  t.deepEqual(ours, opa);
});

test('prefixes and suffixes', async (t) => {
  const searched = ['"abc"', '""', '["abc", "xyz"]', '{"abc", "a😀"}', '[]', 'set()', 'input.x', 'input.list', 'input.deep'];
  const affixes = ['"a"', '"c"', '""', '["b", "ab", "yz"]', '{"z", "😀", "abcd"}', '[]', 'input.x', 'input.list', '["abc", "q"]'];
  const { opa, ours } = await answersOfBoth(
    [...calls('strings.any_prefix_match', searched, affixes), ...calls('strings.any_suffix_match', searched, affixes)],
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('counts, places and parts of texts', async (t) => {
  const texts = [...quoted('', 'aaaa', 'a,b,,c', 'é😀é😀', 'abcabc', '\u0000\n'), 'input.x', 'input.no'];
  const searched = [...quoted('', 'a', 'aa', ',', '😀', 'é😀', 'zz'), 'input.x'];
  const { opa, ours } = await answersOfBoth(
    [
      ...calls('strings.count', texts, searched),
      ...calls('indexof_n', texts, searched),
      ...calls('strings.split_n', texts, searched, ['0', '1', '2', '100', '-1', '-2', '-100', '1.0', '1.5', '1e30']),
    ],
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('encodings', async (t) => {
  const texts = [...quoted('', 'a', "Az09-_.~ !'()*+%&=;/?", 'é😀', '\n\u0000', '6869', '686', 'zz', 'C3A9', '%41%2B+%c3%a9'), 'input.x'];
  const more = quoted('%', '%4', '%zz', 'a=1&b=2&a=3', 'a', '=', '&&', 'a;b=1', 'a=%zz', 'b=%20+&a==', '__proto__=1');
  const objects = ['{"a": "b c", "é": ["1", "2"]}', '{"b": {"y", "x"}, "a": []}', '{}', '{"a": input.x}', 'input.x', 'input.deep'];
  const { opa, ours } = await answersOfBoth(
    [
      ...['hex.encode', 'hex.decode', 'base64url.encode_no_pad', 'urlquery.encode', 'urlquery.decode', 'urlquery.decode_object'].flatMap(
        (name) => calls(name, [...texts, ...more]),
      ),
      ...calls('urlquery.encode_object', objects),
      ...['md5', 'sha1', 'sha256'].flatMap((name) => calls(`crypto.${name}`, texts)),
      ...['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) => calls(`crypto.hmac.${name}`, texts.slice(0, 4), texts)),
      ...calls('crypto.hmac.equal', texts.slice(0, 3), texts),
    ],
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('subsets', async (t) => {
  const values = [
    ...['{}', '{"a": 1}', '{"a": 1.0, "b": 2}', '{"a": {"b": {1, 2}}}', '{"a": {"b": {1, 2, 3}, "c": [1]}}', '{"a": [1, 2, 3]}'],
    ...[
      '{"a": [2, 3]}',
      '{1: "x"}',
      '{1: "x", "a": 1}',
      'set()',
      '{1}',
      '{1, 2, [3]}',
      '{[3]}',
      '[]',
      '[1]',
      '[1, 1]',
      '[1, 2]',
      '[1, 2, 1, 2, 3]',
    ],
    ...[
      '[1, 2, 3]',
      '[2, 1]',
      '{1, 2}',
      '{"a"}',
      '["a", {"b": 1}]',
      '[{"b": 1}]',
      'input.x',
      'input.s',
      'input.no',
      'input.deep',
      'input.list',
    ],
  ];
  const { opa, ours } = await answersOfBoth(calls('object.subset', values, values), nonsense);
  t.deepEqual(ours, opa);
});

test('amounts with units', async (t) => {
  const numbers = [
    '',
    '1',
    '10',
    '1.5',
    '.5',
    '5.',
    '-3',
    '+3',
    '1e3',
    '1E-2',
    '1e',
    '0.1',
    '123456789012345678901',
    '--1',
    '1.1.1',
    '0x10',
    '1_0',
    '007',
  ];
  const suffixes = [
    '',
    'k',
    'K',
    'm',
    'M',
    'mi',
    'Mi',
    'MI',
    'mI',
    'G',
    'gi',
    'kb',
    'KB',
    'KiB',
    'mib',
    'T',
    'Pi',
    'e',
    'E',
    'Ei',
    'eib',
    'x',
    ' M',
    'b',
    'i',
    'é',
    '"G',
  ];
  const texts = quoted(
    ...numbers.flatMap((number) => suffixes.map((suffix) => number + suffix)),
    '1e9999999',
    '1 ',
    '0.0001m',
    '-0.00000000005',
  );
  const { opa, ours } = await answersOfBoth(
    [...calls('units.parse', [...texts, 'input.x']), ...calls('units.parse_bytes', [...texts, 'input.x'])],
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('ranges with a step', async (t) => {
  const numbers = ['0', '5', '-5', '5.0', '5.5', '10', '123456789012345678901', '123456789012345678905'];
  const { opa, ours } = await answersOfBoth(
    [
      ...calls('numbers.range_step', numbers.slice(0, 6), numbers.slice(0, 6), ['1', '2', '3.0', '0', '-1', '1.5', '1e1', '100']),
      ...calls('numbers.range_step', numbers.slice(6), numbers.slice(6), ['1', '3']),
      'numbers.range_step(input.s, 1, 1)',
    ],
    nonsense,
  );
  t.deepEqual(ours, opa);
});
