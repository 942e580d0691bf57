// How moments are written for people in statuses. Pure.

/** Returns a time to the second, RFC 3339 in UTC. */
export function secondText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
