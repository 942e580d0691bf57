// Answers of rules for tests, in the form in which the evaluator gives them.
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { now } from './fact.ts';

/** A well-formed answer about the document of `now`; a pass unless elements are given. */
export function answer(given: JsonObject = {}): RuleAnswer {
  return answeredJson(JSON.stringify([{ result: { seen: now.toISOString(), violation: [], undecided: [], ...given } }]));
}

/** An answer whose text is this, whatever it is. */
export function answeredJson(json: string): RuleAnswer {
  return { kind: 'answered', json };
}

/** No answer: the rule was ended. */
export function failedAnswer(given: Partial<Extract<RuleAnswer, { kind: 'failed' }>> = {}): RuleAnswer {
  return { kind: 'failed', reason: 'DeadlineExceeded', message: 'the rule took longer than 2 s', ...given };
}
