// Starts the stand-in for Xray for a person: `node test/xray/main.ts [DIRECTORY]`, ends with Ctrl-C.

import { join } from 'node:path';
import { startXray } from './stand-in.ts';

const directory = process.argv[2] ?? join(import.meta.dirname, 'images');
const xray = await startXray({ directory });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => xray.close().then(() => process.exit(0)));

const { token, user, password } = xray.login();
console.log(`Xray stand-in at ${xray.url}`);
console.log(`token     ${token}`);
console.log(`user      ${user}`);
console.log(`password  ${password}`);
for (const image of xray.images()) console.log(`${image.digest}  ${image.name}`);
