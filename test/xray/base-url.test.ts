// How addresses of Xray as people give them become the base of API paths.

import test from 'ava';
import { parseBaseUrl } from '../../src/xray/base-url.ts';

const platform: readonly (readonly [string, string])[] = [
  ['https://acme.jfrog.io', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/xray', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/xray/', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/Xray/', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/xray/api/v1', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/xray/api/v2/summary/artifact', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/artifactory', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/artifactory/docker-local', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/ui/login/?redirect=%2Fscans', 'https://acme.jfrog.io/xray'],
  ['https://acme.jfrog.io/ui#/packages', 'https://acme.jfrog.io/xray'],
  ['acme.jfrog.io', 'https://acme.jfrog.io/xray'],
  ['localhost:8082', 'https://localhost:8082/xray'],
  ['http://router.internal:8082', 'http://router.internal:8082/xray'],
  ['https://tools.example.com:443/jfrog', 'https://tools.example.com/jfrog/xray'],
  ['https://tools.example.com/jfrog/xray', 'https://tools.example.com/jfrog/xray'],
  ['https://tools.example.com/xray-proxy', 'https://tools.example.com/xray-proxy/xray'],
  ['  https://acme.jfrog.io\n', 'https://acme.jfrog.io/xray'],
  ['http://[::1]:8082//xray//', 'http://[::1]:8082/xray'],
];

for (const [text, url] of platform) {
  test(`${JSON.stringify(text)} is the platform at ${url}`, (t) => {
    t.deepEqual(parseBaseUrl(text), { kind: 'valid', url });
  });
}

const legacy: readonly (readonly [string, string])[] = [
  ['http://xray.internal:8000', 'http://xray.internal:8000'],
  ['http://xray.internal:8000/api/v1', 'http://xray.internal:8000'],
  ['http://xray.internal:8000/web/#/home', 'http://xray.internal:8000'],
];

for (const [text, url] of legacy) {
  test(`${text} is an old Xray at ${url}`, (t) => {
    t.deepEqual(parseBaseUrl(text, 'legacy'), { kind: 'valid', url });
  });
}

const invalid: readonly (readonly [string, string])[] = [
  ['', 'the URL of Xray is empty'],
  ['  ', 'the URL of Xray is empty'],
  ['nonsense', 'the URL of Xray is one word; write it as https://example.jfrog.io'],
  ['https://', 'the URL of Xray does not parse'],
  ['https://acme.jfrog.io:99999', 'the URL of Xray does not parse'],
  ['ftp://acme.jfrog.io', 'the URL of Xray begins with ftp:// where http:// or https:// is expected'],
  ['https://admin:hunter2@acme.jfrog.io', 'the URL of Xray holds credentials: give them separately'],
];

for (const [text, problem] of invalid) {
  test(`${JSON.stringify(text)} is refused: ${problem}`, (t) => {
    t.deepEqual(parseBaseUrl(text), { kind: 'invalid', problem });
  });
}
