// The report of a run of the corpus, in words. Pure.
import Table from 'cli-table3';
import type { CorpusReport } from './corpus-run.ts';

/** Returns how many cases there are of each outcome, as a table. */
export function outcomeTable({ counts }: CorpusReport): string {
  const table = new Table({ head: ['outcome', 'cases'], colAligns: ['left', 'right'], style: { head: [], border: [] } });
  for (const [outcome, cases] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) table.push([outcome, cases]);
  table.push(['all', [...counts.values()].reduce((sum, each) => sum + each, 0)]);
  return table.toString();
}

/** Returns a line for each case that failed, each builtin that is not on the list, and each entry of the lists that was not needed. */
export function problemsOf({ failures, unlisted, unneeded }: CorpusReport): readonly string[] {
  return [
    ...failures,
    ...[...unlisted].map(([name, cases]) => `the builtin ${name} is not there (${cases} cases) and not among those that are refused`),
    ...unneeded.map((name) => `the lists name ${name}, and no case needs it: take it out`),
  ];
}
