// The page of builtins against the builtins that the real compiler knows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { builtinsPage } from '../../docs/pages/builtins-page.ts';
import { ourCapabilities } from '../../src/opa/capabilities.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { hostBuiltins } from '../../src/opa/host-builtins.ts';
import { silent } from '../../src/opa/progress.ts';

const page = builtinsPage();
const refusedPart = page.slice(page.indexOf('## Refused'));

/** Rego v1 knows these no more, or they are no functions that a rule could call. */
const notForRules = ['all', 'any', 're_match', 'set_diff', 'net.cidr_overlap', 'trace', 'test.sleep'];

function isOnPage(name: string, part: string): boolean {
  return part.includes(`\`${name}\``);
}

test('every builtin that the host supplies is named, and is not among the refused', (t) => {
  for (const name of hostBuiltins.keys()) {
    t.true(isOnPage(name, page), name);
    t.false(isOnPage(name, refusedPart), name);
  }
});

test('every builtin of OPA that rules do not have is named with an answer', async (t) => {
  const opa = await findOpa({ env: process.env, progress: silent });
  const { stdout } = await promisify(execFile)(opa, ['capabilities', '--current'], { maxBuffer: 2 ** 24 });
  const refused = [...ourCapabilities(stdout).refused].filter((name) => !/^(internal|cast_|rego\.parse_module)/.test(name));
  t.deepEqual(
    refused.filter((name) => !isOnPage(name, refusedPart) && !notForRules.includes(name)),
    [],
  );
  t.false(/\| *\|$/m.test(refusedPart));
});

test('operators and what only the compiler calls are not named', (t) => {
  t.false(page.includes('internal.'));
  t.false(isOnPage('plus', page));
});
