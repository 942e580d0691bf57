// The order of Xray's severities, with the words of older versions in their places.

/** As the filter of violations takes them, the gravest first. */
export const severities = ['Critical', 'High', 'Medium', 'Low', 'Information', 'Unknown'] as const;
export type StandInSeverity = (typeof severities)[number];

const olderWords: Readonly<Record<string, StandInSeverity>> = { Major: 'Medium', Minor: 'Low', Normal: 'Information', Pending: 'Unknown' };

/** Returns a number that is larger for what is graver; 0 for what Xray has not graded. */
export function severityRank(severity: string): number {
  const words: readonly string[] = severities;
  const index = words.indexOf(olderWords[severity] ?? severity);
  return index === -1 ? 0 : words.length - 1 - index;
}
