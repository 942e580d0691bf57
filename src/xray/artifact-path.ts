// Where an image lies in Artifactory, in one form whatever Xray calls it by; pure.

/**
 * Returns repository and folder of the manifest (`docker-local/shop/api/1.4`), from a path in a summary (`default/docker-local/shop/api/1.4/`) or
 * in a violation (`default/docker-local/shop/api/1.4/manifest.json`). Xray's own name of an Artifactory in front is cut where it
 * is `default` (3.x) or `LOCAL` (1.x, 2.x). Another one cannot be told from a repository, and stays: it stands in summaries too.
 */
export function repositoryPath(text: string): string {
  const segments = text
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => digestOfFolder(segment) ?? segment);
  const isNamed = segments.length > 1 && (segments[0] === 'default' || segments[0] === 'LOCAL');
  const isManifest = segments.at(-1) === 'manifest.json' || segments.at(-1) === 'list.manifest.json';
  return segments.slice(isNamed ? 1 : 0, isManifest ? -1 : undefined).join('/');
}

/** Returns the digest (`sha256:<hex>`) that names the folder of a manifest; null when the folder is that of a tag. */
export function digestInPath(path: string): string | null {
  return digestOfFolder(path.slice(path.lastIndexOf('/') + 1));
}

/** Remote repositories write `sha256__<hex>`, others `sha256:<hex>`. */
function digestOfFolder(segment: string): string | null {
  const hex = /^sha256(?:__|:)([0-9a-f]{64})$/i.exec(segment)?.[1];
  return hex === undefined ? null : `sha256:${hex.toLowerCase()}`;
}
