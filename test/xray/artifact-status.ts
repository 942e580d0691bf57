// Answers how far the scan of an artifact is, asked by repository and path.

import { isJsonObject } from '../../src/facts/json.ts';
import { pathOf } from './bodies.ts';
import type { Image, ScanStatus } from './images.ts';
import type { Reply } from './reply.ts';

/** Returns the answer, and what was misunderstood. */
export function answerArtifactStatus(images: readonly Image[], body: unknown, now: Date): Reply {
  if (!isJsonObject(body)) return refusal(400, 'Failed to parse json.');
  const { repo, path } = body;
  if (typeof repo !== 'string' || typeof path !== 'string' || repo === '' || path === '')
    return refusal(400, 'repo and path must be provided');
  const image = images.find((each) =>
    each.repositories.some((name) => name === repo && `${pathOf(each, name)}manifest.json` === `default/${repo}/${path}`),
  );
  const strange = Object.keys(body).filter((key) => key !== 'repo' && key !== 'path');
  const problems = [
    ...strange.map((key) => `${key} is no field of this question, and is not read`),
    ...(path.startsWith('default/') || path.startsWith(`${repo}/`) ? [`the path ${path} holds more than the path in ${repo}`] : []),
    ...(path.endsWith('manifest.json') ? [] : [`the path ${path} names no manifest: only files are known`]),
  ];
  if (image === undefined)
    return { status: 404, body: { error: `Artifact ${repo}/${path} doesn't exist or isn't indexed in Xray` }, problems };
  return { status: 200, body: statusBody(image.status, now), problems };
}

function refusal(status: number, error: string): Reply {
  return { status, body: { error }, problems: [error] };
}

/** Nothing else is scanned before the packages are. */
function statusBody(status: ScanStatus, now: Date): Record<string, unknown> {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const later: ScanStatus = status === 'DONE' || status === 'NOT_SUPPORTED' ? status : status === 'PARTIAL' ? 'DONE' : 'NOT_SCANNED';
  const stage = (word: ScanStatus) => ({ status: word, time });
  return {
    overall: stage(status),
    details: {
      sca: stage(status === 'PARTIAL' ? 'DONE' : status),
      contextual_analysis: stage(status === 'PARTIAL' ? 'FAILED' : later),
      exposures: { ...stage('NOT_SUPPORTED'), categories: {} },
      violations: stage(later),
    },
  };
}
