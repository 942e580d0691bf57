// The builtins that OPA 1.22 compiles into a WASM module itself; everything else would have to come from the host.

/** Names as in OPA's capabilities. Without those that Rego v1 refuses (all, any, re_match, set_diff, net.cidr_overlap). */
export const nativeBuiltins = [
  ...['abs', 'ceil', 'div', 'floor', 'minus', 'mul', 'plus', 'rem', 'round', 'bits.and', 'bits.lsh', 'bits.negate', 'bits.or', 'bits.rsh'],
  ...['bits.xor', 'equal', 'gt', 'gte', 'lt', 'lte', 'neq', 'and', 'or', 'intersection', 'union', 'count', 'max', 'min', 'product', 'sort'],
  ...['sum', 'array.concat', 'array.flatten', 'array.reverse', 'array.slice', 'numbers.range', 'to_number', 'format_int', 'type_name'],
  ...['is_array', 'is_boolean', 'is_null', 'is_number', 'is_object', 'is_set', 'is_string', 'base64.decode', 'base64.encode'],
  ...['base64.is_valid', 'base64url.decode', 'base64url.encode', 'concat', 'contains', 'endswith', 'indexof', 'lower', 'replace', 'split'],
  ...['startswith', 'strings.replace_n', 'strings.reverse', 'substring', 'trim', 'trim_left', 'trim_prefix', 'trim_right', 'trim_space'],
  ...['trim_suffix', 'upper', 'glob.match', 'regex.find_all_string_submatch_n', 'regex.is_valid', 'regex.match', 'graph.reachable', 'walk'],
  ...['json.filter', 'json.is_valid', 'json.marshal', 'json.remove', 'json.unmarshal', 'object.filter', 'object.get', 'object.keys'],
  ...['object.remove', 'object.union', 'object.union_n', 'net.cidr_contains', 'net.cidr_intersects'],
  ...['internal.member_2', 'internal.member_3', 'internal.template_string'],
] as const;

/** Builtins that are gone when the module is built: assignment, unification, print, and the metadata of a rule. */
export const buildTimeBuiltins = ['assign', 'eq', 'print', 'internal.print', 'rego.metadata.chain', 'rego.metadata.rule'] as const;
