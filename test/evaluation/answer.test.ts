// Answers of rules: what is exactly an answer is read, everything else decides nothing.
import test from 'ava';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import { answer, answeredJson, failedAnswer } from '../builders/answer.ts';
import { now } from '../builders/fact.ts';

const seen = now.toISOString();
const malformed = (message: string) => ({ violations: [], undecided: [{ reason: 'MalformedAnswer', message }] });
const none = { image: '', issue: '', license: '', component: '', severity: '' };

test('an answer without elements is a pass', (t) => {
  t.deepEqual(parseAnswer(answer(), now), { violations: [], undecided: [] });
});

test('a rule need not have `undecided`', (t) => {
  t.deepEqual(parseAnswer(answeredJson(JSON.stringify([{ result: { seen, violation: [] } }])), now), { violations: [], undecided: [] });
});

test('a violation is read with its details, absent ones are empty, and more are left out', (t) => {
  const full = { msg: 'm', image: 'api:1', issue: 'XRAY-1', license: 'MIT', component: 'npm://moment', severity: 'high' };
  t.deepEqual(
    parseAnswer(
      answer({
        violation: [
          { ...full, hint: 'update', count: 3 },
          { msg: 'n', issue: null, severity: 7 },
        ],
      }),
      now,
    ),
    {
      violations: [
        { message: 'm', image: 'api:1', issue: 'XRAY-1', license: 'MIT', component: 'npm://moment', severity: 'high' },
        { message: 'n', ...none },
      ],
      undecided: [],
    },
  );
});

test('a bare text is a violation with this message', (t) => {
  t.deepEqual(parseAnswer(answer({ violation: ['too old'] }), now).violations, [{ message: 'too old', ...none }]);
});

test('a reason to be undecided is a text, bare or as `msg`', (t) => {
  t.deepEqual(parseAnswer(answer({ undecided: ['cannot tell', { msg: 'nor here' }] }), now).undecided, [
    { reason: 'RuleUndecided', message: 'cannot tell' },
    { reason: 'RuleUndecided', message: 'nor here' },
  ]);
});

const noAnswer = 'the rule gave no answer';
const notRead = 'the answer of the rule was given without reading the input';
const notSet = '`violation` of the rule is not a set';
const row = (result: unknown) => JSON.stringify([{ result }]);

/** What is wrong, the text of the answer, what is said. */
const wrongAnswers: readonly (readonly [string, string, string])[] = [
  ['is empty', '', noAnswer],
  ['is no JSON', '{', noAnswer],
  ['is cut off', row({ seen, violation: [] }).slice(0, -1), noAnswer],
  ['has no rows', '[]', noAnswer],
  ['has two rows', JSON.stringify([{ result: { seen, violation: [] } }, { result: { seen, violation: ['x'] } }]), noAnswer],
  ['is no list of rows', JSON.stringify({ result: { seen, violation: [] } }), noAnswer],
  ['has a row that is nothing', '[null]', noAnswer],
  ['has a row without a result', '[{}]', noAnswer],
  ['has a result that is nothing', row(null), noAnswer],
  ['has a result that is a list', row([seen]), noAnswer],
  ['has a result that is a set of violations', row(['x']), noAnswer],
  ['is true', row(true), noAnswer],
  ['does not carry back the moment', row({ violation: [] }), notRead],
  ['carries back another moment', row({ seen: '2026-11-23T09:59:59.999Z', violation: [] }), notRead],
  ['carries back the moment in other words', row({ seen: '2026-11-23T10:00:00Z', violation: [] }), notRead],
  ['carries back an empty text', row({ seen: '', violation: [] }), notRead],
  ['has no `violation`', row({ seen }), notSet],
  ['has `violation` as null', row({ seen, violation: null }), notSet],
  ['has `violation` as a flag', row({ seen, violation: false }), notSet],
  ['has `violation` as an object', row({ seen, violation: {} }), notSet],
  ['has `violation` as a text', row({ seen, violation: '' }), notSet],
  ['has `undecided` as an object', row({ seen, violation: [], undecided: {} }), '`undecided` of the rule is not a set'],
  ['has `undecided` as null', row({ seen, violation: [], undecided: null }), '`undecided` of the rule is not a set'],
];

for (const [what, json, message] of wrongAnswers) {
  test(`an answer that ${what} is undecided, never a pass`, (t) => {
    t.deepEqual(parseAnswer(answeredJson(json), now), malformed(message));
  });
}

const noText = 'an element of `violation` has no text in `msg`';
const noImage = '`image` of a violation is neither a reference nor a digest';
const noReason = 'an element of `undecided` is not a text';

/** What is wrong, the element of `violation`, what is said. */
const wrongElements: readonly (readonly [string, unknown, string])[] = [
  ['null', null, noText],
  ['a number', 1, noText],
  ['a list', ['x'], noText],
  ['an empty text', '', noText],
  ['an object without msg', { image: 'api:1' }, noText],
  ['an object with an empty msg', { msg: '' }, noText],
  ['an object whose msg is no text', { msg: { text: 'x' } }, noText],
  ['an object whose image is a list', { msg: 'x', image: ['api:1'] }, noImage],
  ['an object whose image is an object', { msg: 'x', image: { ref: 'api:1' } }, noImage],
  ['an object whose image is null', { msg: 'x', image: null }, noImage],
  ['an object whose image is empty', { msg: 'x', image: '' }, noImage],
  ['an object whose image is false', { msg: 'x', image: false }, noImage],
];

for (const [what, element, message] of wrongElements) {
  test(`a violation that is ${what} is undecided and takes no other with it`, (t) => {
    t.deepEqual(parseAnswer(answer({ violation: [element] }), now), malformed(message));
    const { violations, undecided } = parseAnswer(answer({ violation: [element, 'sound'] }), now);
    t.deepEqual([violations, undecided], [[{ message: 'sound', ...none }], malformed(message).undecided]);
  });
}

test('a reason that is no text is one all the same', (t) => {
  for (const reason of [null, 1, '', [], {}, { msg: '' }, { msg: 1 }]) {
    t.deepEqual(parseAnswer(answer({ undecided: [reason] }), now), malformed(noReason), JSON.stringify(reason));
  }
});

test('a rule that was ended is undecided, with the reason', (t) => {
  t.deepEqual(parseAnswer(failedAnswer({ reason: 'MemoryExceeded', message: 'needs more than 64 MiB' }), now), {
    violations: [],
    undecided: [{ reason: 'MemoryExceeded', message: 'needs more than 64 MiB' }],
  });
});

test('details are cut, and an image that no image can be called is no image', (t) => {
  const long = 'x'.repeat(9000);
  const { violations, undecided } = parseAnswer(
    answer({
      violation: [
        { msg: 'm', issue: long },
        { msg: 'n', image: long },
      ],
    }),
    now,
  );
  t.deepEqual(
    violations.map(({ message, issue }) => [message, issue.length]),
    [['m', 2048]],
  );
  t.deepEqual(undecided, [{ reason: 'MalformedAnswer', message: '`image` of a violation is longer than 8192 characters' }]);
});
