// Puts the verbs together to the `kubexray` command. Runs nothing, so that the reference pages can read it.
import { Command } from 'commander';
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
