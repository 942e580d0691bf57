// Reads the answer of a rule, which may be anything: what is not exactly an answer decides nothing. Pure.
import { isJsonObject } from '../facts/json.ts';
import type { RuleAnswer } from './program.ts';

/** Why a rule cannot tell. `reason` is CamelCase. */
export interface Undecided {
  readonly reason: string;
  readonly message: string;
}

/** A violation as the rule gives it; absent texts are empty. */
export interface AnsweredViolation {
  readonly message: string;
  readonly image: string;
  readonly issue: string;
  readonly license: string;
  readonly component: string;
  readonly severity: string;
}

export interface ParsedAnswer {
  readonly violations: readonly AnsweredViolation[];
  readonly undecided: readonly Undecided[];
}

// A large image has some thousand findings; a status shows a hundred rows of 512 bytes.
const maxElements = 10_000;
const maxTextLength = 2048;
// It is compared with the images of the workload as a whole, so it cannot be cut; a registry takes 255 characters of a name.
const maxImageLength = 8192;

/**
 * Parses an answer. `now` is the document's: an answer that does not carry it back was given without reading the input. A malformed
 * element is an undecided reason of its own and takes no other element with it.
 */
export function parseAnswer(answer: RuleAnswer, now: Date): ParsedAnswer {
  if (answer.kind === 'failed') return undecided(answer.reason, answer.message);
  const result = resultOf(answer.json);
  if (!isJsonObject(result)) return undecided('MalformedAnswer', 'the rule gave no answer');
  if (result.seen !== now.toISOString()) return undecided('MalformedAnswer', 'the answer of the rule was given without reading the input');
  const { violation, undecided: reasons = [] } = result;
  if (!Array.isArray(violation)) return undecided('MalformedAnswer', '`violation` of the rule is not a set');
  if (!Array.isArray(reasons)) return undecided('MalformedAnswer', '`undecided` of the rule is not a set');
  const parsed = violation.slice(0, maxElements).map(parseViolation);
  return {
    violations: parsed.filter((element): element is AnsweredViolation => !('reason' in element)),
    undecided: [
      ...parsed.filter((element): element is Undecided => 'reason' in element),
      ...reasons.slice(0, maxElements).map(parseReason),
    ],
  };
}

function undecided(reason: string, message: string): ParsedAnswer {
  return { violations: [], undecided: [{ reason, message }] };
}

/** OPA answers with a list of one row that holds the result. */
function resultOf(json: string): unknown {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) && rows.length === 1 && isJsonObject(rows[0]) ? rows[0].result : undefined;
  } catch {
    return undefined;
  }
}

function parseViolation(element: unknown): AnsweredViolation | Undecided {
  const violation = typeof element === 'string' ? { msg: element } : element;
  if (!isJsonObject(violation) || typeof violation.msg !== 'string' || violation.msg === '') {
    return { reason: 'MalformedAnswer', message: 'an element of `violation` has no text in `msg`' };
  }
  const { image } = violation;
  // What names no image may mean any: only where the field is absent is the violation about the whole workload.
  if (image !== undefined && (typeof image !== 'string' || image === '')) {
    return { reason: 'MalformedAnswer', message: '`image` of a violation is neither a reference nor a digest' };
  }
  if (image !== undefined && image.length > maxImageLength) {
    return { reason: 'MalformedAnswer', message: `\`image\` of a violation is longer than ${maxImageLength} characters` };
  }
  const text = (key: string): string => {
    const value = violation[key];
    return typeof value === 'string' ? value.slice(0, maxTextLength) : '';
  };
  return {
    message: violation.msg.slice(0, maxTextLength),
    image: image ?? '',
    issue: text('issue'),
    license: text('license'),
    component: text('component'),
    severity: text('severity'),
  };
}

function parseReason(element: unknown): Undecided {
  if (typeof element === 'string' && element !== '') return { reason: 'RuleUndecided', message: element.slice(0, maxTextLength) };
  if (isJsonObject(element) && typeof element.msg === 'string' && element.msg !== '')
    return { reason: 'RuleUndecided', message: element.msg.slice(0, maxTextLength) };
  return { reason: 'MalformedAnswer', message: 'an element of `undecided` is not a text' };
}
