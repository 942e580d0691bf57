// Reads what a request to the stand-in asks, and who asks.

import type { IncomingMessage } from 'node:http';
import { isJsonObject } from '../../src/facts/json.ts';

/** The body of summary/artifact; absent lists are empty. */
export interface Question {
  readonly checksums: readonly string[];
  readonly paths: readonly string[];
}

export interface Login {
  readonly token: string;
  readonly user: string;
  readonly password: string;
}

export type Scheme = 'none' | 'basic' | 'bearer' | 'other';

/** Returns what a request said in its body. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Returns the value of a JSON text, or undefined where it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the question, or null for a body that is not one. */
export function readQuestion(body: unknown): Question | null {
  if (!isJsonObject(body)) return null;
  const [checksums, paths] = [body.checksums ?? [], body.paths ?? []];
  return isTexts(checksums) && isTexts(paths) ? { checksums, paths } : null;
}

/** Returns what Xray misunderstands in a question without a word about it. */
export function questionProblems(body: unknown, { checksums, paths }: Question): readonly string[] {
  const strange = isJsonObject(body) ? Object.keys(body).filter((key) => key !== 'checksums' && key !== 'paths') : [];
  return [
    ...strange.map((key) => `${key} is no field of this question, and is not read`),
    ...(checksums.length > 0 && paths.length > 0 ? ['where paths are asked for, checksums are not read'] : []),
    ...checksums
      .filter((checksum) => !/^([0-9a-f]{64}|[0-9a-f]{40})$/.test(checksum))
      .map((checksum) => `${checksum} is no checksum: bare hex in lower case is`),
    ...paths.filter((path) => !path.startsWith('default/')).map((path) => `the path ${path} does not begin with default/`),
    ...paths
      .filter((path) => !/\/(list\.)?manifest\.json$/.test(path))
      .map((path) => `the path ${path} names no manifest: only files are known`),
  ];
}

/** Returns the scheme of an Authorization header. */
export function schemeOf(header: string): Scheme {
  if (header === '') return 'none';
  return /^basic /i.test(header) ? 'basic' : /^bearer /i.test(header) ? 'bearer' : 'other';
}

/** Returns null for who may ask, else the body of the 401: the router's for who says nothing, Xray's own for who says it wrong. */
export function refusalOf(header: string, { token, user, password }: Login): Record<string, unknown> | null {
  const value = header.replace(/^\S+ +/, '');
  switch (schemeOf(header)) {
    case 'bearer':
      return value === token ? null : { error: 'Found invalid token' };
    case 'basic': {
      const given = Buffer.from(value, 'base64').toString('utf8');
      // A token as password is a documented way too, whatever the user.
      return given === `${user}:${password}` || given.endsWith(`:${token}`) ? null : { error: 'Bad Credentials' };
    }
    default:
      return { errors: [{ status: 401, message: 'Props Authentication Token not found' }] };
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
