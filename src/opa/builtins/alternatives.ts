// What to write instead of the builtins of OPA that rules do not have. Pure.

const inputOnly = 'a rule reads nothing but its input';
const sameAnswer = 'the same input must give the same answer';
const template = 'use a template string: $"{image.ref} is not allowed"';
const nextVersion = 'it is gone from Rego v1, use';

const alternatives: Readonly<Record<string, string>> = {
  'http.send': inputOnly,
  'net.lookup_ip_addr': inputOnly,
  'opa.runtime': inputOnly,
  'providers.aws.sign_req': inputOnly,
  'rego.parse_module': 'a rule judges its input, not other rules',
  'time.now_ns': 'use input.now, an RFC 3339 text; data.kubexray.lib.older_than compares times',
  'rand.intn': sameAnswer,
  'uuid.rfc4122': sameAnswer,
  'uuid.parse': 'compare it as text, or look at its parts with split',
  trace: 'use print, which shows in the trace of a test',
  'internal.test_case': 'write cases for the rule',
  'strings.render_template': template,
  'glob.quote_meta': 'data.kubexray.lib.matches has no special characters but *',
  'regex.globs_match': 'use data.kubexray.lib.matches',
  'regex.template_match': 'use regex.match',
  'graph.reachable_paths': 'use graph.reachable, which gives the nodes without the paths',
  'json.marshal_with_options': 'use json.marshal',
  'json.match_schema': 'the schema of the input is checked already; compare the fields, or use is_string and its like',
  'json.verify_schema': 'the schema of the input is checked already',
  'json.patch': 'use object.union to set, json.remove to take away',
  'net.cidr_contains_matches': 'use net.cidr_contains with `some … in …`',
  'net.cidr_expand': 'use net.cidr_contains, which needs no list of addresses',
  'net.cidr_is_valid': 'use net.cidr_contains, which is undefined for what is no CIDR',
  'net.cidr_merge': 'use net.cidr_contains with `some … in …` over all of them',
  'uri.is_valid': 'use regex.match',
  'uri.parse': 'use split, or regex.find_all_string_submatch_n',
  ...{ all: `${nextVersion} every`, any: `${nextVersion} some`, re_match: `${nextVersion} regex.match`, set_diff: `${nextVersion} a - b` },
  'net.cidr_overlap': `${nextVersion} net.cidr_contains`,
};

const families: readonly (readonly [prefix: string, alternative: string])[] = [
  ['crypto.', 'certificates and keys are not facts of an image; crypto.sha256, crypto.hmac.sha256 and their like are available'],
  ['io.jwt.', 'a rule sees no requests and no tokens'],
  ['graphql.', 'a rule sees no queries'],
  ['yaml.', 'the input is parsed already; for JSON in a text use json.unmarshal'],
  ['cast_', `${nextVersion} is_string and its like, or to_number`],
];

/** Returns what to write instead of a builtin that is refused, or undefined for a name that is new to us. */
export function alternativeTo(name: string): string | undefined {
  return Object.hasOwn(alternatives, name) ? alternatives[name] : families.find(([prefix]) => name.startsWith(prefix))?.[1];
}
