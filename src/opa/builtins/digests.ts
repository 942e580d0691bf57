// Digests of texts: `crypto.sha256` and its like. Pure.
import { createHash, createHmac } from 'node:crypto';
import type { RegoFunction } from './rego-value.ts';

/** By name, as a module asks for them. */
export const digestBuiltins: Readonly<Record<string, RegoFunction>> = {
  ...Object.fromEntries(['md5', 'sha1', 'sha256'].map((name) => [`crypto.${name}`, digest(name)])),
  ...Object.fromEntries(['md5', 'sha1', 'sha256', 'sha512'].map((name) => [`crypto.hmac.${name}`, keyedDigest(name)])),
  'crypto.hmac.equal': (a, b) => (typeof a === 'string' && typeof b === 'string' ? a === b : undefined),
};

function digest(algorithm: string): RegoFunction {
  return (text) => (typeof text === 'string' ? createHash(algorithm).update(text).digest('hex') : undefined);
}

function keyedDigest(algorithm: string): RegoFunction {
  return (text, key) =>
    typeof text === 'string' && typeof key === 'string' ? createHmac(algorithm, key).update(text).digest('hex') : undefined;
}
