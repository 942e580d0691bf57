// Reads what flags, files and environment say about the webhook; one clear error for what cannot be used.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../failure.ts';
import type { WebhookOptions } from '../xray/webhook.ts';
import { option, portOf, usage } from './settings.ts';

export interface WebhookFlags {
  readonly webhookPort?: string;
  readonly webhookTokenFile?: string;
  readonly webhookInsecure?: 'true' | 'false';
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
}

export type WebhookSettings = Pick<WebhookOptions, 'port' | 'certificate' | 'readToken'>;

/** Adds the flags of `WebhookFlags`. */
export function addWebhook(command: Command): void {
  command
    .addOption(
      option(
        '--webhook-port <port>',
        "port of the receiver of Xray's webhooks, at /webhook; 0 takes a free one (default: no receiver)",
        'KUBEXRAY_WEBHOOK_PORT',
      ),
    )
    .addOption(option('--webhook-token-file <file>', 'file with the token that senders of webhooks present', 'KUBEXRAY_WEBHOOK_TOKEN_FILE'))
    .addOption(option('--tls-cert-file <file>', 'PEM file with the certificate of the webhook', 'KUBEXRAY_TLS_CERT_FILE'))
    .addOption(option('--tls-key-file <file>', 'PEM file with the key of the certificate', 'KUBEXRAY_TLS_KEY_FILE'))
    .addOption(
      // With a value, because a variable that says `false` would switch it on otherwise.
      option(
        '--webhook-insecure [boolean]',
        'receive webhooks by plain HTTP, as behind a proxy that ends TLS; the token is sent in clear',
        'KUBEXRAY_WEBHOOK_INSECURE',
      )
        .choices(['true', 'false'])
        .preset('true'),
    );
}

/**
 * Returns how to receive webhooks, undefined when they are off. `otherToken` is one that was configured elsewhere; it counts where
 * neither a file nor the environment has one. Throws `Failure` naming the flag that is missing or wrong.
 */
export function webhookSettings(
  flags: WebhookFlags,
  { env, otherToken }: { readonly env: Readonly<Record<string, string | undefined>>; readonly otherToken?: string },
): WebhookSettings | undefined {
  if (flags.webhookPort === undefined) return undefined;
  const port = portOf(flags.webhookPort, '--webhook-port');
  const { webhookTokenFile: file } = flags;
  const given = (env.KUBEXRAY_WEBHOOK_TOKEN ?? otherToken ?? '').trim();
  const missing = [...(file === undefined && given === '' ? ['--webhook-token-file'] : []), ...missingForTls(flags)];
  if (missing.length > 0) throw usage(`--webhook-port needs ${missing.join('; and ')}`);
  const certificate = certificateOf(flags);
  const token = file === undefined ? given : tokenAtStart(file);
  if (token === '') throw usage(`--webhook-token-file ${file} is empty`);
  // Trimmed, as editors and `echo` leave a line end.
  const readToken = async (): Promise<string> => (file === undefined ? token : (await readFile(file, 'utf8')).trim());
  return { port, readToken, ...(certificate === undefined ? {} : { certificate }) };
}

/** Undefined for plain HTTP; that nothing is missing was seen before. */
function certificateOf({ tlsCertFile: certFile, tlsKeyFile: keyFile, webhookInsecure }: WebhookFlags): WebhookSettings['certificate'] {
  if (webhookInsecure === 'true') {
    if (certFile !== undefined || keyFile !== undefined) throw usage('give --webhook-insecure, or --tls-cert-file and --tls-key-file');
    return undefined;
  }
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function missingForTls({ tlsCertFile, tlsKeyFile, webhookInsecure }: WebhookFlags): readonly string[] {
  const hasAll = webhookInsecure === 'true' || (tlsCertFile !== undefined && tlsKeyFile !== undefined);
  return hasAll ? [] : ['--tls-cert-file and --tls-key-file, or --webhook-insecure for plain HTTP'];
}

/** What is wrong with the file should be said at the start, not at the first webhook. */
function tokenAtStart(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw usage(`read --webhook-token-file ${file}: ${messageOf(thrown)}`);
  }
}
