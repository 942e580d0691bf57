// What is shown of the words with which a server refuses a call.

import test from 'ava';
import { errorText } from '../../src/xray/error-text.ts';

const forms: readonly (readonly [string, string, string])[] = [
  ['a list of errors', '{"errors":[{"status":500,"message":"no database"},{"message":"second"}]}', 'no database'],
  ['an error', '{"error":"report is gone"}', 'report is gone'],
  ['a message', '{"message":"try later"}', 'try later'],
  ['plain text', '404 page not found\nnginx', '404 page not found'],
  ['a list that is empty beside an error', '{"errors":[],"error":"report is gone"}', 'report is gone'],
  ['an error that is no text beside a message', '{"error":{"code":7},"message":"try later"}', 'try later'],
  ['errors that are texts', '{"errors":["no database"]}', 'no database'],
  ['a JSON text', '"no database"', 'no database'],
  ['nothing', '', ''],
  ['a page', '<html><body>502 Bad Gateway</body></html>', ''],
  ['JSON that says nothing', '{"status":500}', ''],
  ['JSON that was cut', '{"error":"repo', ''],
  ['a list', '[1]', ''],
  ['null', 'null', 'null'],
];

for (const [name, body, expected] of forms) {
  test(`${name}: ${expected}`, (t) => t.is(errorText(body, []), expected));
}

test('it is one line of bounded length, without what moves a cursor', (t) => {
  t.is(errorText('{"message":"a\\nb\\tc\\u001b[31md\\u202ee"}', []), 'a');
  t.is(errorText('{"message":"b\\tc\\u001b[31md\\u202ee\\ud800"}', []), 'b c [31md e\ufffd');
  t.is(errorText('word '.repeat(1000), []).length, 160);
});

test('what was sent as credentials, tokens and ids are left out', (t) => {
  t.is(errorText('{"error":"password hunter2 of kubexray is wrong"}', ['hunter2', '']), 'password … of kubexray is wrong');
  t.is(errorText(`{"error":"token ${'eyJhbGciOiJSUzI1NiIs'.repeat(3)}.${'c2VjcmV0'.repeat(5)} expired"}`, []), 'token ….… expired');
  t.is(errorText('{"error":"trace 3f2a9c1b-77aa-4d10-9b1e-0c5d6e7f8a9b"}', []), 'trace …');
});
