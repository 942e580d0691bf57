// The stand-in for JFrog Xray: an HTTP server on the loopback with the documented answers, its data in our hands, faults on demand.

import { createServer, type Server } from 'node:http';
import { type EmptyLists, hexOf } from './bodies.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { createControl } from './control.ts';
import { type Data, readData } from './data.ts';
import type { Endpoint } from './endpoints.ts';
import { createFaults, type Fault } from './faults.ts';
import { handle, handleControl, type Problem, type State, type XrayRequest } from './handle.ts';
import { type ImageSource, parseImage } from './images.ts';
import type { Login } from './question.ts';
import { parseSwitches, type Switches, usualSwitches } from './switches.ts';
import { createWatchList, type WatchList } from './watch-list.ts';
import { parseWatch, type WatchDefinition } from './watches.ts';

export type { Problem, XrayRequest } from './handle.ts';

export interface XrayStandInOptions {
  /** A directory of `*.yaml`; see `data.ts`. */
  readonly directory?: string;
  /** In place of images of the same digest in the directory. */
  readonly images?: readonly ImageSource[];
  /** In place of watches of the same name in the directory. */
  readonly watches?: readonly WatchDefinition[];
  readonly switches?: Partial<Switches>;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** Gives violations their time, and requests theirs; the clock of the machine when omitted. */
  readonly now?: () => Date;
}

/** All that can be asked of the stand-in and done to it while it runs. */
export interface XrayHandles extends Omit<Catalogue, 'answer'>, WatchList {
  /** Which credentials are good at this moment. */
  readonly login: () => Login;
  /** From now on only this token is good: a rotation. */
  readonly setToken: (token: string) => void;
  readonly requests: () => readonly XrayRequest[];
  /** How many requests came to an endpoint, or to all of them. */
  readonly calls: (endpoint?: Endpoint) => number;
  /** What was asked wrongly, in the order of arrival. A careful client leaves it empty. */
  readonly problems: () => readonly Problem[];
  /** How many requests held this digest. */
  readonly timesAsked: (digest: string) => number;
  /** Forgets requests and problems. */
  readonly clearRequests: () => void;
  readonly setEmptyLists: (form: EmptyLists) => void;
  readonly switches: () => Switches;
  /** Turns some switches, and leaves the others. */
  readonly turn: (switches: Partial<Switches>) => void;
  /** Switches a fault on; of several that concern a request the first strikes. Returns what switches it off. */
  readonly inject: (fault: Fault) => () => void;
  /** Those that are on, in the order in which they strike. */
  readonly faults: () => readonly Fault[];
  readonly clearFaults: () => void;
}

export interface XrayStandIn extends XrayHandles {
  /** `http://127.0.0.1:<port>`, without `/xray`. */
  readonly url: string;
  /** Ends the server with all its connections, hanging ones included. */
  readonly close: () => Promise<void>;
}

/** Starts the stand-in. Throws an error that names file and field when its data are not right. */
export async function startXray(options: XrayStandInOptions = {}): Promise<XrayStandIn> {
  const state = createState(options, options.directory === undefined ? { images: [], watches: [] } : await readData(options.directory));
  const handles = handlesOf(state);
  const control = createControl(handles);
  const server = createServer((request, response) => {
    const answered = request.url?.startsWith('/stand-in') ? handleControl(control, request, response) : handle(state, request, response);
    // A client that goes away while it asks is its own affair.
    answered.catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  return { ...handles, url: `http://127.0.0.1:${port}`, close: () => stop(server) };
}

function createState(options: XrayStandInOptions, data: Data): State {
  const { token = 'stand-in-token', user = 'kubexray', password = 'stand-in-password', now = () => new Date() } = options;
  const given = (options.images ?? []).map((image, index) => parseImage(image, `images[${index}]`));
  const watches = (options.watches ?? []).map((watch, index) => parseWatch(watch, `watches[${index}]`));
  const { watchList, watcher } = createWatchList({ now, images: () => catalogue.images() });
  const catalogue = createCatalogue([...data.images, ...given], watcher);
  for (const watch of [...data.watches, ...watches]) watchList.setWatch(watch);
  const switches = { ...usualSwitches, ...parseSwitches(options.switches ?? {}, 'switches') };
  return { catalogue, watchList, faults: createFaults(), now, login: { token, user, password }, switches, requests: [], problems: [] };
}

function handlesOf(state: State): XrayHandles {
  const { answer: _, ...catalogue } = state.catalogue;
  const turn = (switches: Partial<Switches>) => {
    state.switches = { ...state.switches, ...parseSwitches(switches, 'turn') };
  };
  return {
    ...catalogue,
    ...state.watchList,
    login: () => state.login,
    setToken: (next) => {
      state.login = { ...state.login, token: next };
    },
    requests: () => state.requests,
    calls: (endpoint) => state.requests.filter((request) => endpoint === undefined || request.endpoint === endpoint).length,
    problems: () => state.problems,
    timesAsked: (digest) => state.requests.filter((request) => request.checksums.includes(hexOf(digest))).length,
    clearRequests: () => {
      state.requests = [];
      state.problems = [];
    },
    setEmptyLists: (emptyLists) => turn({ emptyLists }),
    switches: () => state.switches,
    turn,
    inject: state.faults.inject,
    faults: state.faults.active,
    clearFaults: state.faults.clear,
  };
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
