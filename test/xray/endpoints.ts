// Which endpoint of Xray a path is, and which method it takes.

import type { SummaryVersion } from './bodies.ts';

export type Endpoint = 'summary' | 'violations' | 'violationDetails' | 'artifactStatus' | 'ping' | 'version' | 'other';

export interface Route {
  readonly endpoint: Endpoint;
  /** Of the summary; null for another endpoint. */
  readonly version: SummaryVersion | null;
  readonly method: 'GET' | 'POST';
}

const routes: Readonly<Record<string, Route>> = {
  'POST /xray/api/v1/summary/artifact': { endpoint: 'summary', version: 'v1', method: 'POST' },
  'POST /xray/api/v2/summary/artifact': { endpoint: 'summary', version: 'v2', method: 'POST' },
  'POST /xray/api/v1/violations': { endpoint: 'violations', version: null, method: 'POST' },
  'GET /xray/api/v1/violations': { endpoint: 'violationDetails', version: null, method: 'GET' },
  'POST /xray/api/v1/artifact/status': { endpoint: 'artifactStatus', version: null, method: 'POST' },
  'GET /xray/api/v1/system/ping': { endpoint: 'ping', version: null, method: 'GET' },
  'GET /xray/api/v1/system/version': { endpoint: 'version', version: null, method: 'GET' },
};

/** All endpoints that are served, as a person reads them: method and path. */
export const servedPaths: readonly string[] = Object.keys(routes);

/** What a request is when it is none of the endpoints: for a wrong method the endpoint that it misses. */
const elsewhere: Route = { endpoint: 'other', version: null, method: 'GET' };

/** Returns the route of a request; `isRightMethod` is false when the path is served by another method. */
export function routeOf(method: string, path: string): Route & { readonly isRightMethod: boolean } {
  const route = routes[`${method} ${path}`];
  if (route !== undefined) return { ...route, isRightMethod: true };
  const other = Object.entries(routes).find(([key]) => key.endsWith(` ${path}`));
  return other === undefined ? { ...elsewhere, isRightMethod: true } : { ...other[1], isRightMethod: false };
}
