// Reads the WWW-Authenticate headers of an answer (RFC 9110, section 11.6.1); pure.

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameterPattern = new RegExp(`[\\s,]*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`, 'y');
const schemePattern = new RegExp(`[\\s,]*(${token})(?=[\\s,]|$)`, 'y');

/** Returns the challenges in their order. What does not parse ends its header: what was read of it until then counts. */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  while (position < header.length) {
    const parameter = next(parameterPattern);
    if (parameter !== null) {
      const [, name = '', quoted, bare] = parameter;
      const parameters = challenges.at(-1)?.parameters;
      // The first of two wins, so that nothing can be appended to a challenge.
      if (parameters !== undefined && !parameters.has(name.toLowerCase())) {
        parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
      }
      continue;
    }
    const scheme = next(schemePattern)?.[1];
    if (scheme === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
  }
  return challenges;
}
