// The `time` builtins give what `opa eval` gives, in UTC and in named zones, undefined included.
import test from 'ava';
import { timeBuiltins } from '../../../src/opa/builtins/time.ts';
import { answersOfBoth } from './against-opa.ts';

function calls(name: string, ...argumentLists: readonly (readonly string[])[]): readonly string[] {
  const rows = argumentLists.reduce<readonly (readonly string[])[]>(
    (rowsSoFar, values) => rowsSoFar.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  return rows.map((row) => `${name}(${row.join(', ')})`);
}

const nonsense = { half: 0.5, x: 'a', list: ['a'], no: null, empty: [], short: [0], zone: [0, 5], long: [0, 'UTC', '2006', 7] };
const moments = [
  '0',
  '1795428000123456789',
  '1709164800000000000',
  '1711846799999999999',
  '1711846800000000000',
  '1729990800000000000',
  '4102444800000000000',
];
const zones = [
  '',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'US/Eastern',
  'Pacific/Apia',
  'Etc/GMT+5',
  'Australia/Lord_Howe',
];
const wrongZones = ['europe/berlin', 'Nowhere/Land', '+01:00', 'EUROPE/BERLIN', '../etc/passwd'];
const zoned = moments.flatMap((ns) => [...zones, ...wrongZones].map((zone) => `[${ns}, "${zone}"]`));
const plain = [...moments, '-1', '-9223372036854775808', '9223372036854775807', '9223372036854775808', '1.5', '1e18', '1e30', '100.0'];
const odd = ['x', 'list', 'no', 'empty', 'short', 'zone', 'long'].map((name) => `input.${name}`);

test('date, clock and weekday', async (t) => {
  const whens = [...plain, ...odd, ...zoned];
  const { opa, ours } = await answersOfBoth(
    ['time.date', 'time.clock', 'time.weekday'].flatMap((name) => calls(name, whens)),
    nonsense,
  );
  t.deepEqual(ours, opa);
});

const layouts = [
  ...[
    '',
    'ANSIC',
    'UnixDate',
    'RubyDate',
    'RFC822',
    'RFC822Z',
    'RFC850',
    'RFC1123',
    'RFC1123Z',
    'RFC3339',
    'RFC3339Nano',
    'Kitchen',
    'toString',
  ],
  ...[
    '2006-01-02',
    '02/01/06 3:04:05.000 pm',
    'Jan _2 __2 002 1 2',
    'January Monday 03PM',
    '.000000 ,999 .9999999999999',
    '15h4m5s',
    'Z07 Z0700 Z070000 Z07:00:00',
  ],
  ...[
    '-07 -0700 -070000 -07:00 -07:00:00',
    '_2006 20060102150405',
    'Janet Mond Monday2 é06',
    '00 07 .0001 .99 12:34',
    'no time',
    '2 1 3 4 5 6',
  ],
];

test('format', async (t) => {
  const inUtc = layouts.flatMap((layout) => plain.slice(0, 9).map((ns) => `[${ns}, "UTC", ${JSON.stringify(layout)}]`));
  const numeric = layouts.filter((layout) => !/MST|UnixDate|RFC822$|RFC850|RFC1123$/.test(layout));
  const inZones = numeric.flatMap((layout) => zones.slice(2).map((zone) => `[1795428000120000000, "${zone}", ${JSON.stringify(layout)}]`));
  const { opa, ours } = await answersOfBoth(calls('time.format', [...plain, ...odd, ...zoned, ...inUtc, ...inZones]), nonsense);
  t.deepEqual(ours, opa);
});

const texts = [
  ...[
    '2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00.5+01:30',
    '2026-11-23T1:00:00Z',
    '2026-11-23T10:00:00,25Z',
    '2026-11-23T10:00:00+24:60',
    '2026-11-23T10:00:00+24:61',
  ],
  ...[
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2300-01-01T00:00:00Z',
    '1677-01-01T00:00:00Z',
    '2026-11-23t10:00:00z',
    '',
    ' 2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00Z ',
  ],
  ...[
    '2026-11-23',
    '26-11-23',
    '23 Nov 26 10:00 UTC',
    '23 Nov 26 10:00 CET',
    '23 Nov 26 10:00 GMT+3',
    '23 Nov 26 10:00 -0100',
    'Monday, 23-Nov-26 10:00:00 UTC',
  ],
  ...[
    'Mon Nov 23 10:00:00 2026',
    'Mon Nov  3 10:00:00 2026',
    'mon nov 23 10:00:00 2026',
    'Mon Nov 23 10:00:00 UTC 2026',
    'Mon, 23 Nov 2026 10:00:00 -0700',
  ],
  ...[
    '10:00PM',
    '12:00AM',
    '10:00pm',
    '327 2026',
    '060 2024',
    '366 2024',
    '366 2026',
    '10:00:00.123',
    '10:00:00.1234567890123',
    '69',
    '+5',
    '2026-13-01',
    '2026-00-01',
  ],
];
const parsedLayouts = [
  ...layouts.slice(0, 12),
  '2006-01-02',
  '06-01-02',
  '3:04PM',
  '3:04pm',
  '002 2006',
  '__2 2006',
  '15:04:05.000',
  '15:04:05.999',
  '15:04:05',
  '06',
  '2 Jan 2006',
];

test('parse_ns', async (t) => {
  const { opa, ours } = await answersOfBoth(
    calls(
      'time.parse_ns',
      [...parsedLayouts.map((layout) => JSON.stringify(layout)), 'input.no'],
      [...texts.map((text) => JSON.stringify(text)), 'input.no'],
    ),
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('parse_rfc3339_ns and parse_duration_ns', async (t) => {
  const durations = [
    ...[
      '1h30m',
      '1.5h',
      '-20ms',
      '2d',
      '1d2h30m',
      '1.1d',
      '0.1w',
      '1y',
      '-1y',
      '+1h',
      '0',
      '-0',
      '',
      '1',
      'h',
      '1h-1m',
      '.5s',
      '5.s',
      '.s',
      '1.2.3h',
      '1.2.3d',
      '300y',
    ],
    ...[
      '0.3333333333333333333h',
      '0.9999999999999999999999h',
      '9223372036854775807ns',
      '-9223372036854775808ns',
      '9223372036854775808ns',
      '0.00000001d',
      '1µs',
      '1μs',
      '1μs1d',
    ],
    ...['00000000000000000000000001h', '106751d', '106752d', '1H', '1 h', '9999999999999999999999y'],
  ].map((text) => JSON.stringify(text));
  const { opa, ours } = await answersOfBoth(
    [
      ...calls(
        'time.parse_rfc3339_ns',
        texts.map((text) => JSON.stringify(text)),
      ),
      ...calls('time.parse_duration_ns', [...durations, 'input.no']),
    ],
    nonsense,
  );
  t.deepEqual(ours, opa);
});

test('add_date', async (t) => {
  const whens = [
    ...moments,
    ...moments.slice(1, -1).flatMap((ns) => zones.slice(2, 6).map((zone) => `object.get(input, "none", [${ns}, "${zone}"])`)),
    'input.x',
  ];
  const steps = [
    '0, 0, 0',
    '1, 0, 0',
    '0, 1, 31',
    '0, -11, -45',
    '0, 0, 1',
    '300, 0, 0',
    '-400, 0, 0',
    '1.0, 2.0, 3',
    'input.half, 0, 0',
    '0, 13, 0',
  ];
  const { opa, ours } = await answersOfBoth(calls('time.add_date', whens, steps), nonsense);
  t.deepEqual(ours, opa);
});

test('diff', async (t) => {
  const whens = [...moments, '[1709164800000000000, "Europe/Berlin"]', '[1729990800000000000, "America/New_York"]', 'input.x'];
  const { opa, ours } = await answersOfBoth(calls('time.diff', whens, whens), nonsense);
  t.deepEqual(ours, opa);
});

test('what depends on the machine, or on letters of zones, is refused aloud', (t) => {
  t.throws(() => timeBuiltins['time.date']?.([0, 'Local']), { message: /depends on where a rule runs/ });
  t.throws(() => timeBuiltins['time.format']?.([0, 'Europe/Berlin', 'RFC822']), { message: /write -0700 in the layout/ });
  t.throws(() => timeBuiltins['time.date']?.([-1, 'Europe/Berlin']), { message: /before 1970/ });
});

test('years that overflow an int64 are undefined, where OPA counts on from the other end', (t) => {
  t.is(timeBuiltins['time.add_date']?.(0, 9223372036854775807n, 0, 0), undefined);
});
