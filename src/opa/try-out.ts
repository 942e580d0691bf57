// Evaluates each rule of a new program once on the sample document: warms the code up, and finds what no check of the text can find.
import { parseAnswer, type Undecided } from '../evaluation/answer.ts';
import type { RuleAnswer, RuleProblem, RuleProgram } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { splitPlace } from './author-place.ts';
import { sampleDocument, sampleNow } from './sample-document.ts';

/** What came out of it. Rules without an entry answered as they must, or were not tried. */
export interface TriedOut {
  readonly problems: ReadonlyMap<string, readonly RuleProblem[]>;
  /** Rules that did not end in time: theirs is no problem yet, as a busy machine can be the cause. */
  readonly overdue: ReadonlySet<string>;
}

// Each takes its whole deadline and a new worker. The rules after them are loaded untried: they are judged by what they do.
const maxOverdue = 3;

/** Tries the rules one by one, so that none is blamed for another. Throws `Failure` when the module does not read its input. */
export async function tryOut(evaluate: RuleProgram['evaluate'], ruleIds: readonly string[]): Promise<TriedOut> {
  const problems = new Map<string, readonly RuleProblem[]>();
  const overdue = new Set<string>();
  for (const id of ruleIds) {
    if (overdue.size >= maxOverdue) break;
    const answer = (await evaluate(sampleDocument, [id])).get(id);
    if (answer === undefined) continue;
    if (answer.kind === 'failed' && answer.reason === 'DeadlineExceeded') overdue.add(id);
    const problem = answer.kind === 'failed' ? problemOfFailure(answer) : problemOfAnswer(answer.json, id);
    if (problem !== undefined) problems.set(id, [problem]);
  }
  return { problems, overdue };
}

/** What happened to the worker or to time is not known to be the rule's doing. */
function problemOfFailure({ reason, message }: Extract<RuleAnswer, { kind: 'failed' }>): RuleProblem | undefined {
  if (reason === 'Aborted') return { reason: 'EvaluationFailed', ...splitPlace(message) };
  return reason === 'MemoryExceeded' ? { reason, message } : undefined;
}

function problemOfAnswer(json: string, id: string): RuleProblem | undefined {
  const result = resultIn(json);
  if (result === undefined) return { reason: 'MalformedAnswer', message: 'the answer of the rule is not JSON; it may hold an odd number' };
  if (result.seen !== sampleNow)
    throw new Failure(`try out the module of all rules: rule ${id} does not see its input`, { retry: 'never', reason: 'ModuleUnusable' });
  if (malformedIn(result) === undefined) return undefined;
  for (const set of ['violation', 'undecided']) {
    const elements = result[set] ?? [];
    if (!Array.isArray(elements)) return { reason: 'MalformedAnswer', message: `\`${set}\` of the rule is not a set` };
    for (const element of elements) {
      const wrong = malformedIn({ seen: sampleNow, violation: [], [set]: [element] });
      // The sample holds an image without a digest: naming that digest is a matter of that image.
      if (wrong === undefined || (isJsonObject(element) && element.image === '' && typeof element.msg === 'string')) continue;
      return { reason: wrong.reason, message: wrong.message, hint: hintAbout(element) };
    }
  }
  return undefined;
}

/** Judges as for a real document. */
function malformedIn(result: JsonObject): Undecided | undefined {
  const answer: RuleAnswer = { kind: 'answered', json: JSON.stringify([{ result }]) };
  return parseAnswer(answer, new Date(sampleNow)).undecided.find(({ reason }) => reason === 'MalformedAnswer');
}

function hintAbout(element: unknown): string {
  if (!isJsonObject(element)) return `write {"msg": "…"}; the element is ${JSON.stringify(element).slice(0, 100)}`;
  if (typeof element.msg === 'string' && element.msg !== '') return 'write image.ref or image.digest as `image`, or leave it out';
  const keys = Object.keys(element).sort();
  return `write {"msg": "…"}; the element has ${keys.length === 0 ? 'no keys' : `the keys ${keys.slice(0, 20).join(', ')}`}`;
}

function resultIn(json: string): JsonObject | undefined {
  try {
    const rows: unknown = JSON.parse(json);
    const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
    return isJsonObject(row) && isJsonObject(row.result) ? row.result : {};
  } catch {
    return undefined;
  }
}
