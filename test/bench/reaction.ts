// How soon the controller acts, and what it costs, on clusters of 200, 1,000 and 10,000 pods; beside another program where one is given.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/failure.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { machine } from './machine.ts';
import { type Measured, measure } from './reaction-measure.ts';
import { reactionJson, reactionText } from './reaction-text.ts';

const { values: flags } = parseArgs({
  options: {
    // Each several times.
    pods: { type: 'string', multiple: true, default: ['200', '1000', '10000'] },
    peer: { type: 'string', multiple: true, default: [] },
    // A peer that takes seconds for a pod is not waited for on large clusters.
    'peer-most-pods': { type: 'string', default: '1000' },
    'peer-rounds': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '100' },
    'rest-seconds': { type: 'string', default: '60' },
    issues: { type: 'string', default: '200' },
    // What is run as ours: `dist/cli.js` is what an image has. With `--node-flag=--cpu-prof` Node says where its time went.
    cli: { type: 'string' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    output: { type: 'string', short: 'o', default: 'text' },
  },
});
const number = (flag: 'peer-most-pods' | 'peer-rounds' | 'rounds' | 'rest-seconds' | 'issues'): number => count(flags[flag], flag);
const progress = progressOn(process.stderr);
const peers = flags.peer.map((text) => {
  const [name = '', path = ''] = text.split(/=(.*)/s);
  if (path === '') throw new Error(`--peer must be NAME=PATH, not ${text}`);
  return { name, path: resolve(path) };
});
const ours = { nodeFlags: flags['node-flag'], ...(flags.cli !== undefined && { cli: resolve(flags.cli) }) };
const common = { restSeconds: number('rest-seconds'), issuesEach: number('issues'), env: process.env, progress, ours };
const before = machine();
const sizes = flags.pods.map((text) => count(text, 'pods'));
const measured: Measured[] = [];
for (const pods of sizes) {
  const largest = pods === Math.max(...sizes);
  // Most of the time is pace, not work: half of it is enough where nothing is to be proven.
  const rounds = largest ? number('rounds') : Math.ceil(number('rounds') / 2);
  measured.push(await measure({ ...common, pods, rounds }));
  for (const peer of pods > number('peer-most-pods') ? [] : peers) {
    // A program that does not work here must not cost the figures of the others.
    const found = await measure({ ...common, pods, rounds: number('peer-rounds'), peer }).catch((thrown: unknown) => {
      progress.say(`${peer.name} is left out: ${messageOf(thrown)}`);
    });
    if (found !== undefined) measured.push(found);
  }
}
const machines = `before ${before}; after ${machine()}`;
const form = flags.output === 'json' ? reactionJson : reactionText;
process.stdout.write(`${form(measured, { machines, issuesEach: common.issuesEach })}\n`);

function count(text: string, flag: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${flag} must be a number above 0, not ${text}`);
  return Number(text);
}
