// The stand-in for JFrog Xray: an HTTP server on the loopback with the documented answers, its data in our hands, faults on demand.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type EmptyLists, hexOf } from './bodies.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { answerFault, answerJson, answerStatus, createFaults, type Fault, type Faults } from './faults.ts';
import { type ImageSource, parseImage, readImages } from './images.ts';
import { type Login, readQuestion, refusalOf, type Scheme, schemeOf, summaryVersion } from './question.ts';

export interface XrayStandInOptions {
  /** A directory of `*.yaml`; see `images.ts`. */
  readonly directory?: string;
  /** In place of images of the same digest in the directory. */
  readonly images?: readonly ImageSource[];
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
}

/** A request as it was asked, in the order of arrival, refused ones included. */
export interface XrayRequest {
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  /** As they were written; empty when the body was no question. */
  readonly checksums: readonly string[];
  readonly scheme: Scheme;
}

export interface XrayStandIn extends Omit<Catalogue, 'answer'> {
  /** `http://127.0.0.1:<port>`, without `/xray`. */
  readonly url: string;
  /** Which credentials are good at this moment. */
  readonly login: () => Login;
  /** From now on only this token is good: a rotation. */
  readonly setToken: (token: string) => void;
  readonly requests: () => readonly XrayRequest[];
  /** How many requests held this digest. */
  readonly timesAsked: (digest: string) => number;
  readonly clearRequests: () => void;
  readonly setEmptyLists: (form: EmptyLists) => void;
  /** Switches a fault on; of several that concern a request the first strikes. Returns what switches it off. */
  readonly inject: (fault: Fault) => () => void;
  readonly clearFaults: () => void;
  /** Ends the server with all its connections, hanging ones included. */
  readonly close: () => Promise<void>;
}

/** What changes while the server runs. */
interface State {
  readonly catalogue: Catalogue;
  readonly faults: Faults;
  login: Login;
  emptyLists: EmptyLists;
  requests: XrayRequest[];
}

/** Starts the stand-in. Throws an error that names file and field when its data are not right. */
export async function startXray(options: XrayStandInOptions = {}): Promise<XrayStandIn> {
  const { token = 'stand-in-token', user = 'kubexray', password = 'stand-in-password' } = options;
  const read = options.directory === undefined ? [] : await readImages(options.directory);
  const given = (options.images ?? []).map((image, index) => parseImage(image, `images[${index}]`));
  const state: State = {
    catalogue: createCatalogue([...read, ...given]),
    faults: createFaults(),
    login: { token, user, password },
    emptyLists: 'empty',
    requests: [],
  };
  const server = createServer((request, response) => {
    // A client that goes away while it asks is its own affair.
    handle(state, request, response).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  const { answer: _, ...catalogue } = state.catalogue;
  return {
    ...catalogue,
    url: `http://127.0.0.1:${port}`,
    login: () => state.login,
    setToken: (next) => {
      state.login = { ...state.login, token: next };
    },
    requests: () => state.requests,
    timesAsked: (digest) => state.requests.filter((request) => request.checksums.includes(hexOf(digest))).length,
    clearRequests: () => {
      state.requests = [];
    },
    setEmptyLists: (form) => {
      state.emptyLists = form;
    },
    inject: state.faults.inject,
    clearFaults: state.faults.clear,
    close: () => stop(server),
  };
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const path = (request.url ?? '').replace(/\?.*$/, '');
  const header = request.headers.authorization ?? '';
  const question = await readQuestion(request);
  const checksums = question?.checksums ?? [];
  const version = summaryVersion(path);
  state.requests.push({ at: new Date(), method, path, checksums, scheme: schemeOf(header) });

  const fault = state.faults.take({ version, checksums });
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'status') return answerFault(response, fault, {});
  if (method === 'GET' && path === '/xray/api/v1/system/ping') return answerJson(response, 200, { status: 'pong' });
  if (method === 'GET' && path === '/xray/api/v1/system/version') {
    return answerJson(response, 200, { xray_version: '3.131.4', xray_revision: '6f1b2c9' });
  }
  if (method !== 'POST' || version === null) return answerStatus(response, 404);
  const refusal = refusalOf(header, state.login);
  if (refusal !== null) return answerJson(response, 401, refusal);
  if (question === null) return answerStatus(response, 415);
  const body = state.catalogue.answer(question, { version, emptyLists: state.emptyLists });
  if (fault === null) return answerJson(response, 200, body);
  return answerFault(response, fault, body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the stand-in has no port'));
      else resolve(address.port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
