// Watches in recordings: asked once and whole, written by digest, read back, and unknown where nobody can tell which image they are about.
import test from 'ava';
import type { Fact } from '../../src/facts/fact.ts';
import { joinWatches, type WatchFact, watchRows } from '../../src/facts/watch-fact.ts';
import type { WatchRow, WatchSource } from '../../src/facts/watch-source.ts';
import { askWatches } from '../../src/recording/ask-watches.ts';
import { askMissingWatches, joinableWatches } from '../../src/recording/complete-watches.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { factsAbout, readImageFacts, watchesAbout } from '../../src/recording/facts-file.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { type RecordedContent, recordingOf } from '../../src/recording/recorded.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { container, digestOf, pod } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';

const a = digestOf('a');
const b = digestOf('b');
const asking = { now, askedAt: new Date('2026-11-30T00:00:00Z'), signal: new AbortController().signal, progress: () => undefined };

function known(...rows: readonly WatchRow[]): Extract<WatchFact, { state: 'known' }> {
  const byKey = new Map(rows.map((row) => [row.key, { row, seenAt: now }]));
  return { state: 'known', checkedAt: now, knownSince: now, stale: false, reason: '', rows: watchRows(byKey) };
}

/** Answers about `prod`, and knows no other watch; keeps the windows. */
function source(...rows: readonly WatchRow[]) {
  const asked: unknown[] = [];
  const violations: WatchSource = {
    rows: async (watch, { from, until }) => {
      asked.push([watch, from, until.toISOString()]);
      return watch === 'prod' ? { kind: 'complete', rows } : { kind: 'unavailable', reason: `Xray knows no watch ${watch}` };
    },
  };
  return { violations, asked };
}

function issues(fact: Fact, watch: WatchFact | undefined): readonly string[] {
  return watch === undefined ? [] : joinWatches(fact, [watch]).violations.map(({ issue }) => issue);
}

function factsOf(...facts: readonly Fact[]): ReadonlyMap<string, Fact> {
  return new Map(facts.map((fact) => [fact.digest, fact]));
}

function recorded(given: Partial<RecordedContent> = {}): RecordedContent {
  return { takenAt: now, objects: [], policies: [], facts: new Map(), ...given };
}

function read(text: string): RecordedContent {
  const [document] = parseDocuments('cluster.json', text);
  if (document === undefined) throw new Error('no document');
  return readSnapshot(document);
}

test('each watch is asked once, from its beginning until after the clock of today, and what fails is a reason', async (t) => {
  const { violations, asked } = source(watchRow({ key: '1' }));
  const watches = await askWatches({ violations, watches: ['prod', 'gone', 'prod'], ...asking });
  t.deepEqual(asked, [
    ['gone', null, '2026-12-01T00:00:00.000Z'],
    ['prod', null, '2026-12-01T00:00:00.000Z'],
  ]);
  t.deepEqual(watches.get('gone'), { state: 'unavailable', reason: 'Xray knows no watch gone' });
  t.like(watches.get('prod'), { state: 'known', checkedAt: now, stale: false });
  // Xray's clock is ahead of ours: what came before the question counts all the same.
  const ahead = await askWatches({
    violations: source(watchRow({ key: '1', createdAt: new Date('2026-11-23T10:00:09Z') })).violations,
    watches: ['prod'],
    ...asking,
  });
  t.deepEqual(issues(scanned({ digest: a, checkedAt: now, paths: ['docker-local/shop/api/1.4'] }), ahead.get('prod')), ['XRAY-100']);
});

