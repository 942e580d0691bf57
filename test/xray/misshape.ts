// Spoils the shape of a right answer, in the ways that answers of Xray or of something in front of it could be spoilt.

import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { hexOf } from './bodies.ts';

const artifactShapes = ['issuesAbsent', 'issuesObject', 'severityNumber', 'sha256Absent', 'artifactError'] as const;
const rowShapes = [
  ...(['rowText', 'rowIssueNumber', 'rowCreatedWord', 'rowCreatedAbsent', 'rowArtifactsAbsent', 'rowArtifactsText'] as const),
  'rowSeverityNumber',
] as const;
const wholeShapes = [
  ...(['errorNameless', 'artifactsObject', 'violationsObject', 'totalText', 'statusWord', 'statusNumber', 'bodyList'] as const),
  'bodyEmpty',
] as const;

/** How an artifact is malformed. */
export type ArtifactShape = (typeof artifactShapes)[number];
/** How each row of violations is malformed. */
export type RowShape = (typeof rowShapes)[number];
/** How an answer is malformed: in its artifacts or rows, or as a whole. */
export type Shape = ArtifactShape | RowShape | (typeof wholeShapes)[number];

/** All of them. */
export const shapes: readonly Shape[] = [...artifactShapes, ...rowShapes, ...wholeShapes];

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
    case 'violationsObject':
      return { ...body, violations: { first: {} } };
    case 'totalText':
      return { ...body, total_violations: 'many' };
    case 'statusWord':
      return { ...body, overall: { status: 'QUEUED', time: '2026-05-01T10:00:00Z' } };
    case 'statusNumber':
      return { ...body, overall: { status: 3 } };
    case 'rowText':
    case 'rowIssueNumber':
    case 'rowCreatedWord':
    case 'rowCreatedAbsent':
    case 'rowArtifactsAbsent':
    case 'rowArtifactsText':
    case 'rowSeverityNumber': {
      const rows: readonly unknown[] = Array.isArray(body.violations) ? body.violations : [];
      return { ...body, violations: rows.map((row) => (isJsonObject(row) ? misshapeRow(row, shape) : row)) };
    }
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

function misshapeRow(row: JsonObject, shape: RowShape): unknown {
  switch (shape) {
    case 'rowText':
      return 'a violation';
    case 'rowIssueNumber':
      return { ...row, issue_id: 700_001 };
    case 'rowCreatedWord':
      return { ...row, created: 'yesterday' };
    case 'rowCreatedAbsent': {
      const { created: _, ...rest } = row;
      return rest;
    }
    case 'rowArtifactsAbsent': {
      const { impacted_artifacts: _, impact_artifacts: __, ...rest } = row;
      return rest;
    }
    case 'rowArtifactsText':
      return { ...row, impacted_artifacts: 'default/docker-local/team/one/1/manifest.json' };
    case 'rowSeverityNumber':
      return { ...row, severity: 4 };
  }
}
