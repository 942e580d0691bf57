// Follows a page of the documentation to the letter: writes the files that it shows, runs its commands, compares what they print.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** In the order of the page: a block with a path after its language is a file, one in `console` has commands. */
export type PageStep =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly shown: string };

/** Returns the steps of a page. */
export function stepsOf(page: string): readonly PageStep[] {
  return [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].flatMap(([, language, path, text = '']): PageStep[] => {
    if (path !== undefined) return [{ kind: 'file', path, text }];
    if (language !== 'console') return [];
    return text
      .split(/^\$ /m)
      .slice(1)
      .map((part): PageStep => {
        const [command = '', ...shown] = part.split('\n');
        return { kind: 'command', command, shown: shown.join('\n') };
      });
  });
}

/** Returns the file that a page shows under this path. Throws when there is none. */
export function fileOf(page: string, path: string): Extract<PageStep, { kind: 'file' }> {
  const found = stepsOf(page).find((step) => step.kind === 'file' && step.path === path);
  if (found?.kind !== 'file') throw new Error(`find ${path} on the page: it is not there`);
  return found;
}

/** Returns what a command must print: `…` stands for anything, on a line of its own for any lines, within one for the rest of it. */
export function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const parts = lines.map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .split('…')
          .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

/** Writes a file of the page below a folder. */
export async function writeStep(directory: string, { path, text }: { readonly path: string; readonly text: string }): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Runs a command of the page in a folder and returns its standard output, without white space at the ends of lines. */
export function printedBy(command: string, directory: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1', ...more };
  const cli = join(import.meta.dirname, '../../src/cli.ts');
  const script = `kubexray() { "${process.execPath}" "${cli}" "$@"; }\n${command}`;
  return new Promise((resolve) => {
    // Pages show what is found as well, which is exit code 1: what is printed tells.
    execFile('sh', ['-c', script], { cwd: directory, env, timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve(`${(stdout || stderr).replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`),
    );
  });
}
