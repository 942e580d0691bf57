// Where something stands in a JSON value: from the pointers of a validator to paths as people write them. Pure.

/** Member names and positions from the root. */
export type JsonPath = readonly (string | number)[];

/** Returns the path of a JSON pointer (RFC 6901), whose numbers are taken for positions. */
export function pathOfPointer(pointer: string): JsonPath {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** Returns a path as people write it: `objects[3].labels`. */
export function pathText(path: JsonPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');
}
