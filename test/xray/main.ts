// Entry, starts the stand-in for Xray for a person: `node test/xray/main.ts [DIRECTORY] [--port N]`; ends with Ctrl-C.

import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/failure.ts';
import { textTable } from '../../src/output/text-table.ts';
import type { LicenseSource } from './images.ts';
import { startXray, type XrayStandIn } from './stand-in.ts';

// A digest and a name take most of a usual terminal.
const width = 160;
const usage = 'usage: npm run xray -- [DIRECTORY] [--port N]';

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '0' } } });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) throw new Error(`--port ${values.port} is no port; ${usage}`);
  if (positionals.length > 1) throw new Error(`more than one directory: ${positionals.join(' ')}; ${usage}`);
  const xray = await startXray({ directory: positionals[0] ?? join(import.meta.dirname, 'images'), port: Number(values.port) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => xray.close().then(() => process.exit(0)));
  process.stdout.write(greeting(xray));
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 2;
}

function greeting(xray: XrayStandIn): string {
  const { token, user, password } = xray.login();
  return [
    `Xray stand-in at ${xray.url}`,
    `token     ${token}`,
    `user      ${user}`,
    `password  ${password}`,
    `control   curl ${xray.url}/stand-in   (publish an issue, switch a fault, ...)`,
    '',
    imageTable(xray),
    watchTable(xray),
  ].join('\n');
}

function imageTable(xray: XrayStandIn): string {
  const rows = xray
    .images()
    .map(({ name, digest, issues, licenses }) => [
      digest,
      name,
      licenses.map(licenseName).join(', ') || '-',
      issues.map(({ id, severity }) => `${id} ${severity}`).join(', ') || '-',
    ]);
  return textTable({ columns: ['DIGEST', 'IMAGE', 'LICENSES', 'ISSUES'], rows, width });
}

function licenseName(license: LicenseSource): string {
  return typeof license === 'string' ? license : license.name;
}

function watchTable(xray: XrayStandIn): string {
  const rows = xray.watches().map(({ name, policies = [], repositories }) => {
    const violations = xray.rows().filter(({ watch }) => watch === name).length;
    return [name, `${violations}`, repositories?.join(' ') ?? 'all', policies.map((policy) => policy.name).join(', ') || '-'];
  });
  return textTable({ columns: ['WATCH', 'VIOLATIONS', 'REPOSITORIES', 'POLICIES'], rows, width });
}
