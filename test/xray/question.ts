// Reads what a request to the stand-in asks, and who asks.

import type { IncomingMessage } from 'node:http';
import { isJsonObject } from '../../src/facts/json.ts';
import type { SummaryVersion } from './bodies.ts';

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

/** Returns the version of the summary that a path asks for, or null for another path. */
export function summaryVersion(path: string): SummaryVersion | null {
  const version = /^\/xray\/api\/(v[12])\/summary\/artifact$/.exec(path)?.[1];
  return version === 'v1' || version === 'v2' ? version : null;
}

/** Returns the question, or null for a body that is not one. */
export async function readQuestion(request: IncomingMessage): Promise<Question | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (!isJsonObject(body)) return null;
    const { checksums = [], paths = [] } = body;
    return isTexts(checksums) && isTexts(paths) ? { checksums, paths } : null;
  } catch {
    return null;
  }
}

/** Returns the scheme of an Authorization header. */
export function schemeOf(header: string): Scheme {
  if (header === '') return 'none';
  return /^basic /i.test(header) ? 'basic' : /^bearer /i.test(header) ? 'bearer' : 'other';
}

/** Returns null for who may ask, else the body of the 401: the router's for who says nothing, Xray's own for who says it wrong. */
export function refusalOf(header: string, { token, user, password }: Login): unknown {
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
