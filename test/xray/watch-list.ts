// The watches at this moment and the rows that they list: each row with the second in which it came up, ignored ones held back.

import { hexOf, isScanned } from './bodies.ts';
import type { Image } from './images.ts';
import { type Finding, findingsOf, writtenFinding } from './rows.ts';
import { type IgnoreRule, parseIgnore, parseRow, parseWatch, type RowDefinition, type WatchDefinition } from './watches.ts';

/** One violation, as long as it is there. */
export interface Row extends Finding {
  /** Decimal digits, never given twice. */
  readonly id: string;
  /** A whole second, as Xray writes it. */
  readonly createdAt: Date;
}

export interface WatchList {
  readonly watches: () => readonly WatchDefinition[];
  /** Puts a watch in, or in place of the one of its name. */
  readonly setWatch: (watch: WatchDefinition) => void;
  readonly removeWatch: (name: string) => void;
  /** Adds rows that are there whatever the images are, to a watch that is there. */
  readonly addViolations: (watch: string, rows: readonly RowDefinition[]) => void;
  /** From now on what the rule names is not listed, and nothing tells of it. Returns what undoes it. */
  readonly ignore: (rule: IgnoreRule) => () => void;
  /** What is listed, in the order in which it came up. */
  readonly rows: () => readonly Row[];
}

/** What the catalogue tells when an image changes. */
export interface ImageWatcher {
  readonly imageSet: (image: Image) => void;
  readonly imageRemoved: (digest: string) => void;
}

export interface WatchListOptions {
  readonly now: () => Date;
  readonly images: () => readonly Image[];
}

/** Rows of one watch and one image, or those that a person wrote. */
type Group = ReadonlyMap<string, Row>;
const written = 'written';

/** Returns a list without watches. */
export function createWatchList({ now, images }: WatchListOptions): { readonly watchList: WatchList; readonly watcher: ImageWatcher } {
  const watches = new Map<string, WatchDefinition>();
  const groups = new Map<string, Map<string, Group>>();
  const ignores = new Set<IgnoreRule>();
  let given = 0;

  function refresh(watch: string, group: string, found: readonly (Finding & { readonly createdAt: Date })[]): void {
    const groupsOfWatch = groups.get(watch) ?? new Map<string, Group>();
    const before = groupsOfWatch.get(group);
    const rows = found.map(({ createdAt, ...finding }, index): readonly [string, Row] => {
      const { type, issue, component, artifacts, image } = finding;
      const key = JSON.stringify([type, issue, component, artifacts, image === null ? index : '']);
      const old = before?.get(key);
      given += 1;
      const id = old?.id ?? `${1_830_000_000_000_000_000n + BigInt(given)}`;
      return [key, { ...finding, id, createdAt: old?.createdAt ?? wholeSecond(createdAt) }];
    });
    groupsOfWatch.set(group, new Map(rows));
    groups.set(watch, groupsOfWatch);
  }

  function refreshImage(watch: WatchDefinition, image: Image, createdAt: Date): void {
    const found = isScanned(image) ? findingsOf(watch, image).map((finding) => ({ ...finding, createdAt })) : [];
    refresh(watch.name, hexOf(image.digest), found);
  }

  function setWatch(source: WatchDefinition): void {
    const watch = parseWatch(source, 'setWatch');
    watches.set(watch.name, watch);
    const since = watch.since === undefined ? now() : new Date(watch.since);
    for (const image of images()) refreshImage(watch, image, since);
    const rows = watch.violations ?? [];
    refresh(
      watch.name,
      written,
      rows.map((row) => ({ ...writtenFinding(watch.name, row), createdAt: row.created === undefined ? since : new Date(row.created) })),
    );
  }

  function addViolations(name: string, added: readonly RowDefinition[]): void {
    const watch = watches.get(name);
    if (watch === undefined) throw new Error(`the stand-in knows no watch named ${name}`);
    const at = now().toISOString();
    const rows = added.map((row, index) => ({ created: at, ...parseRow(row, `addViolations: [${index}]`) }));
    setWatch({ ...watch, violations: [...(watch.violations ?? []), ...rows] });
  }

  function isIgnored(row: Row): boolean {
    const ofWatch = (watches.get(row.watch)?.ignore ?? []).map((rule) => ({ watch: row.watch, ...rule }));
    return [...ignores, ...ofWatch].some((rule) => concerns(rule, row));
  }

  const watchList: WatchList = {
    watches: () => [...watches.values()],
    setWatch,
    removeWatch: (name) => {
      watches.delete(name);
      groups.delete(name);
    },
    addViolations,
    ignore: (source) => {
      const rule = { ...parseIgnore(source, 'ignore') };
      ignores.add(rule);
      return () => void ignores.delete(rule);
    },
    rows: () => {
      const all = [...groups.values()].flatMap((ofWatch) => [...ofWatch.values()].flatMap((group) => [...group.values()]));
      return all.filter((row) => !isIgnored(row)).sort((one, other) => (one.id < other.id ? -1 : 1));
    },
  };
  const watcher: ImageWatcher = {
    imageSet: (image) => {
      for (const watch of watches.values()) refreshImage(watch, image, now());
    },
    imageRemoved: (digest) => {
      for (const ofWatch of groups.values()) ofWatch.delete(hexOf(digest));
    },
  };
  return { watchList, watcher };
}

function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function concerns(rule: IgnoreRule, row: Row): boolean {
  return (
    (rule.watch === undefined || rule.watch === row.watch) &&
    (rule.issue === undefined || rule.issue === row.issue || row.cves.includes(rule.issue)) &&
    (rule.image === undefined || rule.image === row.image?.name) &&
    (rule.component === undefined || rule.component === row.component)
  );
}
