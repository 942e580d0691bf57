// `sprintf` as OPA formats, for each verb, flag, width, precision and kind of value.
import test from 'ava';
import { sprintf } from '../../../src/opa/builtins/sprintf.ts';
import { answersOfBoth } from './against-opa.ts';

const integers = ['0', '7', '-7', '255', '1234567890123', '-9223372036854775808', '12345678901234567890', '-123456789012345678901'];
const floats = ['0.0', '100.0', '7.9', '-2.5', '0.1', '1e21', '1e-7', '123456789.125', '0.00001234', '5e-324', '1.7976931348623157e308'];
const texts = ['""', '"a"', '"héllo 😀"', '"tab\\tnew\\nquote\\" back\\\\"', '"`"', '"\\u0001\\u007f\\u00ad\\ufeff"'];
const others = [
  'true',
  'null',
  '[1, "a", null]',
  '{"b": {1, 3, 2}, "a": set()}',
  '{1: "x", "y": [2.0]}',
  '{{"a"}, "b", 1, null}',
  '{}',
  '[]',
];
const verbs = [...'vdsqxXobOeEfFgGtTcU', 'z'].map((verb) => `%${verb}`);
const flagged = [
  '%5d',
  '%-5d|',
  '%05d',
  '%+d',
  '% d',
  '%x',
  '%#x',
  '%#08x',
  '%#o',
  '%#b',
  '%.3d',
  '%8.3d',
  '%-8.3d|',
  '%+05d',
  '% 05d',
  '%.0d',
  '%#X',
  '%#U',
  '%+q',
  '%#q',
  '%10c',
  '%08o',
  '%#O',
];
const ofFloats = [
  '%.0f',
  '%.2f',
  '%8.2f',
  '%-8.2f|',
  '%08.2f',
  '%+.1e',
  '% .3g',
  '%#g',
  '%#.3g',
  '%#v',
  '%+v',
  '%.10g',
  '%.0e',
  '%G',
  '%.3x',
  '%#x',
  '%#.0f',
  '%+08.1f',
  '%.25f',
  '%.30g',
  '%.0g',
  '%#.3x',
];
const ofTexts = [
  '%5s|',
  '%-5s|',
  '%05s',
  '%.2s',
  '%.1q',
  '%10q',
  '%#q',
  '%+q',
  '% x',
  '%# x',
  '%#x',
  '%.2x',
  '%#v',
  '%.0s',
  '% X',
  '%5.1s|',
];

function calls(formats: readonly string[], values: readonly string[]): readonly string[] {
  return formats.flatMap((format) => values.map((value) => `sprintf(${JSON.stringify(format)}, [${value}])`));
}

const odd = [
  ['%', '[]'],
  ['%d', '[]'],
  ['%d %s', '[1]'],
  ['%d', '[1, 2, "x", 1.5, 123456789012345678901]'],
  ['no verb', '[1]'],
  ['100%', '[]'],
  ['%%|%5%|%-5%', '[]'],
  ['%!', '[1]'],
  ['%[1]d %[1]v %[2]q', '[5, "x"]'],
  ['%[2]d %[1]d', '[1, 2]'],
  ['%[3]d', '[1]'],
  ['%[0]d', '[1]'],
  ['%[x]d', '[1]'],
  ['%[1d', '[1]'],
  ['%[', '[1]'],
  ['%[]d', '[1]'],
  ['%[1]', '[1]'],
  ['%*d', '[5, 42]'],
  ['%-*d|', '[5, 42]'],
  ['%*d|', '[-5, 42]'],
  ['%0*d|', '[-5, 42]'],
  ['%.*f', '[2, 3.14159]'],
  ['%.*f', '[-2, 3.14159]'],
  ['%*d', '["x", 42]'],
  ['%*d', '[1.5, 42]'],
  ['%*d', '[10000000, 42]'],
  ['%[2]*[1]d', '[12, 6]'],
  ['%[3]*.[2]*[1]f', '[12.0, 2, 6]'],
  ['%6.2f', '[12.0]'],
  ['%[1]6d', '[12]'],
  ['%[1].2f', '[12.0]'],
  ['%.[1]f', '[12.0]'],
  ['%.', '[1]'],
  ['%.d', '[0]'],
  ['%-', '[1]'],
  ['%99999999999d|', '[1]'],
  ['%é', '[1]'],
  ['%w', '["a"]'],
  ['%p', '[1]'],
  ['%😀|', '["a"]'],
  ['%5t|%v', '[true, false]'],
  ['é%sé😀%d', '["ü", 1]'],
  ['%T %T %T %T %T', '[1, 1.5, "a", [], 123456789012345678901]'],
  ['%10T|%.2T', '[1, 1]'],
  ['%s', '[[{"a": "ü\\n"}, {1, 2}]]'],
  ['%c%c%c', '[65, 128512, 55296]'],
  ['%#+ -05d|', '[3]'],
  ['%+ d', '[3]'],
  ['%v %v', '[1e400, 1.0]'],
].map(([format, values]) => `sprintf(${JSON.stringify(format)}, ${values})`);

test('every verb prints every kind of value as OPA does', async (t) => {
  const { opa, ours } = await answersOfBoth(calls(verbs, [...integers.slice(0, 6), ...floats, ...texts, ...others]));
  t.deepEqual(ours, opa);
});

test('flags, widths and precisions of numbers and texts are those of OPA', async (t) => {
  const { opa, ours } = await answersOfBoth([...calls(flagged, integers), ...calls(ofFloats, floats), ...calls(ofTexts, texts)]);
  t.deepEqual(ours, opa);
});

test('numbers beyond 64 bits are printed by their own rules', async (t) => {
  const formats = [
    '%d',
    '%v',
    '%s',
    '%x',
    '%X',
    '%o',
    '%b',
    '%O',
    '%#x',
    '%#o',
    '%+d',
    '% d',
    '%30d',
    '%-30d|',
    '%030d',
    '%.30d',
    '%T',
    '%c',
    '%q',
    '%e',
    '%#v',
    '%+v',
  ];
  const { opa, ours } = await answersOfBoth(calls(formats, integers.slice(6)));
  t.deepEqual(ours, opa);
});

test('mistakes in a format are told in the text, as OPA does', async (t) => {
  const { opa, ours } = await answersOfBoth(odd);
  t.deepEqual(ours, opa);
});

test('a text that would not fit into memory is not made', (t) => {
  t.throws(
    () =>
      sprintf(
        '%1000000d'.repeat(1000),
        Array.from({ length: 1000 }, () => 1),
      ),
    { message: /would not fit into memory/ },
  );
});

test('many brackets that nobody closes take no longer than their number', (t) => {
  t.is(sprintf('%['.repeat(200_000), [])?.length, 200_000);
});
