// Reads what the flags and the environment say about a command; one clear error for what cannot be used.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { Failure, messageOf } from '../failure.ts';
import type { Credentials } from '../xray/credentials.ts';

export interface XrayFlags {
  readonly xrayUrl?: string;
  readonly xrayTokenFile?: string;
  readonly xrayUser?: string;
  readonly xrayPasswordFile?: string;
}

/** The library rules of this package: two folders up, from the source and from what is built of it. */
export const libraryDirectory = fileURLToPath(new URL('../../policies/', import.meta.url));

/** A flag with its environment variable. */
export function option(flags: string, description: string, env: string): Option {
  return new Option(flags, description).env(env);
}

/** Adds the flag that says how to reach the cluster. */
export function addKubeconfig(command: Command): void {
  const description = 'how to reach the cluster (else KUBECONFIG, else the service account of the pod, else ~/.kube/config)';
  command.addOption(option('--kubeconfig <file>', description, 'KUBEXRAY_KUBECONFIG'));
}

/** Adds the flags of `XrayFlags`. */
export function addXray(command: Command): void {
  command
    .addOption(option('--xray-url <url>', 'base URL of the JFrog platform or of Xray', 'KUBEXRAY_XRAY_URL'))
    .addOption(option('--xray-token-file <file>', 'file with an access token for Xray', 'KUBEXRAY_XRAY_TOKEN_FILE'))
    .addOption(option('--xray-user <name>', 'user at Xray, with --xray-password-file', 'KUBEXRAY_XRAY_USER'))
    .addOption(option('--xray-password-file <file>', 'file with the password of the user', 'KUBEXRAY_XRAY_PASSWORD_FILE'));
}

/** Returns how to authenticate at Xray, read anew at each call so that rotated files are seen. Throws `Failure` naming the flag that is wrong. */
export function xrayCredentials(flags: XrayFlags, env: Readonly<Record<string, string | undefined>>): () => Promise<Credentials> {
  const { xrayTokenFile, xrayUser, xrayPasswordFile } = flags;
  if (xrayTokenFile !== undefined && xrayUser !== undefined) throw usage('give --xray-token-file or --xray-user, not both');
  if (xrayUser !== undefined && xrayPasswordFile === undefined && env.KUBEXRAY_XRAY_PASSWORD === undefined)
    throw usage('--xray-user needs --xray-password-file');
  const hasToken = xrayTokenFile !== undefined || env.KUBEXRAY_XRAY_TOKEN !== undefined;
  if (!hasToken && xrayUser === undefined)
    throw usage('credentials for Xray are missing: give --xray-token-file, or --xray-user with --xray-password-file');
  const read = (): Credentials =>
    xrayUser === undefined
      ? { kind: 'bearer', token: secret(xrayTokenFile, env.KUBEXRAY_XRAY_TOKEN, '--xray-token-file') }
      : { kind: 'basic', user: xrayUser, password: secret(xrayPasswordFile, env.KUBEXRAY_XRAY_PASSWORD, '--xray-password-file') };
  // What is wrong with a file should be said at the start, not at the first question.
  read();
  return async () => read();
}

/** A file wins over the environment; surrounding white space is cut, which editors and `echo` leave. */
function secret(file: string | undefined, value: string | undefined, flag: string): string {
  if (file === undefined) return (value ?? '').trim();
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw usage(`read ${flag} ${file}: ${messageOf(thrown)}`);
  }
}

/** Returns a port number. Throws `Failure` naming the flag. */
export function portOf(text: string, flag: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw usage(`${flag} must be a port number, not ${text}`);
  return port;
}

/** Returns the parts of a comma-separated list, without empty ones. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A mistake in how the command was called. */
export function usage(message: string): Failure {
  return new Failure(message, { retry: 'never', reason: 'Usage' });
}
