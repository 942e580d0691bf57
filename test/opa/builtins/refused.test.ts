// Each builtin of OPA either runs in a rule or is refused with what to write instead.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { alternativeTo } from '../../../src/opa/builtins/alternatives.ts';
import { ourCapabilities } from '../../../src/opa/capabilities.ts';
import { findOpa } from '../../../src/opa/find-opa.ts';
import { hostBuiltins } from '../../../src/opa/host-builtins.ts';
import { silent } from '../../../src/opa/progress.ts';

const opa = await findOpa({ env: process.env, progress: silent });
const { stdout } = await promisify(execFile)(opa, ['capabilities', '--current'], { maxBuffer: 2 ** 24 });
const { refused } = ourCapabilities(stdout);

test('every builtin that is refused has an alternative', (t) => {
  t.deepEqual(
    [...refused].filter((name) => alternativeTo(name) === undefined),
    [],
  );
});

test('no alternative names a builtin that is refused itself', (t) => {
  const named = [...refused].flatMap((name) => (alternativeTo(name) ?? '').match(/[a-z]+\.[a-z][a-z0-9_.]*[a-z0-9_]/g) ?? []);
  t.deepEqual(
    named.filter((name) => refused.has(name)),
    [],
  );
});

test('what reads more than the input, or differs from run to run, is refused', (t) => {
  for (const name of ['http.send', 'net.lookup_ip_addr', 'opa.runtime', 'rand.intn', 'time.now_ns', 'uuid.rfc4122', 'trace']) {
    t.true(refused.has(name), name);
    t.false(hostBuiltins.has(name), name);
  }
});

test('a name that OPA does not know has none', (t) => {
  t.is(alternativeTo('toString'), undefined);
});
