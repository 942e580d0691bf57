// Durations as policies write them: 24h, 1h30m, 500ms. No days, whose length is a question of calendars.

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Returns milliseconds, or undefined when the text is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (text.length > 32 || !/^([0-9]+(ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|s|m|h)/g)) {
    // The pattern above admits these units and no others.
    totalMs += Number(amount) * unitsMs[unit as keyof typeof unitsMs];
  }
  return Number.isSafeInteger(totalMs) ? totalMs : undefined;
}
