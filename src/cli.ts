#!/usr/bin/env node
// The `kubexray` command: argv → commands. Exit codes: 0 done, 1 something was found, 2 it could not be done.
import { Command } from 'commander';
import { addCheck } from './commands/check.ts';
import { addController } from './commands/controller.ts';
import { addExplain } from './commands/explain.ts';
import { addInit } from './commands/init.ts';
import { addPlan } from './commands/plan.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addTest } from './commands/test.ts';
import { messageOf } from './failure.ts';

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

try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  const isCommander = thrown instanceof Error && 'exitCode' in thrown && typeof thrown.exitCode === 'number';
  // Commander has said what is wrong; --help is not wrong at all.
  if (isCommander) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    console.error(`kubexray: ${messageOf(thrown)}`);
    process.exitCode = 2;
  }
}
