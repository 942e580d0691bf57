// `kubexray init`: writes the files of a new rule, with cases that pass, into a folder. Writes files, never over one.
import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Failure, messageOf } from '../failure.ts';
import { ruleNames, ruleTemplate } from './rule-template.ts';
import type { Output } from './surroundings.ts';

/** Adds the verb to the program. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a new rule with cases that pass, to be changed into your own')
    .argument('<dir>', 'folder of the rule, whose name becomes that of the rule; made when it is not there')
    .addHelpText('after', '\nNothing is overwritten. Exit code: 0 written; 2 it could not be.')
    .action((directory: string) => runInit(directory, process.stdout));
}

/** Writes the files and says so. Throws `Failure` when one is there already or cannot be written. */
export async function runInit(directory: string, stdout: Output): Promise<void> {
  const files = [...ruleTemplate(ruleNames(basename(resolve(directory))))].map(([path, text]) => ({ path: join(directory, path), text }));
  // All or nothing, as far as it can be told beforehand.
  for (const { path } of files) if (await exists(path)) throw cannotWrite(path, 'it is there already, and is not overwritten');
  for (const { path, text } of files) await writeNew(path, text);
  stdout.write(report(directory, files));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    // Fails when somebody else made it meanwhile.
    await writeFile(path, text, { flag: 'wx' });
  } catch (thrown) {
    throw cannotWrite(
      path,
      isTaken(thrown) ? 'a file of that name, or of the name of its folder, is there already' : messageOf(thrown),
      thrown,
    );
  }
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'EEXIST' || thrown.code === 'ENOTDIR');
}

function cannotWrite(path: string, why: string, cause?: unknown): Failure {
  return new Failure(`write ${path}: ${why}`, { retry: 'never', reason: 'NotWritten', cause });
}

function report(directory: string, files: readonly { readonly path: string }[]): string {
  const shown = /^[\w./@:+-]+$/.test(directory) ? directory : `'${directory.replaceAll("'", String.raw`'\''`)}'`;
  return `${files.map(({ path }) => `wrote ${path}\n`).join('')}
Change rule.rego and its cases, then:
  kubexray check ${shown}    what is wrong with it, as the cluster would say
  kubexray test ${shown}     whether its cases and tests hold
  kubectl apply -f ${join(shown, 'policy.yaml')}    try it in a cluster, in DryRun (copy rule.rego into it first)
`;
}
