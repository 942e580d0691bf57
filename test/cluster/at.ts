// Reads a member deep in an answer whose shape nobody has checked.

/** Returns what is at a path such as `status.conditions.0.type`; undefined where the path leads nowhere. A name with dots in it is given as a list of steps. */
export function at(value: unknown, path: string | readonly string[]): unknown {
  const steps = typeof path === 'string' ? path.split('.') : path;
  return steps.reduce<unknown>((found, step) => (Object(found) === found ? Reflect.get(Object(found), step) : undefined), value);
}
