// Whether the answer of a rule can change by waiting alone. Pure.

/**
 * Tells whether a rule may read `input.now`: its text names it, or uses the input as a whole, in which the time is. Says so of some rules
 * that do not (a name such as `now` of their own), which costs an evaluation now and then; never the other way round for a rule that
 * names what it reads.
 */
export function readsTime(rego: string): boolean {
  const code = rego.replaceAll(/^\s*#.*$/gm, '');
  return /\bnow\b/.test(code) || /\binput\b(?!\s*\.\s*[A-Za-z_])/.test(code);
}
