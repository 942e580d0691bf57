// Puts the verbs together to the `kubexray` command. Runs nothing, so that the reference pages can read it. Reads package.json.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { isJsonObject } from '../facts/json.ts';
import { addCheck } from './check.ts';
import { addController } from './controller.ts';
import { addExplain } from './explain.ts';
import { addInit } from './init.ts';
import { addPlan } from './plan.ts';
import { addSnapshot } from './snapshot.ts';
import { addTest } from './test.ts';

/** Returns the command with all its verbs. Commander throws instead of ending the process. */
export function kubexrayProgram(): Command {
  const program = new Command('kubexray')
    .description('Runtime enforcement for Kubernetes workloads on what JFrog Xray knows about their images')
    .version(packageVersion(), '--version', 'print the version')
    .showHelpAfterError('(see --help)')
    .exitOverride();
  addController(program);
  addPlan(program);
  addExplain(program);
  addTest(program);
  addInit(program);
  addCheck(program);
  addSnapshot(program);
  return program;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return isJsonObject(manifest) ? String(manifest.version) : '';
}
