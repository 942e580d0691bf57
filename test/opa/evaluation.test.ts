// Rules in the real worker: what each sees, and what becomes of those that go wrong.
import test from 'ava';
import type { RuleAnswer, RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { isJsonObject } from '../../src/facts/json.ts';
import type { LoadOptions } from '../../src/opa/load.ts';
import { documentOf } from '../policies/rule-case.ts';
import { realCompiler } from './real-compiler.ts';

const { compiler, inline, load } = await realCompiler();

const document = JSON.stringify(documentOf({ images: [{ ref: 'a:1' }, { ref: 'b:1' }] }));
const good = inline('package x\nviolation contains image.ref if some image in input.images\n');
const goodAnswer = { violation: ['a:1', 'b:1'], undecided: undefined };

async function withProgram(
  rules: readonly RuleSource[],
  use: (program: RuleProgram) => Promise<void>,
  options?: LoadOptions,
): Promise<void> {
  const program = await load(rules, options);
  try {
    await use(program);
  } finally {
    await program.close();
  }
}

/** The sets of an answer, sorted: they come in the order of hashes. */
function sets(answer: RuleAnswer | undefined): unknown {
  if (answer?.kind !== 'answered') return answer;
  const result = resultIn(answer.json);
  const sorted = (set: unknown): unknown => (Array.isArray(set) ? [...set].sort() : set);
  return { violation: sorted(result.violation), undecided: sorted(result.undecided) };
}

function resultIn(json: string): JsonObject {
  const rows: unknown = JSON.parse(json);
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  return isJsonObject(row) && isJsonObject(row.result) ? row.result : {};
}

test('two rules of one package name stay apart', async (t) => {
  const one = inline('package same\nviolation contains "one" if limit == 1\nlimit := 1\n');
  const two = inline('package same\nviolation contains "two" if limit == 2\nlimit := 2\n');
  await withProgram([one, two], async (program) => {
    const answers = await program.evaluate(document, [one.id, two.id]);
    t.deepEqual(
      [sets(answers.get(one.id)), sets(answers.get(two.id))],
      [
        { violation: ['one'], undecided: undefined },
        { violation: ['two'], undecided: undefined },
      ],
    );
  });
});

test('a rule can name its own package, wherever its clause stands', async (t) => {
  const rego = `# METADATA
# title: ours
# entrypoint: true
package   shop.images["é-𝒳"]   # here

import data.shop.images["é-𝒳"].wanted
import data.kubexray.lib

violation contains $"{"𝒳"} {data.shop.images["é-𝒳"].name} {wanted}" if lib.matches(["a*"], data.shop.images["é-𝒳"].name)

name := "api"
wanted := "b"
`;
  const rule = inline(rego);
  t.deepEqual(await compiler.check(rule), []);
  await withProgram([rule], async (program) => {
    t.deepEqual(sets((await program.evaluate(document, [rule.id])).get(rule.id)), { violation: ['𝒳 api b'], undecided: undefined });
  });
});

test('each rule meets its own parameters, in one module and on one document', async (t) => {
  const rego = 'package x\nviolation contains $"{input.parameters.text} {input.now}" if input.parameters.list[_] == "a"\n';
  const [one, two] = [
    { text: 'one "\\ \u2028 }', list: ['a'] },
    { text: 'two', list: ['b', 'a'] },
  ].map((parameters) => inline(rego, parameters));
  await withProgram(
    [one, two].filter((rule) => rule !== undefined),
    async (program) => {
      const answers = await program.evaluate(document, [...program.ruleIds]);
      t.deepEqual([...answers.values()].map(sets), [
        { violation: ['one "\\ \u2028 } 2026-11-23T10:00:00.000Z'], undecided: undefined },
        { violation: ['two 2026-11-23T10:00:00.000Z'], undecided: undefined },
      ]);
    },
  );
});

test('an answer carries back the time of its document and the reasons why the rule cannot tell', async (t) => {
  const rule = inline('package x\nviolation contains "a" if input.now == "b"\nundecided contains "c" if input.workload.pods == 1\n');
  await withProgram([rule], async (program) => {
    const answer = (await program.evaluate(document, [rule.id])).get(rule.id);
    t.deepEqual(answer?.kind === 'answered' ? resultIn(answer.json) : answer, {
      seen: '2026-11-23T10:00:00.000Z',
      violation: [],
      undecided: ['c'],
    });
  });
});

test('without a time in the document nothing comes back of it', async (t) => {
  await withProgram([good], async (program) => {
    const answer = (await program.evaluate('{"images": []}', [good.id])).get(good.id);
    t.deepEqual(answer?.kind === 'answered' ? resultIn(answer.json) : answer, { violation: [] });
  });
});

test('a document that was cut is refused, and the next one is evaluated', async (t) => {
  await withProgram([good], async (program) => {
    const refused: RuleAnswer = { kind: 'failed', reason: 'Aborted', message: 'the input document is not JSON' };
    t.deepEqual((await program.evaluate(document.slice(0, -20), [good.id])).get(good.id), refused);
    t.deepEqual((await program.evaluate('', [good.id])).get(good.id), refused);
    t.deepEqual(sets((await program.evaluate(document, [good.id])).get(good.id)), goodAnswer);
  });
});

test('a document in pieces, texts and shared bytes, is read as its whole text is', async (t) => {
  const shared = (text: string): Uint8Array<SharedArrayBuffer> => {
    const encoded = Buffer.from(text);
    const bytes = new Uint8Array(new SharedArrayBuffer(encoded.length));
    bytes.set(encoded);
    return bytes;
  };
  const pieces = ['{"now": "é", "images": [{"ref": "ä\ud800",', shared('"tag": "𝒳"'), '}, {"ref": "b",', shared('"tag": "ü"'), '}]}'];
  const rule = inline('package x\nviolation contains $"{input.now} {image.ref} {image.tag}" if some image in input.images\n');
  await withProgram([rule], async (program) => {
    t.deepEqual(sets((await program.evaluate(pieces, [rule.id])).get(rule.id)), {
      violation: ['é b ü', 'é ä\ufffd 𝒳'].sort(),
      undecided: undefined,
    });
    const cut = (await program.evaluate(pieces.slice(0, -1), [rule.id])).get(rule.id);
    t.deepEqual(cut, { kind: 'failed', reason: 'Aborted', message: 'the input document is not JSON' });
  });
});

test('a rule that is not in the module is not loaded', async (t) => {
  await withProgram([good], async (program) => {
    t.deepEqual(
      await program.evaluate(document, ['f00']),
      new Map([['f00', { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' }]]),
    );
  });
});

const conflict = inline(`package x

violation contains value if value := broken

broken := image.ref if {
  some image in input.images
  input.workload.name == "api"
}
`);

test('a rule that contradicts itself is aborted with its place, and the others answer', async (t) => {
  await withProgram([conflict, good], async (program) => {
    const answers = await program.evaluate(document, [conflict.id, good.id]);
    t.deepEqual(answers.get(conflict.id), { kind: 'failed', reason: 'Aborted', message: 'line 5, column 1: var assignment conflict' });
    t.deepEqual(sets(answers.get(good.id)), goodAnswer);
  });
});

test('after 600 aborts a good rule is still answered', async (t) => {
  // An instance that is used again after an abort fails for ever after some 500 of them.
  await withProgram([conflict, good], async (program) => {
    for (let round = 0; round < 600; round += 1) await program.evaluate(document, [conflict.id]);
    t.deepEqual(sets((await program.evaluate(document, [good.id])).get(good.id)), goodAnswer);
  });
});

const endless = inline(
  'package x\nviolation contains x if {\n  some image in input.images\n  image.ref == "a:1"\n  x := replace(image.ref, substring(image.ref, 0, 0), "-")\n}\n',
);

test('a rule that never ends is ended at the deadline and named, and the others answer', async (t) => {
  const before = inline('package x\nviolation contains "before" if input.now != ""\n');
  await withProgram(
    [before, endless, good],
    async (program) => {
      const answers = await program.evaluate(document, [before.id, endless.id, good.id]);
      t.deepEqual(answers.get(endless.id), {
        kind: 'failed',
        reason: 'DeadlineExceeded',
        message: 'the evaluation did not end within 302 ms',
      });
      t.deepEqual(sets(answers.get(before.id)), { violation: ['before'], undecided: undefined });
      t.deepEqual(sets(answers.get(good.id)), goodAnswer);
      t.deepEqual(sets((await program.evaluate(document, [good.id])).get(good.id)), goodAnswer);
    },
    { deadlineMs: 300 },
  );
});

test('documents that wait behind one that never ends are answered', async (t) => {
  await withProgram(
    [endless, good],
    async (program) => {
      const [first, second] = await Promise.all([program.evaluate(document, [endless.id]), program.evaluate(document, [good.id])]);
      t.is(first?.get(endless.id)?.kind, 'failed');
      t.deepEqual(sets(second?.get(good.id)), goodAnswer);
    },
    { deadlineMs: 300 },
  );
});

test('a rule that only ever takes memory is stopped by the maximum, and the others answer', async (t) => {
  const bomb = inline(`package x

violation contains "big" if {
  input.workload.name == "api"
  few := numbers.range(1, 300)
  count([sum | some a in few; some b in few; some c in few; some d in few; sum := ((a + b) + c) + d]) > 0
}
`);
  t.deepEqual(await compiler.check(bomb), []);
  await withProgram(
    [bomb, good],
    async (program) => {
      const answers = await program.evaluate(document, [bomb.id, good.id]);
      t.deepEqual(answers.get(bomb.id), {
        kind: 'failed',
        reason: 'MemoryExceeded',
        message: 'the rule needs more memory than it may have',
      });
      t.deepEqual(sets(answers.get(good.id)), goodAnswer);
    },
    { deadlineMs: 30_000 },
  );
});

test('half a surrogate pair in the document does not abort a rule', async (t) => {
  const labels = { a: 'x\ud800', b: '\\ud800', c: '\ud83d\ude00' };
  const rule = inline('package x\nviolation contains value if some value in input.workload.labels\n');
  await withProgram([rule], async (program) => {
    const answer = (await program.evaluate(JSON.stringify(documentOf({ workload: { labels } })), [rule.id])).get(rule.id);
    t.deepEqual(sets(answer), { violation: ['\\ud800', 'x\ufffd', '\ud83d\ude00'].sort(), undecided: undefined });
  });
});

test('times are compared to the nanosecond', async (t) => {
  const rule = inline(
    `package x

violation contains time.parse_rfc3339_ns("2026-11-23T10:00:00.000000001Z") - time.parse_rfc3339_ns(input.now)
violation contains time.parse_duration_ns("1h1m1.5s")
violation contains "none" if not time.parse_rfc3339_ns("yesterday")
`,
  );
  await withProgram([rule], async (program) => {
    t.deepEqual(sets((await program.evaluate(document, [rule.id])).get(rule.id)), {
      violation: [1, 3661500000000, 'none'],
      undecided: undefined,
    });
  });
});

test('a module without rules can be loaded', async (t) => {
  await withProgram([], async (program) => {
    t.deepEqual(await program.evaluate(document, []), new Map());
  });
});

test('a closed program answers that nothing is loaded, also what was under way', async (t) => {
  const program = await load([endless], { deadlineMs: 60_000 }).catch(() => undefined);
  if (program === undefined) return t.fail('the program was not loaded');
  const underWay = program.evaluate(document, [endless.id]);
  await program.close();
  const notLoaded = new Map([[endless.id, { kind: 'failed', reason: 'NotLoaded', message: 'the rule is not loaded' }]]);
  t.deepEqual(await underWay, notLoaded);
  t.deepEqual(await program.evaluate(document, [endless.id]), notLoaded);
});
