// Docker's config.json and Kubernetes' dockerconfigjson: what they hold, and which entry is meant for a repository; pure.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { matchesAny } from '../policy/glob.ts';

/** How to prove who asks. */
export type RegistryCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** A refresh token, which is exchanged for one that the registry takes. */
  | { readonly kind: 'identityToken'; readonly token: string };

interface ConfigEntry {
  /** Host with port as in the file, lower case; may hold `*`. */
  readonly host: string;
  /** Without slashes at its ends; empty for the whole host. */
  readonly path: string;
  readonly credentials: RegistryCredentials;
}

export interface DockerConfig {
  readonly entries: readonly ConfigEntry[];
  /** What cannot be used, each a sentence without secrets. */
  readonly warnings: readonly string[];
}

/** Returns what a config file says, or the problem of one that is not JSON of this form. Never repeats a value. */
export function parseDockerConfig(text: string): DockerConfig | { readonly problem: string } {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return { problem: 'it is not JSON' };
  }
  if (!isJsonObject(config)) return { problem: 'it is not an object' };
  const { auths, credHelpers, credsStore } = config;
  const warnings = helperWarnings(credHelpers, credsStore);
  // What `docker login` writes for a helper may have none; another file without them is not of this form.
  if (auths === undefined) return warnings.length === 0 ? { problem: 'it has no auths' } : { entries: [], warnings };
  if (!isJsonObject(auths)) return { problem: 'its auths are not an object' };
  const entries: ConfigEntry[] = [];
  for (const [key, value] of Object.entries(auths)) {
    const credentials = credentialsOf(value);
    const place = placeOf(key);
    const unusable = place === undefined ? 'its name is not that of a registry' : typeof credentials === 'string' ? credentials : undefined;
    if (unusable !== undefined) warnings.push(`the entry of auths for ${shown(key)} cannot be used: ${unusable}`);
    // `docker login` with a helper leaves an empty object.
    else if (place !== undefined && typeof credentials === 'object') entries.push({ ...place, credentials });
  }
  return { entries: entries.sort(mostSpecificFirst), warnings };
}

function helperWarnings(credHelpers: unknown, credsStore: unknown): string[] {
  const named = isJsonObject(credHelpers) ? Object.keys(credHelpers) : [];
  const parts = [
    ...(typeof credsStore === 'string' && credsStore !== '' ? [`credsStore ${shown(credsStore)}`] : []),
    ...(named.length > 0 ? [`credHelpers for ${named.map(shown).join(', ')}`] : []),
  ];
  return parts.length === 0 ? [] : [`credential helpers are not run: ${parts.join(' and ')}; put the credentials into auths`];
}

/** A text says why they cannot be used. */
function credentialsOf(value: unknown): RegistryCredentials | string | undefined {
  if (!isJsonObject(value)) return 'it is not an object';
  const identityToken = textOf(value, 'identitytoken');
  if (identityToken !== '') return { kind: 'identityToken', token: identityToken };
  const auth = textOf(value, 'auth').trim();
  const pair = auth === '' ? `${textOf(value, 'username')}:${textOf(value, 'password')}` : Buffer.from(auth, 'base64').toString('utf8');
  if (pair === ':') return undefined;
  const colon = pair.indexOf(':');
  if (colon < 1) return auth === '' ? 'it has a password and no username' : 'its auth is not user:password in base64';
  return { kind: 'password', user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** Docker writes `https://index.docker.io/v1/`, others the host, with a port or a path; `/v1` and `/v2` stand for the whole host. */
function placeOf(key: string): { readonly host: string; readonly path: string } | undefined {
  const match = /^(?:https?:\/\/)?((?:[A-Za-z0-9.*_-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?)(\/[^?#\s]*)?$/.exec(key.trim());
  if (match === null) return undefined;
  const path = (match[2] ?? '').replace(/^\/v[12](?=\/|$)/, '').replace(/^\/+|\/+$/g, '');
  return { host: (match[1] ?? '').toLowerCase(), path };
}

/** A whole name before a pattern, a long path before a short one; what is left is told apart by name, so that the order is always the same. */
function mostSpecificFirst(one: ConfigEntry, other: ConfigEntry): number {
  const stars = Number(one.host.includes('*')) - Number(other.host.includes('*'));
  return stars || other.path.length - one.path.length || (one.host < other.host ? -1 : 1);
}

/**
 * Returns the credentials for a repository, as the kubelet looks them up: `*` in an entry's host is any part between two dots, the port
 * is the same, and the entry's path begins the repository's name. Unlike there a path ends at a slash, so that `shop` is not for `shopping`.
 */
export function credentialsFor(
  config: DockerConfig,
  image: { readonly registry: string; readonly repository: string },
): RegistryCredentials | undefined {
  const registry = image.registry.toLowerCase();
  const hosts = registry === 'docker.io' ? ['index.docker.io', 'docker.io', 'registry-1.docker.io'] : [registry];
  return config.entries.find(
    (entry) => hosts.some((host) => isHostOf(entry.host, host)) && `${image.repository}/`.startsWith(entry.path && `${entry.path}/`),
  )?.credentials;
}

function isHostOf(pattern: string, host: string): boolean {
  const [patternName = '', patternPort = ''] = splitPort(pattern);
  const [name = '', port = ''] = splitPort(host);
  if (patternPort !== port) return false;
  const patternParts = patternName.split('.');
  const parts = name.split('.');
  return patternParts.length === parts.length && parts.every((part, index) => matchesAny([patternParts[index] ?? ''], part));
}

function splitPort(host: string): readonly string[] {
  const match = /^(.*?)(?::(\d+))?$/.exec(host);
  return [match?.[1] ?? host, match?.[2] ?? ''];
}

/** A key may be anything that somebody pasted. */
function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text.replace(/\/\/[^/]*@/, '//…@'));
}
