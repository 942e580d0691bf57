// Handles one request to the stand-in: writes it down, lets a fault strike, checks who asks, answers.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject } from '../../src/facts/json.ts';
import type { Catalogue } from './catalogue.ts';
import type { Control } from './control.ts';
import { type Endpoint, routeOf } from './endpoints.ts';
import { answerFault, answerJson, answerStatus, type Faults } from './faults.ts';
import { type Login, readJson, readQuestion, readText, refusalOf, type Scheme, schemeOf } from './question.ts';
import { type Asked, type Reply, replyTo } from './reply.ts';
import type { Switches } from './switches.ts';
import type { WatchList } from './watch-list.ts';

/** A request as it was asked, in the order of arrival, refused ones included. */
export interface XrayRequest {
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  readonly endpoint: Endpoint;
  /** `projectKey` of the query; null when there is none. */
  readonly project: string | null;
  /** As they were written; empty when the body was no question. */
  readonly checksums: readonly string[];
  readonly paths: readonly string[];
  /** What was sent, parsed; undefined when it was no JSON. */
  readonly body: unknown;
  readonly scheme: Scheme;
}

/** Something that the real one would refuse or misunderstand. */
export interface Problem {
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  readonly problem: string;
}

/** What changes while the server runs. */
export interface State {
  readonly catalogue: Catalogue;
  readonly watchList: WatchList;
  readonly faults: Faults;
  readonly now: () => Date;
  login: Login;
  switches: Switches;
  requests: XrayRequest[];
  problems: Problem[];
}

/** Answers a request. Rejects when its body cannot be read. */
export async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://stand-in');
  const json = readJson(await readText(request));
  const header = request.headers.authorization ?? '';
  const { endpoint, version, isRightMethod } = routeOf(method, path);
  const { checksums, paths } = (endpoint === 'summary' ? readQuestion(json) : null) ?? { checksums: [], paths: [] };
  const project = query.get('projectKey');
  const at = state.now();
  state.requests.push({ at, method, path, endpoint, project, checksums, paths, body: json, scheme: schemeOf(header) });

  const fault = state.faults.take({ endpoint, version, checksums, watch: endpoint === 'violations' ? watchOf(json) : null });
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'status') return answerFault(response, fault, {});
  const reply = isRightMethod ? allowed(state, { endpoint, version, query, json }, request.headers) : wrongMethod(method);
  for (const problem of reply.problems) state.problems.push({ at, method, path, problem });
  if (reply.status === null) return;
  if (reply.body === undefined) return answerStatus(response, reply.status);
  if (fault === null || reply.status !== 200) return answerJson(response, reply.status, reply.body);
  return answerFault(response, fault, reply.body);
}

/** Does what is ordered under /stand-in; it is no part of Xray, so it is not written down, and no fault strikes it. */
export async function handleControl(control: Control, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://stand-in');
  const topic = pathname.replace(/^\/stand-in\/?/, '');
  const { status, body } = await control({ method: request.method ?? '', topic, query, text: await readText(request) });
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  // With line ends, for people read it in a terminal.
  response.writeHead(status, { 'content-type': type }).end(isText ? body : `${JSON.stringify(body, null, 2)}\n`);
}

const open: readonly Endpoint[] = ['ping', 'version', 'other'];

function allowed(state: State, asked: Asked, headers: IncomingHttpHeaders): Reply {
  if (open.includes(asked.endpoint)) return replyTo(asked, state);
  const { authorization = '' } = headers;
  // Artifactory takes API keys in this header; Xray was seen to answer 403.
  if (authorization === '' && headers['x-jfrog-art-api'] !== undefined)
    return { status: 403, problems: ['Xray takes no API key in a header'] };
  const refusal = refusalOf(authorization, state.login);
  return refusal === null ? replyTo(asked, state) : { status: 401, body: refusal, problems: [] };
}

function watchOf(body: unknown): string | null {
  const filters = isJsonObject(body) ? body.filters : null;
  return isJsonObject(filters) && typeof filters.watch_name === 'string' ? filters.watch_name : null;
}

function wrongMethod(method: string): Reply {
  return { status: 405, problems: [`${method} is not the method of this API`] };
}
