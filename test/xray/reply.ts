// What the stand-in answers to one request, before any fault spoils it.

import { answerArtifactStatus } from './artifact-status.ts';
import type { SummaryVersion } from './bodies.ts';
import type { Catalogue } from './catalogue.ts';
import type { Endpoint } from './endpoints.ts';
import { questionProblems, readQuestion } from './question.ts';
import { isAtLeast, type Switches } from './switches.ts';
import { answerDetails, answerViolations, isUnfiltered } from './violation-answer.ts';
import { readViolationQuestion } from './violation-question.ts';
import type { WatchList } from './watch-list.ts';

/** A body that is left out is the usual one of the status; null as a whole: there is never an answer. */
export interface Reply {
  readonly status: number | null;
  readonly body?: Record<string, unknown>;
  /** What the real one would refuse or misunderstand. */
  readonly problems: readonly string[];
}

/** A request whose sender may ask. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly version: SummaryVersion | null;
  readonly query: URLSearchParams;
  /** Undefined when it is no JSON. */
  readonly json: unknown;
}

/** What is known and how it is told. */
export interface World {
  readonly catalogue: Catalogue;
  readonly watchList: WatchList;
  readonly switches: Switches;
  readonly now: () => Date;
}

const notJson = 'the body is not JSON of the shape that is documented';

/** Returns the answer to a request that is allowed. */
export function replyTo({ endpoint, version, query, json }: Asked, world: World): Reply {
  const { catalogue, watchList, switches } = world;
  switch (endpoint) {
    case 'ping':
      return { status: 200, body: { status: 'pong' }, problems: [] };
    case 'version':
      return { status: 200, body: { xray_version: switches.version, xray_revision: '6f1b2c9' }, problems: [] };
    case 'summary': {
      const question = readQuestion(json);
      if (question === null) return { status: 415, problems: [notJson] };
      const body = catalogue.answer(question, { ...switches, version: version ?? 'v2' });
      return { status: 200, body, problems: questionProblems(json, question) };
    }
    case 'violations':
      return replyToViolations(json, world);
    case 'violationDetails': {
      const body = answerDetails(watchList.rows(), query, switches);
      return body === null ? { status: 404, body: { error: 'Violation not found' }, problems: [] } : { status: 200, body, problems: [] };
    }
    case 'artifactStatus':
      if (!isAtLeast(switches.version, '3.80.9'))
        return { status: 404, problems: [`artifact/status does not exist in ${switches.version}`] };
      return answerArtifactStatus(catalogue.images(), json, world.now());
    case 'other':
      return { status: 404, problems: ['there is no such API'] };
  }
}

function replyToViolations(json: unknown, { watchList, switches }: World): Reply {
  const { question, refusal, problems } = readViolationQuestion(json);
  if (question === null)
    return refusal === null ? { status: 415, problems } : { status: refusal.status, body: { error: refusal.error }, problems };
  if (isUnfiltered(question) && switches.unfiltered === 'hang') {
    return {
      status: null,
      problems: [...problems, 'a question without watch_name and created_from is never answered by a large instance'],
    };
  }
  const answer = answerViolations(watchList.rows(), question, switches);
  return { status: 200, body: answer.body, problems: [...problems, ...answer.problems] };
}
