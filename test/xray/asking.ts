// Asks the stand-in by plain HTTP, without our client; for the tests of the stand-in itself.

import type { ExecutionContext } from 'ava';
import { startXray, type XrayStandIn, type XrayStandInOptions } from './stand-in.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Starts a stand-in that ends with the test. */
export async function startFor(t: ExecutionContext, options: XrayStandInOptions = {}): Promise<XrayStandIn> {
  const xray = await startXray(options);
  t.teardown(xray.close);
  return xray;
}

const bearer = { authorization: 'Bearer stand-in-token' };

/** Posts a body to a path behind `/xray/api/`; a text is sent as it is. */
export async function post(
  xray: XrayStandIn,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = bearer,
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${xray.url}/xray/api/${path}`, { method: 'POST', headers, body: text, redirect: 'manual' });
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
}

/** Posts a question for violations, and returns the issues of the rows in their order. */
export async function issuesAsked(xray: XrayStandIn, filters: object, pagination: object = {}): Promise<readonly string[]> {
  const { status, text } = await post(xray, 'v1/violations', { filters, pagination });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text).violations.map((row: { issue_id: string }) => row.issue_id);
}

/** Returns what the stand-in complains about. */
export function complaints(xray: XrayStandIn): readonly string[] {
  return xray.problems().map(({ problem }) => problem);
}
