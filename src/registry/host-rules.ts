// Which hosts may be asked, and how: names of images are written by whoever deploys, and are not trusted; pure.
//
// What somebody who may create a pod can reach through us without `allowedHosts`: a GET of https://HOST:PORT/v2/…/manifests/… without
// credentials of others, at any host that this process reaches, inside the cluster too. What comes back is not shown to them: it becomes
// an answer of the kinds in the port, with a status at most, which tells whether something listens there. Closed are plain HTTP except
// for the hosts in `plainHttpHosts`, addresses of clouds' metadata services and our own ones (addresses.ts), and every path outside of
// /v2/ (but for the realm that a registry names for its tokens). Through a proxy it is the proxy that looks up names: there the
// allow-list alone bounds what can be reached.
import { isIP } from 'node:net';
import { matchesAny } from '../policy/glob.ts';
import { refusedAddress } from './addresses.ts';

export interface HostRules {
  /** Globs over `host` or `host:port` (a default port is left out). */
  readonly allowedHosts: readonly string[];
  /** `host` or `host:port` without globs. */
  readonly plainHttpHosts: readonly string[];
}

/** The parts of Docker Hub; all are allowed when `docker.io` is. */
const dockerHub: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'auth.docker.io']);

/** A repository at the address where it is asked for. */
export interface Place {
  /** `https://host:port`, or http where that is configured. */
  readonly origin: string;
  /** As people know it and as credentials are kept for it: `docker.io`, `registry.example.com:5000`. */
  readonly host: string;
  readonly repository: string;
  /** A tag, or `sha256:<hex>`. */
  readonly reference: string;
}

// https://github.com/distribution/reference and the OCI distribution specification, "Pulling manifests".
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?$`);
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
// Of names of hosts and of repositories each.
const maxNameLength = 255;

/** Returns where to ask for an image, or the problem of a name that no request is made for. */
export function placeOf(
  image: { readonly registry: string; readonly repository: string },
  reference: string,
  rules: HostRules,
): Place | { readonly problem: string } {
  const { registry, repository } = image;
  if (registry.length > maxNameLength || !hostPattern.test(registry)) return { problem: 'the name of the registry is not one of a host' };
  if (repository.length > maxNameLength || !repositoryPattern.test(repository))
    return { problem: 'the name of the repository is not as registries have them' };
  if (!tagPattern.test(reference) && !digestPattern.test(reference))
    return { problem: 'the reference is neither a tag nor a sha256 digest' };
  const given = registry.toLowerCase();
  const host = dockerHub.has(given) ? 'docker.io' : given;
  const isPlain = isPlainHttp(host, rules);
  // The site answers at docker.io, the registry elsewhere.
  const address = host === 'docker.io' ? 'registry-1.docker.io' : host;
  const url = URL.parse(`${isPlain ? 'http' : 'https'}://${address}/`);
  if (url === null) return { problem: 'the name of the registry is not one of a host' };
  const problem = urlProblem(url, rules);
  return problem === undefined ? { origin: url.origin, host, repository, reference } : { problem };
}

/** Returns why nothing is asked at an address, undefined where it may be. What a name stands for is checked when it is connected to. */
export function urlProblem(url: URL, rules: HostRules): string | undefined {
  const { protocol, host, hostname } = url;
  if (url.username !== '' || url.password !== '') return 'its address holds a user';
  if (protocol !== 'https:' && !(protocol === 'http:' && isPlainHttp(host, rules)))
    return `${host} is not asked without TLS (--registry-plain-http)`;
  const names = dockerHub.has(host) ? [host, 'docker.io'] : [host];
  if (!names.some((name) => matchesAny(rules.allowedHosts, name))) return `${host} is not among the registries to ask (--registry-hosts)`;
  const address = hostname.replace(/^\[|\]$/g, '');
  const refused = isIP(address) === 0 ? undefined : refusedAddress(address, loopbackNames(rules).has(address));
  return refused === undefined ? undefined : `${host} is ${refused}`;
}

/** Port 80 is the one that is meant where none is written. */
function isPlainHttp(host: string, rules: HostRules): boolean {
  return rules.plainHttpHosts.some((listed) => listed.toLowerCase().replace(/:80$/, '') === host.replace(/:80$/, ''));
}

/** Returns the hosts that are named one by one in the configuration: only they may stand for an address of this machine. */
export function loopbackNames(rules: HostRules): ReadonlySet<string> {
  const named = [...rules.plainHttpHosts, ...rules.allowedHosts.filter((pattern) => !pattern.includes('*'))];
  return new Set(
    named.map((host) =>
      host
        .toLowerCase()
        .replace(/:\d+$/, '')
        .replace(/^\[|\]$/g, ''),
    ),
  );
}
