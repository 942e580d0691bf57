// One question at a time per key: who asks the same meanwhile gets the same answer.

/** Asks, or joins who asks already. */
export type Share<Value> = (key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<Value>) => Promise<Value>;

interface Shared<Value> {
  readonly answer: Promise<Value>;
  readonly controller: AbortController;
  askers: number;
}

/**
 * Returns a function of its own memory. The signal that `ask` gets aborts when all who wait have gone; who goes alone is rejected
 * with the reason of the own signal, and the others still get their answer.
 */
export function shareQuestions<Value>(): Share<Value> {
  const questions = new Map<string, Shared<Value>>();

  function begin(key: string, ask: (signal: AbortSignal) => Promise<Value>): Shared<Value> {
    const controller = new AbortController();
    const forget = () => {
      if (questions.get(key) === question) questions.delete(key);
    };
    const question: Shared<Value> = { answer: ask(controller.signal).finally(forget), controller, askers: 0 };
    // Everybody may have gone before it fails.
    question.answer.catch(() => undefined);
    questions.set(key, question);
    return question;
  }

  return (key, signal, ask) => {
    const question = questions.get(key) ?? begin(key, ask);
    question.askers += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    question.answer.then(resolve, reject);
    return promise.finally(() => {
      signal.removeEventListener('abort', abort);
      question.askers -= 1;
      if (question.askers > 0) return;
      // Not to be joined any more: it ends without an answer.
      if (questions.get(key) === question) questions.delete(key);
      question.controller.abort(signal.reason);
    });
  };
}
