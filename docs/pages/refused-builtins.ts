// Builtins of OPA that rules may not call, each with the reason. The conformance run fails for one that its cases do not need.

const byReason: Readonly<Record<string, readonly string[]>> = {
  'a rule reads nothing but its input': ['http.send', 'net.lookup_ip_addr', 'opa.runtime', 'providers.aws.sign_req'],
  'the same input must give the same answer': ['rand.intn', 'time.now_ns', 'uuid.rfc4122'],
  'no part of the input document is a token, a key or a certificate': [
    ...['crypto.parse_private_keys', 'crypto.x509.parse_and_verify_certificates', 'crypto.x509.parse_certificate_request'],
    ...['crypto.x509.parse_certificates', 'crypto.x509.parse_keypair', 'crypto.x509.parse_rsa_private_key', 'io.jwt.decode'],
    ...['io.jwt.decode_verify', 'io.jwt.encode_sign', 'io.jwt.encode_sign_raw', 'io.jwt.verify_eddsa', 'io.jwt.verify_es256'],
    ...['io.jwt.verify_es384', 'io.jwt.verify_es512', 'io.jwt.verify_hs256', 'io.jwt.verify_hs384', 'io.jwt.verify_hs512'],
    ...['io.jwt.verify_ps256', 'io.jwt.verify_ps384', 'io.jwt.verify_ps512', 'io.jwt.verify_rs256', 'io.jwt.verify_rs384'],
    ...['io.jwt.verify_rs512'],
  ],
  'no part of the input document is in this language': [
    ...['graphql.is_valid', 'graphql.parse', 'graphql.parse_and_verify', 'graphql.parse_query', 'graphql.parse_schema'],
    ...['graphql.schema_is_valid', 'rego.parse_module', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal'],
  ],
  'no part of the input document is one of these': [
    ...['net.cidr_contains_matches', 'net.cidr_expand', 'net.cidr_is_valid', 'net.cidr_merge', 'uri.is_valid', 'uri.parse', 'uuid.parse'],
  ],
  'the host checks the input document and the parameters against their schemas': ['json.match_schema', 'json.verify_schema'],
  'a builtin that a module carries does it': [
    ...['glob.quote_meta', 'graph.reachable_paths', 'json.marshal_with_options', 'json.patch', 'regex.globs_match'],
    ...['regex.template_match', 'strings.render_template'],
  ],
  'it is there in OPA’s own tests only': ['test.sleep'],
};

/** By name. */
export const refusedBuiltins: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, names]) => names.map((name): [string, string] => [name, reason])),
);
