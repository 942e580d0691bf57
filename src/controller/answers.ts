// Remembers what the rules answered about a workload, so that an event that changes no fact costs no evaluation.
import type { DocumentText, InputDocument } from '../evaluation/document.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import type { Clock } from '../facts/clock.ts';

export interface AnswersOptions {
  readonly evaluate: (document: DocumentText, ruleIds: readonly string[]) => Promise<ReadonlyMap<string, RuleAnswer>>;
  readonly clock: Clock;
}

export interface AnswersWanted {
  readonly document: (now: Date) => InputDocument;
  readonly ids: readonly string[];
  /** How long answers may be remembered though no fact changes: what the document says may become another thing by waiting. */
  readonly goodForMs: number;
}

/** Answers, and the moment of the document that they are about. */
export interface Answered {
  readonly answers: ReadonlyMap<string, RuleAnswer>;
  readonly documentNow: Date;
}

// Of ten thousand workloads most have short answers; the few with thousands of findings are evaluated again.
const rememberedLength = 64 * 1024;

export class Answers {
  readonly #options: AnswersOptions;
  readonly #remembered = new Map<string, Answered & { readonly fingerprint: string }>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Returns the answers of all rules wanted: remembered ones while nothing that they depend on has changed, else new ones. */
  async of(key: string, { document, ids, goodForMs }: AnswersWanted): Promise<Answered> {
    const now = this.#options.clock.now();
    if (ids.length === 0) return { answers: new Map(), documentNow: now };
    const { pieces, fingerprint } = document(now);
    const known = this.#remembered.get(key);
    const isYoung = known !== undefined && now.getTime() - known.documentNow.getTime() < goodForMs;
    if (known?.fingerprint === fingerprint && isYoung && ids.every((id) => known.answers.get(id)?.kind === 'answered')) return known;
    const answers = await this.#options.evaluate(pieces, ids);
    if (lengthOf(answers) > rememberedLength) this.#remembered.delete(key);
    else this.#remembered.set(key, { answers, documentNow: now, fingerprint });
    return { answers, documentNow: now };
  }

  forget(key: string): void {
    this.#remembered.delete(key);
  }
}

function lengthOf(answers: ReadonlyMap<string, RuleAnswer>): number {
  let length = 0;
  for (const answer of answers.values()) length += answer.kind === 'answered' ? answer.json.length : 0;
  return length;
}
