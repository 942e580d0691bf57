// The flags that say how registries are asked; reads the files they name.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ImageRegistry } from '../facts/registry.ts';
import { Failure, messageOf } from '../failure.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import { noCredentials, openConfigFile } from '../registry/config-file.ts';
import { listOf, option, usage } from './settings.ts';

export interface RegistryFlags {
  /** False with `--no-registry`. */
  readonly registry?: boolean;
  readonly registryConfig?: string;
  readonly registryPlainHttp?: string;
  readonly registryCaFile?: string;
  readonly registryHosts?: string;
}

/** Adds the flags of `RegistryFlags`. */
export function addRegistry(command: Command): void {
  command
    .addOption(
      option(
        '--registry-config <file>',
        "credentials for registries: docker's config.json, or the content of a dockerconfigjson Secret (credential helpers are not run)",
        'KUBEXRAY_REGISTRY_CONFIG',
      ),
    )
    .addOption(
      option(
        '--registry-plain-http <hosts>',
        'registries that speak plain HTTP: host:port, separated by commas',
        'KUBEXRAY_REGISTRY_PLAIN_HTTP',
      ),
    )
    .addOption(
      option(
        '--registry-ca-file <file>',
        'PEM with authorities that registries are trusted by, besides the usual ones',
        'KUBEXRAY_REGISTRY_CA_FILE',
      ),
    )
    .addOption(
      option(
        '--registry-hosts <patterns>',
        'registries that may be asked, and the hosts of their tokens and redirects: patterns such as *.example.com, separated by commas (default: all)',
        'KUBEXRAY_REGISTRY_HOSTS',
      ),
    )
    .addOption(option('--no-registry', 'never ask a registry which manifests an image has', 'KUBEXRAY_NO_REGISTRY'));
}

export interface RegistrySurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** Returns the registries as the flags say; nothing is asked yet. Throws `Failure` naming the flag that is wrong. */
export async function openRegistries(flags: RegistryFlags, { env, now, warn }: RegistrySurroundings): Promise<RegistryClient> {
  refuseContradiction(flags);
  if (flags.registry === false) return { ...unaskedRegistries, close: async () => undefined };
  const ca = flags.registryCaFile === undefined ? undefined : await readAuthorities(flags.registryCaFile);
  const config = flags.registryConfig === undefined ? undefined : await openConfigFile(flags.registryConfig, warn);
  return createRegistryClient({
    rules: registryRules(flags),
    credentials: config?.current ?? (async () => noCredentials),
    ...(ca !== undefined && { ca }),
    proxy: {
      httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
      httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
      noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    },
    now,
  });
}

/** Lets a command ask registries and ends their connections; it is given none where Xray is not asked, or with `--no-registry`. */
export async function withRegistries<T>(
  flags: RegistryFlags,
  surroundings: RegistrySurroundings & { readonly isXrayAsked: boolean },
  run: (ports: { readonly registry?: ImageRegistry }) => Promise<T>,
): Promise<T> {
  refuseContradiction(flags);
  if (flags.registry !== true || !surroundings.isXrayAsked) return run({});
  const registry = await openRegistries(flags, surroundings);
  try {
    return await run({ registry });
  } finally {
    await registry.close();
  }
}

/** Who has credentials to give means to have registries asked. */
function refuseContradiction({ registry, registryConfig }: RegistryFlags): void {
  if (registry === false && registryConfig !== undefined) throw usage('give --no-registry or --registry-config, not both');
}

/** What `--no-registry` puts in their place. */
export const unaskedRegistries: ImageRegistry = {
  manifest: async () => ({ kind: 'unavailable', reason: 'registries are not asked (--no-registry)' }),
};

function registryRules(flags: RegistryFlags): { readonly allowedHosts: readonly string[]; readonly plainHttpHosts: readonly string[] } {
  const plainHttpHosts = listOf(flags.registryPlainHttp).map((host) => hostOf(host, '--registry-plain-http'));
  const patterns = listOf(flags.registryHosts).map((host) => hostOf(host.replaceAll('*', 'x'), '--registry-hosts') && host.toLowerCase());
  return { allowedHosts: flags.registryHosts === undefined ? ['*'] : patterns, plainHttpHosts };
}

/** What looks like a URL would match no host, and be noticed late. */
function hostOf(text: string, flag: string): string {
  if (!/^[A-Za-z0-9.:[\]-]+$/.test(text)) throw usage(`${flag} must name hosts such as registry.example.com:5000, not ${text}`);
  return text.toLowerCase();
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw new Failure(`read --registry-ca-file ${path}: ${messageOf(thrown)}`, { retry: 'never', reason: 'Usage', cause: thrown });
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw usage(`--registry-ca-file ${path} holds no certificate in PEM`);
  return text;
}
