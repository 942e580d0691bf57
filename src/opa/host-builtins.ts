// The builtins that the host supplies to a module, and what to write instead of those that nobody supplies. Pure.
import { parseDurationNs, parseTimeNs } from './rego-time.ts';

/** Takes the arguments as parsed JSON and returns the result as JSON text (nanoseconds do not fit a number), or undefined. */
export type HostBuiltin = (...args: readonly unknown[]) => string | undefined;

/** By name, as a module asks for them. */
export const hostBuiltins: ReadonlyMap<string, HostBuiltin> = new Map([
  ['time.parse_rfc3339_ns', ofText(parseTimeNs)],
  ['time.parse_duration_ns', ofText(parseDurationNs)],
]);

/** What is not text is undefined, as in OPA. */
function ofText(parse: (text: string) => bigint | undefined): HostBuiltin {
  return (text) => (typeof text === 'string' ? parse(text)?.toString() : undefined);
}

const alternatives: Readonly<Record<string, string>> = {
  'http.send': 'a rule reads nothing but its input',
  'net.lookup_ip_addr': 'a rule reads nothing but its input',
  'opa.runtime': 'a rule reads nothing but its input',
  'time.now_ns': 'use input.now, an RFC 3339 text; data.kubexray.lib.older_than compares times',
  'rand.intn': 'the same input must give the same answer',
  'uuid.rfc4122': 'the same input must give the same answer',
  sprintf: 'use a template string: $"{image.ref} is not allowed"',
  'strings.render_template': 'use a template string: $"{image.ref} is not allowed"',
  'glob.quote_meta': 'data.kubexray.lib.matches has no special characters but *',
  'regex.globs_match': 'use data.kubexray.lib.matches',
  'regex.split': 'use split, or regex.find_all_string_submatch_n',
  'regex.find_n': 'use regex.find_all_string_submatch_n',
  'strings.any_prefix_match': 'use startswith with `some … in …`',
  'strings.any_suffix_match': 'use endswith with `some … in …`',
};

/** Returns the sentence that stands in the problem of a rule which calls a builtin that there is not. */
export function refusedBuiltin(name: string): string {
  const time = name.startsWith('time.')
    ? 'times are RFC 3339 texts in UTC, which compare as text; see also data.kubexray.lib.older_than'
    : undefined;
  const alternative = alternatives[name] ?? time;
  return `the builtin ${name} is not available to rules${alternative === undefined ? '' : `: ${alternative}`}`;
}