test('a source that throws leaves a watch unavailable, and nobody waits for one once it is over', async (t) => {
  const rows: WatchSource['rows'] = async () => {
    throw new Error('socket hang up');
  };
  const watches = await askWatches({ violations: { rows }, watches: ['prod'], ...asking });
  t.deepEqual(watches.get('prod'), { state: 'unavailable', reason: 'socket hang up' });
  await t.throwsAsync(askWatches({ violations: { rows }, watches: ['prod'], ...asking, signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
});

test('a snapshot holds by digest what watches say of its images, and no place', (t) => {
  const facts = factsOf(
    scanned({ digest: a, checkedAt: now, paths: ['docker-local/shop/api/1.4'] }),
    scanned({ digest: b, checkedAt: now, paths: ['docker-local/shop/web/1'] }),
  );
  const watches = new Map<string, WatchFact>([
    ['prod', known(watchRow({ key: '1' }), watchRow({ key: '2', paths: ['elsewhere/1'] }))],
    ['gone', { state: 'unavailable', reason: 'Xray knows no watch gone' }],
    ['calm', { ...known(), checkedAt: new Date('2026-11-23T09:00:00Z'), stale: true, reason: 'Xray answered 503' }],
  ]);
  const { text } = snapshotText(recorded({ facts, watches }));
  t.is(
    text.slice(text.indexOf('"watches"')),
    `"watches": [
{"name":"calm","state":"known","checkedAt":"2026-11-23T09:00:00.000Z","stale":true,"reason":"Xray answered 503"},
{"name":"gone","state":"unavailable","reason":"Xray knows no watch gone"},
{"name":"prod","state":"known","images":[
  {"digest":"${a}","violations":[{"type":"security","severity":"high","policy":"no-high","rule":"high","issue":"XRAY-100"}]}]}
]
}
`,
  );
  t.false(text.includes('docker-local'));
});

test('what a snapshot says of watches is what the cluster said, written again it is the same text', (t) => {
  const live = [
    scanned({ digest: a, checkedAt: now, paths: ['docker-local/shop/api/1.4'] }),
    scanned({ digest: b, checkedAt: now, paths: ['docker-local/shop/web/1'] }),
    unscanned({ digest: digestOf('c') }),
    unavailable({ digest: digestOf('d') }),
  ];
  const watches = new Map<string, WatchFact>([
    ['prod', known(watchRow({ key: '1' }), watchRow({ key: '2', paths: [], digests: [digestOf('c')] }))],
    ['gone', { state: 'unavailable', reason: 'Xray knows no watch gone' }],
  ]);
  const { text } = snapshotText(recorded({ facts: factsOf(...live), watches }));
  const after = read(text);
  t.is(snapshotText(after).text, text);
  const recording = recordingOf(after);
  for (const fact of live) {
    const [before, then] = [
      joinWatches(fact, [...watches.values()]),
      joinWatches(recording.factOf(fact.digest), [recording.watchOf('prod')]),
    ];
    t.deepEqual(then, before, fact.state);
  }
  t.deepEqual(recording.watchOf('gone'), { state: 'unavailable', reason: 'Xray knows no watch gone' });
});

test('a watch that was not recorded is unavailable, and a snapshot of none says nothing of any', (t) => {
  const { text } = snapshotText(recorded());
  t.false(text.includes('watches'));
  t.deepEqual(recordingOf(read(text)).watchOf('prod'), { state: 'unavailable', reason: 'nothing was recorded about the watch prod' });
});

const refused = [
  [
    'a watch that stands twice',
    { name: 'prod', state: 'known' },
    { name: 'prod', state: 'known' },
    'watches[1].name prod is that of an earlier entry',
  ],
  ['a state that is none', { name: 'prod', state: 'scanned' }, undefined, 'watches[0].state must be one of known, unavailable'],
  [
    'a violation that lost its severity',
    { name: 'prod', state: 'known', images: [{ digest: a, violations: [{ type: 'security', policy: '', rule: '', issue: 'X' }] }] },
    undefined,
    'watches[0].images[0].violations[0].severity is missing',
  ],
] as const;
for (const [what, first, second, message] of refused) {
  test(`a snapshot is refused, with the path: ${what}`, (t) => {
    const head = { apiVersion: 'kubexray.io/v1', kind: 'Snapshot', takenAt: '2026-11-23T10:00:00Z', objects: [], policies: [], facts: [] };
    const text = JSON.stringify({ ...head, watches: second === undefined ? [first] : [first, second] });
    t.is(t.throws(() => read(text)).message, `read cluster.json: ${message}`);
  });
}

test('Xray is asked only for watches of which files do not say everything', async (t) => {
  const { violations, asked } = source();
  const missing = { violations, recorded: new Map([['prod', known()]]), ...asking };
  await askMissingWatches({ ...missing, named: new Set(['prod']), isAllRecorded: true });
  t.deepEqual(asked, []);
  await askMissingWatches({ ...missing, named: new Set(['prod', 'other']), isAllRecorded: true });
  await askMissingWatches({ ...missing, named: new Set(['prod']), isAllRecorded: false });
  t.deepEqual(
    asked.map((one) => [one].flat()[0]),
    ['other', 'prod'],
  );
  t.deepEqual([...(await askMissingWatches({ ...missing, violations: undefined, named: new Set(['other']), isAllRecorded: false }))], []);
});

test('a watch that was asked for now is not known where facts of a file do not say where their images lie', (t) => {
  const asked = new Map([['prod', known(watchRow({ key: '1' }))]]);
  const placed = scanned({ digest: a, checkedAt: now, paths: ['docker-local/shop/api/1.4'] });
  const none = new Map();
  t.is(joinableWatches({ recorded: none, asked, facts: factsOf(placed), askedFacts: factsOf(placed) }).get('prod')?.state, 'known');
  t.deepEqual(
    joinableWatches({ recorded: none, asked, facts: factsOf(placed, scanned({ digest: b })), askedFacts: factsOf(placed) }).get('prod'),
    {
      state: 'unavailable',
      reason: 'what the watch prod found cannot be told of images whose facts come from a file, which does not say where they lie',
    },
  );
  t.is(
    joinableWatches({ recorded: none, asked, facts: factsOf(placed, unscanned({ digest: b })), askedFacts: factsOf(placed) }).get('prod')
      ?.state,
    'known',
  );
});

test('a recorded watch and an answer of now are about the recorded images and those of now', (t) => {
  const [before, today] = [scanned({ digest: b }), scanned({ digest: a, checkedAt: now, paths: ['docker-local/shop/api/1.4'] })];
  const recordedRow = watchRow({ key: b, paths: [], digests: [b] });
  const gathered = { recorded: new Map([['prod', known(recordedRow)]]), facts: factsOf(before, today), askedFacts: factsOf(today) };
  const both = joinableWatches({ ...gathered, asked: new Map([['prod', known(watchRow({ key: '1' }))]]) }).get('prod');
  t.deepEqual([issues(before, both), issues(today, both)], [['XRAY-100'], ['XRAY-100']]);
  t.is(joinableWatches({ ...gathered, asked: new Map() }).get('prod')?.state, 'unavailable');
  t.deepEqual(joinableWatches({ ...gathered, asked: new Map([['prod', unheard]]) }).get('prod'), unheard);
});

const unheard: WatchFact = { state: 'unavailable', reason: 'Xray answered 503' };

test('a file of facts says what watches found, by reference or digest, and which found nothing', (t) => {
  const [document] = parseDocuments(
    'facts.yaml',
    `
watches: [calm]
images:
  - ref: api:1
    violations:
      - {watch: prod, type: license, issue: AGPL-3.0, policy: no-copyleft}
      - {watch: other}
  - digest: ${b}
    violations: [{watch: prod, issue: XRAY-7}]
`,
  );
  if (document === undefined) throw new Error('no document');
  const facts = readImageFacts(document, now);
  const objects = [pod({ containers: [container({ image: 'api:1', imageID: `docker.io/library/api@${a}` })] })];
  const watches = watchesAbout(objects, facts, now);
  t.deepEqual([...watches.keys()], ['calm', 'prod', 'other']);
  const api = factsAbout(objects, facts).get(a);
  t.deepEqual(api === undefined ? undefined : joinWatches(api, [...watches.values()]).violations, [
    { type: 'license', severity: 'high', watch: 'prod', policy: 'no-copyleft', rule: '', issue: 'AGPL-3.0' },
    { type: 'security', severity: 'high', watch: 'other', policy: '', rule: '', issue: 'XRAY-1' },
  ]);
  t.deepEqual(issues(scanned({ digest: b }), watches.get('prod')), ['XRAY-7']);
  t.like(watches.get('calm'), { state: 'known', checkedAt: now });
});
