// Asks Xray for the violations that a watch has found within a window: page by page, and all of them or nothing.

import { compareTexts } from '../facts/compare-texts.ts';
import type { WatchAnswer, WatchRow, WatchSource } from '../facts/watch-source.ts';
import { messageOf } from '../failure.ts';
import type { Calls } from './calls.ts';
import { shapeFailure, XrayFailure } from './errors.ts';
import { parseViolations, type ViolationsPage } from './parse-violations.ts';

/** Rows of a page: as JFrog's own collector asks; fewer when such a page is too much for Xray or for us. */
const pageSizes: readonly number[] = [500, 100, 20];
/** What is remembered of a watch: at some 500 bytes each these are 25 MB. Watches that find more are about more than what runs. */
const maxRows = 50_000;
/** One violation may name thousands of artifacts. */
const maxPaths = 500_000;
/** Before Xray existed: without a beginning some versions never answer. */
const earliest = '2012-01-01T00:00:00Z';

const path = '/api/v1/violations';

/** Returns the source of violations. `query` goes with each call. */
export function createViolations(calls: Calls, query: string): WatchSource {
  async function rows(watch: string, window: Parameters<WatchSource['rows']>[1], signal: AbortSignal): Promise<WatchAnswer> {
    if (watch === '') return { kind: 'unavailable', reason: 'a watch without a name cannot be asked for' };
    const filters = {
      watch_name: watch,
      include_details: true,
      created_from: window.from === null ? earliest : window.from.toISOString(),
      created_until: window.until.toISOString(),
    };
    for (const limit of pageSizes) {
      try {
        return { kind: 'complete', rows: await readAll((offset) => askPage({ filters, limit, offset }, signal), { watch, limit }) };
      } catch (thrown) {
        signal.throwIfAborted();
        const isLast = limit === pageSizes.at(-1);
        if (isLast || !(thrown instanceof XrayFailure && thrown.smaller)) return { kind: 'unavailable', reason: messageOf(thrown) };
      }
    }
    return { kind: 'unavailable', reason: 'no page of violations was small enough' };
  }

  async function askPage(asked: PageQuestion, signal: AbortSignal): Promise<ViolationsPage> {
    const { filters, limit, offset } = asked;
    const pagination = { order_by: 'created', direction: 'asc', limit, offset };
    const body = await calls.post({ path, query, body: { filters, pagination }, lane: 'background', isEssential: false }, signal);
    const parsed = parseViolations(body, filters.watch_name);
    if (parsed.kind === 'malformed') throw brokenPage(parsed.problem);
    return parsed.page;
  }

  return { rows };
}

interface PageQuestion {
  readonly filters: { readonly watch_name: string; readonly [filter: string]: unknown };
  readonly limit: number;
  /** The number of the page, from 1: not of a row, whatever the name says. */
  readonly offset: number;
}

/** Another page size would not mend it. */
function brokenPage(problem: string): XrayFailure {
  const { kind, message } = shapeFailure(problem);
  return new XrayFailure(kind, message);
}

/**
 * Reads pages until one brings nothing new. A short page is the last one only if Xray's own count agrees: a server may give fewer rows to a page
 * than it was asked for. What is missing in the end makes the answer none.
 */
async function readAll(
  ask: (offset: number) => Promise<ViolationsPage>,
  { watch, limit }: { readonly watch: string; readonly limit: number },
): Promise<readonly WatchRow[]> {
  const seen = new Set<string>();
  const found = new Map<string, WatchRow>();
  let paths = 0;
  for (let offset = 1; ; offset += 1) {
    const { total, entries } = await ask(offset);
    const before = seen.size;
    for (const { identity, row } of entries) {
      if (seen.has(identity)) continue;
      seen.add(identity);
      if (row === null) continue;
      // Two rows under one key are two: neither may speak for the other's artifacts.
      found.set(
        found.has(row.key) ? `${row.key} ${identity}` : row.key,
        found.has(row.key) ? { ...row, key: `${row.key} ${identity}` } : row,
      );
      paths += row.paths.length;
    }
    if (seen.size > maxRows || paths > maxPaths) throw new XrayFailure('TooLarge', tooMany(watch));
    const isShort = entries.length < limit && (total === null || seen.size >= total);
    if (!isShort && seen.size > before) continue;
    if (total !== null && seen.size < total) throw new XrayFailure('DoesNotParse', incomplete(watch, seen.size, total));
    // Older versions do not read the direction that they are asked for.
    return [...found.values()].toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || compareTexts(a.key, b.key));
  }
}

function tooMany(watch: string): string {
  return `the watch ${watch} has more violations than can be kept (${maxRows} rows, ${maxPaths} artifacts): let it watch fewer repositories`;
}

function incomplete(watch: string, listed: number, total: number): string {
  return `Xray lists ${listed} of the ${total} violations of the watch ${watch}: the user may not read all its repositories, or they changed meanwhile`;
}
