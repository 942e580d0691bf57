// Reads what the flags and the environment say about a command; one clear error for what cannot be used.
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { Failure } from '../failure.ts';

export interface XrayFlags {
  readonly xrayUrl?: string;
  readonly xrayTokenFile?: string;
  readonly xrayUser?: string;
  readonly xrayPasswordFile?: string;
  readonly xrayConfig?: string;
  readonly xrayCaFile?: string;
  readonly xrayProject?: string;
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
    .addOption(option('--xray-password-file <file>', 'file with the password of the user', 'KUBEXRAY_XRAY_PASSWORD_FILE'))
    .addOption(
      option(
        '--xray-config <file>',
        "KubeXray's configuration: JSON with url, user and password, used where no flag says otherwise",
        'KUBEXRAY_XRAY_CONFIG',
      ),
    )
    .addOption(
      option('--xray-ca-file <file>', 'PEM with authorities that Xray is trusted by, besides the usual ones', 'KUBEXRAY_XRAY_CA_FILE'),
    )
    .addOption(
      option('--xray-project <key>', 'JFrog project whose violations are read (default: all that may be read)', 'KUBEXRAY_XRAY_PROJECT'),
    );
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
