// Where the API server is and how to prove who we are: kubeconfig or service account, read by client-node. Reads files, may run exec plugins.
import { access } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { Failure, messageOf } from '../failure.ts';

/** TLS settings of a connection, as node:tls takes them. */
export type TlsMaterial = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

export interface Credentials {
  /** Header names in lower case. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface ClusterAccess {
  /** Scheme, host, port and path prefix, without a slash at the end. */
  readonly server: string;
  /** Asked before each request: tokens and certificates are renewed while we run. Throws `Failure` when they cannot be had. */
  readonly credentials: () => Promise<Credentials>;
}

export interface AccessOptions {
  /** A kubeconfig file; absent: `KUBECONFIG` of `env`, else the service account of the pod, else `~/.kube/config`. */
  readonly kubeconfigPath?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads the configuration. Throws `Failure` (never) when there is none, or when it says something that is not supported. */
export async function loadClusterAccess(options: AccessOptions): Promise<ClusterAccess> {
  const config = await loadKubeConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw invalid(`find the cluster of context ${config.getCurrentContext() ?? '(none)'} in kubeconfig: not there`);
  const server = cluster.server.replace(/\/+$/, '');
  if (server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw invalid(`use API server ${server}: http needs insecure-skip-tls-verify in the kubeconfig`);
  }
  if (cluster.proxyUrl) throw invalid('use kubeconfig: proxy-url is not supported');
  return { server, credentials: () => credentialsOf(config) };
}

async function loadKubeConfig({ kubeconfigPath, env }: AccessOptions): Promise<KubeConfig> {
  // client-node costs 90 MB and a third of a second: verbs that talk to no cluster must not pay for it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const given = kubeconfigPath === undefined ? (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '') : [kubeconfigPath];
  if (given.length === 0 && env.KUBERNETES_SERVICE_HOST) {
    config.loadFromCluster();
    return config;
  }
  const paths = given.length > 0 ? given : await usualFile(env);
  if (paths.length === 0) throw invalid('find the cluster: no --kubeconfig, no KUBECONFIG, not in a pod, and no ~/.kube/config');
  for (const path of paths) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(path);
      // As with kubectl, the first file that names a current context decides.
      config.mergeConfig(one, Boolean(config.currentContext));
    } catch (error) {
      throw invalid(`read kubeconfig ${path}: ${withoutContent(error)}`);
    }
  }
  return config;
}

/** Where kubectl looks when nothing is said; empty when there is none. */
async function usualFile({ HOME: home }: AccessOptions['env']): Promise<readonly string[]> {
  if (!home) return [];
  const path = join(home, '.kube', 'config');
  return access(path).then(
    () => [path],
    () => [],
  );
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new Failure('get credentials for the API server', { retry: 'soon', reason: 'NoCredentials', cause: error });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // Token files often end in a newline, which no header may hold.
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
  }
  if (typeof options.auth === 'string') headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return { headers, tls: withoutUndefined(tls) };
}

function withoutUndefined(tls: TlsMaterial): TlsMaterial {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

// The YAML parser quotes the lines around an error, and those hold tokens.
function withoutContent(error: unknown): string {
  if (error instanceof Error && error.name === 'YAMLException') return 'not valid YAML';
  return messageOf(error);
}

function invalid(message: string): Failure {
  return new Failure(message, { retry: 'never', reason: 'InvalidKubeconfig' });
}
