// The bytes of a content: shared, well-formed, and the same object while nothing changes.
import test from 'ava';
import { scanJson } from '../../src/facts/scan-json.ts';
import { wellFormedJson } from '../../src/facts/well-formed-json.ts';
import { content, issue } from '../builders/fact.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('the bytes are the members of the content in shared memory', (t) => {
  const { bytes } = scanJson(content());
  t.is(textOf(bytes), '"issues":[],"licenses":[],"operationalRisks":[]');
  t.true(bytes.buffer instanceof SharedArrayBuffer);
});

test('equal content keeps its bytes, other content has others', (t) => {
  const known = scanJson(content({ issues: [issue()] }));
  t.is(scanJson(content({ issues: [issue()] }), known), known);
  const other = scanJson(content({ issues: [issue({ id: 'XRAY-2' })] }), known);
  t.not(other.sha256, known.sha256);
  t.notDeepEqual(other.bytes, known.bytes);
  t.is(scanJson(content()).sha256, scanJson(content()).sha256);
});

test('half a surrogate pair becomes U+FFFD in the bytes, a pair stays', (t) => {
  const { bytes } = scanJson(content({ issues: [issue({ id: 'a\ud800b', cves: ['\ud83d\ude00', '\\ud800'] })] }));
  t.like(JSON.parse(`{${textOf(bytes)}}`), { issues: [{ id: 'a\ufffdb', cves: ['\ud83d\ude00', '\\ud800'] }] });
});

test('halves are taken out of JSON text however they are written', (t) => {
  t.is(wellFormedJson('"\\ud800 \\uDC00 \\ud83d\\ude00 \\\\ud800 \ud800"'), '"\\ufffd \\ufffd \\ud83d\\ude00 \\\\ud800 \ufffd"');
  t.is(wellFormedJson('"plain"'), '"plain"');
});
