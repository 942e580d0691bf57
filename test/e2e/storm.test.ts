// A storm: workloads come and go while Xray fails in every way that it can. Nothing is done that Xray had not told, and in the end all is right.
// KUBEXRAY_SEED=n repeats a run's order of things as far as the machine lets it; KUBEXRAY_LONG=1 goes on for minutes.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { at } from '../cluster/at.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { condition, policyStatus, workloadPath } from './environment.ts';
import { type StormFault, shuffledFaults } from './storm-faults.ts';
import { digestOfRef, type Member } from './storm-fleet.ts';
import { burst, excessOf, memoryMiB, perSecond, shortestGapMs, strayRows, strays } from './storm-measures.ts';
import { begin, maxAgeMs, policies, type Storm, settle, watchPolicy, webhookToken } from './storm-scene.ts';
import type { StormRule } from './storm-told.ts';
import { wrongsOf } from './storm-verdict.ts';

const isLong = process.env.KUBEXRAY_LONG === '1';
const seed = Number(process.env.KUBEXRAY_SEED ?? randomInt(2 ** 31));
const rounds = isLong ? 5 : 1;
const random = seededRandom(seed);
// Back-off of a fact (15 s), a probe of the breaker (5 s), time-outs of what never answers (20 s each): twenty seconds as a rule, and a busy machine.
const calmWithinMs = 100_000;
const restMs = 5_000;

/** One fault: there until it has struck, and for a little while more. */
async function phase({ name, fault, hangs, needsToken }: StormFault, storm: Storm): Promise<void> {
  const { environment, stir, tap, rotateToken } = storm;
  const { xray } = environment;
  const times = 1 + Math.floor(random() * (isLong ? 3 : 1.5));
  const lift = xray.inject({ ...fault, times });
  const isStruck = (): boolean => {
    const left = xray.faults().find(({ times: _, ...one }) => JSON.stringify(one) === JSON.stringify(fault))?.times ?? 0;
    return left < times;
  };
  await stir.fresh();
  for (let thing = 0; thing < 3; thing += 1) await stir.anything();
  await waitFor(isStruck, { what: `a call that is struck by: ${name}`, timeoutMs: 60_000, intervalMs: 20 });
  // Not a wait for anything: the time that the fault lasts.
  await delay((isLong && hangs ? 25_000 : isLong ? 600 : 300) * random());
  lift();
  if (hangs) tap.cut();
  if (needsToken) await rotateToken();
}

/** Xray is away for long enough to be left alone but for a look now and then. */
async function outage({ environment, stir, tap }: Storm): Promise<void> {
  const before = tap.calls().length;
  const lift = environment.xray.inject({ kind: 'status', status: 502, endpoint: 'summary' });
  await stir.fresh();
  await waitFor(() => tap.calls().length - before >= 5, { what: 'five calls that fail', timeoutMs: 60_000 });
  await delay(isLong ? 30_000 : 1_500);
  lift();
}

/** Fails where the controller ever wrote to one of these. */
async function mustBeUntouched(t: ExecutionContext, members: readonly Member[]): Promise<void> {
  for (const member of members) {
    const object = await storm.environment.admin.expect('GET', workloadPath(member));
    const managers = JSON.stringify(at(object, 'metadata.managedFields'));
    t.false(managers.includes('"manager":"kubexray"'), `${member.kind}/${member.namespace}/${member.name} ${member.ref}`);
  }
}

/** What helps to see why a storm ended badly. */
async function lastWords({ environment, controller, tap }: Storm): Promise<string> {
  const statuses = await Promise.all(
    Object.keys(policies).map(async (name) => {
      const { conditions, rules } = await policyStatus(environment.admin, name);
      return { name, facts: conditions?.find(({ type }) => type === 'FactsFresh')?.message, rules };
    }),
  );
  const calls = tap
    .calls()
    .slice(-30)
    .map(({ atMs, path, checksums, status }) => `${new Date(atMs).toISOString()} ${path} ${status} ${checksums.length} checksums`);
  return [JSON.stringify(statuses, null, 1), JSON.stringify(environment.xray.faults()), ...calls, ...controller.log().slice(-20)].join(
    '\n',
  );
}

let storm: Storm;

test.before(async () => {
  storm = await begin(random);
});

test.after.always(() => storm?.stop());

