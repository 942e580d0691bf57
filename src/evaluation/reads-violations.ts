// Whether the answer of a rule can depend on violations that watches of Xray have found. Pure.

/**
 * Tells whether a rule may read the violations of watches: its text names them, or reads the input in a way that does not name what it
 * reads. Says so of some rules that do not, which are then undecided while a watch is not known; never the other way round for a rule that
 * names what it reads.
 */
export function readsViolations(rego: string): boolean {
  const code = rego.replaceAll(/^\s*#.*$/gm, '');
  return /\b(violations|watches)\b/.test(code) || /\b(walk|json\.marshal)\b/.test(code) || /\binput\b(?!\s*\.\s*[A-Za-z_])/.test(code);
}
