// The rule book with a compiler in memory: what harms whom, what is tried again, and what is closed when.
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { RuleBook } from '../../src/controller/rule-book.ts';
import { Failure } from '../../src/failure.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { simulatedClock } from '../builders/clock.ts';
import { now } from '../builders/fact.ts';
import { policy, rule } from '../builders/policy.ts';
import { compilerFailure, MemoryRules, noLibrary, type Objects, regoOf } from './memory-rules.ts';

function start() {
  const memory = new MemoryRules();
  const clock = simulatedClock();
  const told: string[][] = [];
  const log = { error: () => undefined, info: () => undefined, debug: () => undefined };
  const book = new RuleBook({ ...memory, library: noLibrary, clock, log, onChange: (names) => told.push([...names]) });
  return { memory, clock, told, book };
}

const inline = (objects: Objects, version = 1) =>
  rule({ name: `${objects}-${version}`, source: { kind: 'inline', rego: regoOf(objects, version) } });
const policyOf = (name: string, objects: readonly Objects[], given: Partial<Policy> = {}): Policy =>
  policy({ name, rules: objects.map((one) => inline(one)), ...given });

/** Lets everything end that waits for no timer. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await turn();
}

const document = JSON.stringify({ now: now.toISOString(), images: [] });
const idOf = (book: RuleBook, name: string, index = 0) =>
  book.policies().find(({ policy: { name: own } }) => own === name)?.rules[index]?.id;
const problemsOf = (book: RuleBook, of: Policy) =>
  book.compileState(of).rules.flatMap(({ name, problems }) => problems.map((one) => [name, one]));

test('a rule has no id and is not done until it is in a program', async (t) => {
  const { book, told } = start();
  const a = policyOf('a', ['none']);
  book.set(a);
  t.deepEqual([idOf(book, 'a'), book.compileState(a).isDone], [undefined, false]);
  await settle();
  const id = idOf(book, 'a') ?? '';
  t.deepEqual([[...(await book.evaluate(document, [id])).keys()], book.compileState(a).isDone, told], [[id], true, [['a']]]);
});

test('a rule that does not compile is named in its own lines, and harms no other, of its own policy or another', async (t) => {
  const { book } = start();
  const a = policyOf('a', ['typo', 'none']);
  book.set(a);
  book.set(policyOf('b', ['issues']));
  await settle();
  t.deepEqual(problemsOf(book, a), [['typo-1', { reason: 'ParseError', message: 'unexpected token', line: 3, column: 7 }]]);
  t.deepEqual(
    [idOf(book, 'a', 0), idOf(book, 'a', 1), idOf(book, 'b')].map((id) => id !== undefined),
    [false, true, true],
  );
});

test('a rule that two policies share is checked and built once', async (t) => {
  const { book, memory } = start();
  book.set(policyOf('a', ['none']));
  book.set(policyOf('b', ['none']));
  await settle();
  t.deepEqual([memory.checks.length, memory.builds], [1, [1]]);
  t.is(idOf(book, 'a'), idOf(book, 'b'));
});

test('an unknown library rule is named, and harms no other', async (t) => {
  const { book } = start();
  const a = policy({ name: 'a', rules: [rule({ name: 'no-such' }), inline('none')] });
  book.set(a);
  await settle();
  t.deepEqual(
    problemsOf(book, a).map(([name]) => name),
    ['no-such'],
  );
  t.true(idOf(book, 'a', 1) !== undefined);
});

test('a compiler that cannot be run is shown once and tried again after 1, 2 and 5 seconds, until it can', async (t) => {
  const { book, memory, clock, told } = start();
  const a = policyOf('a', ['none']);
  memory.onCheck = () => {
    throw compilerFailure();
  };
  book.set(a);
  await settle();
  t.deepEqual(
    [book.compileState(a).isDone, problemsOf(book, a)],
    [true, [['none-1', { reason: 'CompilerUnavailable', message: 'run opa: not found' }]]],
  );
  const delays: (readonly number[])[] = [clock.pendingMs()];
  for (const delayMs of [1000, 2000]) {
    await clock.advance(delayMs);
    await settle();
    delays.push(clock.pendingMs());
  }
  t.deepEqual([delays, told], [[[1000], [2000], [5000]], [['a']]]);
  memory.onCheck = () => undefined;
  await clock.advance(5000);
  await settle();
  t.deepEqual([problemsOf(book, a), idOf(book, 'a') !== undefined, clock.pendingMs(), told], [[], true, [], [['a'], ['a']]]);
});

test('policies that change while the compiler cannot be run do not multiply its tries', async (t) => {
  const { book, memory, clock } = start();
  memory.onCheck = () => {
    throw compilerFailure();
  };
  for (const name of ['a', 'b', 'c']) {
    book.set(policyOf(name, ['none']));
    await settle();
  }
  t.is(clock.pendingMs().length, 1);
});

test('what is in force stays in force while the compiler cannot be run', async (t) => {
  const { book, memory } = start();
  book.set(policyOf('a', ['none']));
  await settle();
  memory.onCheck = () => {
    throw compilerFailure();
  };
  book.set(policyOf('b', ['issues']));
  await settle();
  t.deepEqual([idOf(book, 'a') !== undefined, idOf(book, 'b')], [true, undefined]);
});

test('a rule that the compiler cannot get through keeps no other out', async (t) => {
  const { book, memory, clock } = start();
  memory.onCheck = (rego) => {
    if (rego === regoOf('all')) throw new Failure('run opa: it did not end in time', { retry: 'soon', reason: 'CompilerTimeout' });
  };
  const a = policyOf('a', ['all', 'none']);
  book.set(a);
  await settle();
  t.deepEqual([idOf(book, 'a', 0), idOf(book, 'a', 1) !== undefined], [undefined, true]);
  t.deepEqual(clock.pendingMs(), [1000]);
  for (const delayMs of [1000, 2000]) {
    await clock.advance(delayMs);
    await settle();
  }
  t.deepEqual(clock.pendingMs(), []);
  t.regex(JSON.stringify(problemsOf(book, a)), /all-1.*CompilerTimeout.*could not get through it: run opa: it did not end in time/);
  t.is(memory.checks.filter((checked) => checked === regoOf('all')).length, 3);
  book.set({ ...a, generation: 2 });
  await settle();
  t.is(memory.checks.filter((checked) => checked === regoOf('all')).length, 4);
});

test('a rule that the compiler can never get through is given up at once, and the others go on', async (t) => {
  const { book, memory, clock } = start();
  memory.onCheck = (rego) => {
    if (rego === regoOf('all'))
      throw new Failure('run opa check: it needs more memory than the 1024 MiB it may have', {
        ...{ retry: 'never', reason: 'CompilerMemoryExceeded' },
      });
  };
  const a = policyOf('a', ['all', 'none']);
  book.set(a);
  await settle();
  t.regex(JSON.stringify(problemsOf(book, a)), /all-1.*CompilerMemoryExceeded.*needs more memory than the 1024 MiB it may have/);
  t.deepEqual([idOf(book, 'a', 0), idOf(book, 'a', 1) !== undefined, clock.pendingMs()], [undefined, true, []]);
});

test('a rule that did not end three times is set aside, until its policy changes', async (t) => {
  const { book, told } = start();
  const a = policyOf('a', ['deadline', 'none']);
  book.set(a);
  await settle();
  const id = idOf(book, 'a') ?? '';
  for (let round = 0; round < 2; round += 1) await book.evaluate(document, [id]);
  t.is(idOf(book, 'a'), id);
  await book.evaluate(document, [id]);
  t.deepEqual([idOf(book, 'a'), idOf(book, 'a', 1) !== undefined], [undefined, true]);
  t.deepEqual(
    problemsOf(book, a).map(([name, problem]) => [name, typeof problem === 'object' && problem.reason]),
    [['deadline-1', 'DeadlineExceeded']],
  );
  t.deepEqual(told, [['a'], ['a']]);
  book.set({ ...a, generation: 2 });
  t.is(idOf(book, 'a'), id);
});

test('a rule that took all memory three times is set aside with that reason; one that aborts goes on', async (t) => {
  const { book, told } = start();
  const a = policyOf('a', ['memory', 'abort', 'none']);
  book.set(a);
  await settle();
  const ids = [0, 1, 2].map((index) => idOf(book, 'a', index) ?? '');
  for (let round = 0; round < 3; round += 1) await book.evaluate(document, ids);
  t.deepEqual(
    [0, 1, 2].map((index) => idOf(book, 'a', index)),
    [undefined, ids[1], ids[2]],
  );
  t.deepEqual(problemsOf(book, a), [
    [
      'memory-1',
      {
        reason: 'MemoryExceeded',
        message: 'set aside, because it needed more memory than it may have three times; it runs again when its policy changes',
      },
    ],
  ]);
  t.deepEqual(told, [['a'], ['a']]);
  book.set({ ...a, generation: 2 });
  t.is(idOf(book, 'a'), ids[0]);
});

test('a rule that did not answer as it must when it was tried is named and not asked, and keeps no other out', async (t) => {
  const { book, memory } = start();
  const problem = { reason: 'EvaluationFailed', message: 'var assignment conflict', line: 5, column: 1 };
  memory.triedOut = (rules) => ({
    problems: new Map([...rules].filter(([, objects]) => objects === 'abort').map(([id]) => [id, [problem]])),
    overdue: new Set(),
  });
  const a = policyOf('a', ['abort', 'none']);
  book.set(a);
  await settle();
  t.deepEqual(problemsOf(book, a), [['abort-1', problem]]);
  t.deepEqual([idOf(book, 'a', 0), idOf(book, 'a', 1) !== undefined, book.compileState(a).isDone], [undefined, true, true]);
  book.set(policyOf('b', ['issues']));
  await settle();
  t.deepEqual([memory.builds, idOf(book, 'b') !== undefined], [[2, 2], true]);
});

test('a rule that did not end when it was tried is in force, and that counts as one of three times', async (t) => {
  const { book, memory } = start();
  memory.triedOut = (rules) => ({
    problems: new Map(),
    overdue: new Set([...rules].filter(([, objects]) => objects === 'deadline').map(([id]) => id)),
  });
  book.set(policyOf('a', ['deadline', 'none']));
  await settle();
  const id = idOf(book, 'a') ?? '';
  await book.evaluate(document, [id]);
  t.is(idOf(book, 'a'), id);
  await book.evaluate(document, [id]);
  t.deepEqual([idOf(book, 'a'), idOf(book, 'a', 1) !== undefined], [undefined, true]);
});

test('a program that is replaced is closed when its last evaluation has ended, not before', async (t) => {
  const { book, memory } = start();
  book.set(policyOf('a', ['none']));
  await settle();
  const gate = Promise.withResolvers<void>();
  memory.beforeEvaluate = () => gate.promise;
  const id = idOf(book, 'a') ?? '';
  const running = [book.evaluate(document, [id]), book.evaluate(document, [id])];
  book.set(policyOf('b', ['issues']));
  await settle();
  t.deepEqual(
    memory.programs.map(({ isClosed }) => isClosed),
    [false, false],
  );
  gate.resolve();
  const kinds = (await Promise.all(running)).map((answers) => answers.get(id)?.kind);
  t.deepEqual(
    [kinds, memory.programs.map(({ isClosed }) => isClosed)],
    [
      ['answered', 'answered'],
      [true, false],
    ],
  );
});

test('a program that cannot be asked is closed after it was replaced all the same', async (t) => {
  const { book, memory } = start();
  book.set(policyOf('a', ['none']));
  await settle();
  memory.beforeEvaluate = () => Promise.reject(new Error('the worker has crashed'));
  await t.throwsAsync(() => book.evaluate(document, [idOf(book, 'a') ?? '']));
  book.set(policyOf('b', ['issues']));
  await settle();
  t.deepEqual(
    memory.programs.map(({ isClosed }) => isClosed),
    [true, false],
  );
});

test('rules that go do not cost a build, and what is left goes on', async (t) => {
  const { book, memory } = start();
  book.set(policyOf('a', ['none']));
  book.set(policyOf('b', ['issues']));
  await settle();
  const before = memory.builds.length;
  book.delete('b');
  await settle();
  t.deepEqual(
    [memory.builds.length - before, book.policies().map(({ policy: { name } }) => name), idOf(book, 'a') !== undefined],
    [0, ['a'], true],
  );
});

test('closing ends a program that is still being loaded, and begins nothing more', async (t) => {
  const { book, memory, clock } = start();
  const gate = Promise.withResolvers<void>();
  memory.beforeLoad = () => gate.promise;
  book.set(policyOf('a', ['none']));
  await settle();
  book.set(policyOf('b', ['issues']));
  const closed = book.close();
  gate.resolve();
  await closed;
  t.deepEqual([memory.programs.map(({ isClosed }) => isClosed), memory.checks.length, clock.pendingMs()], [[true], 1, []]);
});

test('closing leaves no try of the compiler behind, neither one that waits nor one that fails just then', async (t) => {
  for (const closesFirst of [false, true]) {
    const { book, memory, clock } = start();
    const gate = Promise.withResolvers<void>();
    memory.beforeLoad = () => gate.promise.then(() => Promise.reject(compilerFailure()));
    book.set(policyOf('a', ['none', 'issues']));
    await settle();
    const closed = closesFirst ? book.close() : undefined;
    gate.resolve();
    await settle();
    await (closed ?? book.close());
    t.deepEqual(clock.pendingMs(), []);
  }
});

test('closing does not wait for rules that were not checked yet', async (t) => {
  const { book, memory } = start();
  const closed = Promise.withResolvers<void>();
  memory.onCheck = () => closed.resolve(book.close());
  book.set(policyOf('a', ['none', 'issues', 'all']));
  await closed.promise;
  t.deepEqual([memory.checks.length, memory.builds], [1, []]);
});

test('a policy whose rules cannot be built with the others is named, and keeps none of them out, not even at the start', async (t) => {
  const { book, memory } = start();
  memory.onBuild = (regos) => {
    if (regos.includes(regoOf('all')))
      throw new Failure('run opa build: it did not end in time', { retry: 'soon', reason: 'CompilerTimeout' });
  };
  const odd = policyOf('odd', ['all']);
  book.set(odd);
  book.set(policyOf('innocent', ['none', 'issues']));
  await settle();
  t.deepEqual(
    [idOf(book, 'odd'), idOf(book, 'innocent', 0) !== undefined, idOf(book, 'innocent', 1) !== undefined],
    [undefined, true, true],
  );
  t.regex(JSON.stringify(problemsOf(book, odd)), /CompilerTimeout.*opa build: it did not end in time/);
  book.set(policyOf('later', ['deadline']));
  await settle();
  t.not(idOf(book, 'later'), undefined);
});
