// What GET /stand-in says: how to change what the stand-in knows, and what it does, while it runs.

import { servedPaths } from './endpoints.ts';
import { shapes } from './misshape.ts';
import { positions, usualSwitches } from './switches.ts';

const switchLines = Object.entries(positions).map(([name, words]) => `  ${name.padEnd(14)}${words.join(' | ')}`);

/** The text; bodies in it may be written as YAML or JSON. */
export const controlHelp = `Stand-in for JFrog Xray. It serves, with credentials except for system/*:

${servedPaths.map((path) => `  ${path}`).join('\n')}

Under /stand-in, without credentials; bodies are YAML or JSON:

  GET    images                     what it knows
  PUT    images                     {name, digest?, indexDigest?, status?, repositories?, issues?, licenses?, operationalRisks?}
  DELETE images?image=NAME          no longer known; NAME may be the digest
  POST   issues                     {image: NAME, id, severity, cve?, component?, fixed?, ...}: publishes an issue
  DELETE issues?image=NAME&id=ID    takes it back
  GET    watches
  PUT    watches                    {name, repositories?, policies: [{name, minSeverity?, bannedLicenses?, ...}], violations?, ignore?}
  DELETE watches?watch=NAME
  GET    violations                 the rows of all watches
  POST   violations                 {watch, rows: [{issue, severity, artifacts: [...], ...}]}
  POST   ignores                    {watch?, issue?, image?, component?}: such rows vanish; answers {id}
  DELETE ignores?id=ID              without id: all
  GET    switches
  PUT    switches                   any of those below, and version (now ${usualSwitches.version})
  GET    faults
  POST   faults                     {kind, ...}; answers {id}
  DELETE faults?id=ID               without id: all
  PUT    token                      {token}: from now on the only one that is good
  GET    requests                   what was asked; DELETE forgets it, and the problems
  GET    problems                   what was asked wrongly
  POST   webhooks                   {url, images: [NAME], issues?: [ID], licenses?, schemaVersion?, user?, password?, token?}: sends one

Kinds of faults:

  {kind: status, status: 429, retryAfterSeconds?: 5, location?: URL}
  {kind: silence}
  {kind: truncated, ending: end | close | stall}
  {kind: html}
  {kind: latency, latencyMs: 3000}
  {kind: drip, everyMs: 50}
  {kind: wrongShape, shape: ${shapes.slice(0, 4).join(' | ')} | ...}

and where they strike, all optional:

  {endpoint: summary | violations | violationDetails | artifactStatus | ping | version | other, version: v1 | v2, digest: sha256:...,
   aboveChecksums: 10, watch: NAME, times: 3}

Switches, the usual position first:

${switchLines.join('\n')}

For example:

  curl -X POST  localhost:PORT/stand-in/issues --data-binary '{image: "shop/api:1.5", id: XRAY-900001, severity: Critical}'
  curl -X POST  localhost:PORT/stand-in/faults --data-binary '{kind: status, status: 503, endpoint: violations}'
`;