test('a storm: nothing is done that Xray had not told, and when it is over all is as Xray says', async (t) => {
  t.timeout(isLong ? 30 * 60_000 : 300_000);
  t.log(`KUBEXRAY_SEED=${seed}`);
  const { environment, controller, tap, witness, fleet, stir, tokens } = storm;
  const { xray } = environment;
  t.teardown(async () => t.passed || t.log(await lastWords(storm)));
  const startMs = Date.now();
  const steady = await settle(storm);
  t.log(`${Math.round((Date.now() - startMs) / 1000)} s to begin`);
  const { forgotten, vulnerable } = steady;
  const hidden = steady.hidden.member;
  const poison = steady.poison.map(({ member }) => member);
  const [beganMs, beginsMiB] = [Date.now(), await memoryMiB(tap.url)];
  for (let round = 0; round < rounds; round += 1) {
    const shuffled = shuffledFaults(random);
    // Of the many shapes each short storm takes some.
    const leftOut = isLong ? [] : shuffled.filter(({ fault }) => fault.kind === 'wrongShape').slice(4);
    const faults = shuffled.filter((fault) => !leftOut.includes(fault));
    const half = Math.floor(faults.length / 2);
    for (const fault of faults.slice(0, half)) if (round === 0 || fault.name !== 'v2 absent') await phase(fault, storm);
    xray.remove(digestOfRef(forgotten.ref));
    await outage(storm);
    for (const fault of faults.slice(half)) if (round === 0 || fault.name !== 'v2 absent') await phase(fault, storm);
  }
  const aside = tap.calls().filter(({ path }) => !path.includes('/summary/')).length;
  t.log(
    `${Math.round((Date.now() - beganMs) / 1000)} s of storm, ${aside} calls in the background, ${tap.calls().length} calls, ${witness.acts().length} acts`,
  );

  // Calm, but for what is hidden, and what spoils each answer that would speak of it.
  storm.liftBackground();
  tap.cut();
  const calmMs = Date.now();
  const apart = [hidden, forgotten, ...poison];
  await waitForValue(() => strays(storm, apart), [], {
    what: 'every workload as it should be',
    timeoutMs: calmWithinMs,
    intervalMs: 1_000,
  });
  for (const name of Object.keys(policies))
    await waitForValue(() => strayRows(storm, name, apart), [], { what: `the rows of ${name}`, timeoutMs: 60_000 });
  await stir.nameWatch();
  const isWatchKnown = async () => condition(await policyStatus(environment.admin, watchPolicy), 'FactsFresh')?.status === 'True';
  await waitFor(isWatchKnown, { what: 'the violations of the watch known', timeoutMs: 60_000, intervalMs: 200 });
  t.log(`all right after ${Math.round((Date.now() - calmMs) / 1000)} s of calm`);

  // Not to know is not to know nothing bad.
  const isMissed = async () => {
    const fresh = (await policyStatus(environment.admin, 'agpl')).conditions?.find(({ type }) => type === 'FactsFresh');
    return fresh?.status === 'False' && fresh.message.includes(hidden.ref);
  };
  await waitFor(isMissed, { what: 'the image that is not known in FactsFresh' });

  // At rest.
  const [restsMs, actsBefore] = [Date.now(), witness.acts().length];
  await delay(restMs);
  t.deepEqual(witness.acts().slice(actsBefore), []);
  const atRest = tap.calls().filter(({ atMs }) => atMs >= restsMs);
  const gapMs = shortestGapMs(
    atRest,
    [hidden, ...poison].map(({ ref }) => digestOfRef(ref)),
  );
  // Half of maxAge, a tenth less by chance, and a fifth of that less in company.
  t.true(gapMs >= (maxAgeMs / 2) * 0.9 * 0.8 - 100, `asked again after ${gapMs} ms`);

  // What was never known was never touched, nor was what was always clean.
  const clean = fleet.members().filter(({ alwaysClean }) => alwaysClean);
  t.true(clean.length > 1);
  await mustBeUntouched(t, [...apart, ...clean]);

  // A remedy gives back, and what was hidden is acted on once it is not.
  xray.removeIssue(digestOfRef(vulnerable.ref), 'XRAY-1');
  await waitFor(() => tap.told(digestOfRef(vulnerable.ref)).at(-1)?.severities.length === 0, { what: 'the remedy told' });
  await fleet.release(vulnerable);
  for (const { lift, member } of [steady.hidden, ...steady.poison]) {
    lift();
    await stir.tellOf(member);
  }
  tap.cut();
  await waitForValue(() => strays(storm, [forgotten]), [], {
    what: 'what was hidden acted on',
    timeoutMs: calmWithinMs,
    intervalMs: 1_000,
  });

  const knowledge = {
    told: tap.told,
    digestOf: digestOfRef,
    maxAgeMs,
    deleting: (namespace: string): StormRule[] => (namespace === 'storm-agpl' ? ['no-agpl'] : []),
  };
  t.deepEqual(wrongsOf(witness.acts(), knowledge), []);
  const kinds = new Set(witness.acts().map(({ kind }) => kind));
  t.true(kinds.has('scaledDown') && kinds.has('deleted') && kinds.has('restored'), [...kinds].join());
  t.deepEqual(witness.gaps(), []);
  t.deepEqual(xray.problems(), []);
  const excess = excessOf(tap.calls());
  t.true(excess <= 4, `${excess} calls more than ${burst} and ${perSecond} a second`);
  t.deepEqual(
    new Map([...stir.receipts()].map(([name, statuses]) => [name, [...statuses]])),
    new Map([...stir.receipts().keys()].map((name) => [name, [expectedStatus[name]]])),
  );

  const endsMiB = await memoryMiB(tap.url);
  t.log(`${Math.round(beginsMiB)} MiB at first, ${Math.round(endsMiB)} MiB in the end, ${excess.toFixed(1)} calls beyond the limiter's`);
  t.true(endsMiB < Math.max(300, beginsMiB + 100), `${beginsMiB} MiB at first, ${endsMiB} MiB in the end`);
  t.is(await controller.end('SIGTERM'), 0);
  const isLine = (line: string): boolean =>
    line.startsWith('{"level":"') && !/pass failed|action failed|cannot be ended|unhandled/i.test(line);
  t.deepEqual(
    controller.log().filter((line) => !isLine(line)),
    [],
  );
  const secrets = [webhookToken, ...tokens];
  t.false(controller.log().some((line) => secrets.some((secret) => line.includes(secret))));
});

const expectedStatus: Readonly<Record<string, number>> = { right: 202, 'wrong token': 401, 'no JSON': 400 };
