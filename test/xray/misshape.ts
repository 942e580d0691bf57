// Spoils the shape of a right answer, in the ways that answers of Xray or of something in front of it could be spoilt.

import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { hexOf } from './bodies.ts';

/** How an artifact is malformed. */
export type ArtifactShape = 'issuesAbsent' | 'issuesObject' | 'severityNumber' | 'sha256Absent' | 'artifactError';

/** How an answer is malformed: in an artifact, or as a whole. */
export type Shape = ArtifactShape | 'errorNameless' | 'artifactsObject' | 'bodyList' | 'bodyEmpty';

/** Returns the body in a wrong shape; where the fault is in artifacts and a digest is given, only its own are spoilt. */
export function misshape(body: JsonObject, shape: Shape, digest: string | undefined): unknown {
  const artifacts: readonly unknown[] = Array.isArray(body.artifacts) ? body.artifacts : [];
  switch (shape) {
    case 'bodyList':
      return [body];
    case 'bodyEmpty':
      return {};
    case 'artifactsObject':
      return { ...body, artifacts: { ...artifacts } };
    case 'errorNameless':
      return { ...body, errors: [{ error: 'unknown' }] };
    default:
      return {
        ...body,
        artifacts: artifacts.map((artifact) =>
          isJsonObject(artifact) && (digest === undefined || isOf(artifact, digest)) ? misshapeArtifact(artifact, shape) : artifact,
        ),
      };
  }
}

function isOf(artifact: JsonObject, digest: string): boolean {
  return isJsonObject(artifact.general) && artifact.general.sha256 === hexOf(digest);
}

function misshapeArtifact(artifact: JsonObject, shape: ArtifactShape): unknown {
  switch (shape) {
    case 'issuesAbsent': {
      const { issues: _, ...rest } = artifact;
      return rest;
    }
    case 'issuesObject':
      return { ...artifact, issues: { total: 0 } };
    case 'severityNumber':
      return { ...artifact, issues: [{ issue_id: 'XRAY-700001', issue_type: 'security', severity: 4 }] };
    case 'sha256Absent':
      return { ...artifact, general: { name: 'shop/nameless:1', pkg_type: 'Docker' } };
    case 'artifactError':
      return { ...artifact, issues: [], error: 'scan data could not be read' };
  }
}
