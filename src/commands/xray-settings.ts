// Reads what flags, files and environment say about Xray; one clear error for what cannot be used.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../failure.ts';
import type { XrayClientOptions } from '../xray/client.ts';
import type { Proxies } from '../xray/connections.ts';
import type { Credentials } from '../xray/credentials.ts';
import { usage, type XrayFlags } from './settings.ts';
import { type ReadXrayConfig, readXrayConfig } from './xray-config.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface XraySettings {
  readonly client: Pick<XrayClientOptions, 'url' | 'layout' | 'credentials' | 'project' | 'proxies' | 'authority'>;
  /** Of `--xray-config`: what senders of webhooks present, and where messages go. */
  readonly webhookToken?: string;
  readonly slackWebhookUrl?: string;
  /** Lines for whoever configured it. */
  readonly warnings: readonly string[];
}

/**
 * Returns how to reach Xray; undefined when neither a flag nor the file says where it is. Flags and their variables win over the file. Secrets are
 * read anew at each call, so that rotated files are seen. Throws `Failure` naming the flag, the variable or the member that is wrong.
 */
export function xraySettings(flags: XrayFlags, env: Env): XraySettings | undefined {
  const { xrayConfig: file, xrayProject: project, xrayCaFile } = flags;
  const { config, unknown } = file === undefined ? { config: {}, unknown: [] } : readXrayConfig(file);
  const url = flags.xrayUrl ?? config.url;
  if (url === undefined) return undefined;
  const credentials = xrayCredentials(flags, env, { config, unknown });
  const proxies = proxiesOf(env);
  return {
    client: {
      url,
      ...(isLegacy(url) ? { layout: 'legacy' as const } : {}),
      credentials,
      proxies,
      ...(project === undefined ? {} : { project: projectOf(project) }),
      ...(xrayCaFile === undefined ? {} : { authority: authorityOf(xrayCaFile) }),
    },
    ...(config.xrayWebhookToken === undefined ? {} : { webhookToken: config.xrayWebhookToken }),
    ...(config.slackWebhookUrl === undefined ? {} : { slackWebhookUrl: config.slackWebhookUrl }),
    warnings: unknown.length === 0 ? [] : [`--xray-config ${file} has names that nothing reads: ${unknown.join(', ')}`],
  };
}

/** Port 8000 is Xray's own, without the platform's router before it and without /xray in its paths. */
function isLegacy(url: string): boolean {
  return /^(?:https?:\/\/)?[^/]*:8000\/?$/i.test(url.trim());
}

/** Which of the ways to authenticate is taken: a token, a user with a password, or those of the file. */
function xrayCredentials(flags: XrayFlags, env: Env, { config, unknown }: ReadXrayConfig): () => Promise<Credentials> {
  const { xrayTokenFile, xrayUser, xrayPasswordFile } = flags;
  if (xrayTokenFile !== undefined && xrayUser !== undefined) throw usage('give --xray-token-file or --xray-user, not both');
  if (xrayUser !== undefined && xrayPasswordFile === undefined && env.KUBEXRAY_XRAY_PASSWORD === undefined)
    throw usage('--xray-user needs --xray-password-file');
  const hasToken = xrayTokenFile !== undefined || env.KUBEXRAY_XRAY_TOKEN !== undefined;
  const { user: configUser, password: configPassword } = config;
  const isInConfig = !hasToken && xrayUser === undefined && configUser !== undefined && configPassword !== undefined;
  if (!hasToken && xrayUser === undefined && !isInConfig)
    throw usage(`credentials for Xray are missing: ${whatConfigLacks(flags.xrayConfig, { config, unknown })}${waysToLogIn}`);
  const read = (): Credentials => {
    if (isInConfig) return ofConfig(flags.xrayConfig ?? '');
    return xrayUser === undefined
      ? { kind: 'bearer', token: secret(xrayTokenFile, env.KUBEXRAY_XRAY_TOKEN, '--xray-token-file') }
      : { kind: 'basic', user: xrayUser, password: secret(xrayPasswordFile, env.KUBEXRAY_XRAY_PASSWORD, '--xray-password-file') };
  };
  // What is wrong with a file should be said at the start, not at the first question.
  read();
  return async () => read();
}

const waysToLogIn = 'give --xray-token-file, or --xray-user with --xray-password-file, or user and password in --xray-config';

/** A name that nothing reads may be the one that is missing, misspelt. */
function whatConfigLacks(file: string | undefined, { config: { user, password }, unknown }: ReadXrayConfig): string {
  if (file === undefined) return '';
  const has = user !== undefined ? 'user and no password' : password !== undefined ? 'password and no user' : 'neither user nor password';
  const unread = unknown.length === 0 ? '' : `; nothing reads ${unknown.map((name) => `\`${name}\``).join(', ')}`;
  return `${file} has ${has}${unread}; `;
}

function ofConfig(file: string): Credentials {
  const { user = '', password = '' } = readXrayConfig(file).config;
  return { kind: 'basic', user, password };
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

/** JFrog's rule for keys of projects, a little wider: it stands in a URL. */
function projectOf(project: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/i.test(project)) throw usage(`--xray-project must be the key of a project, not ${project}`);
  return project;
}

function authorityOf(file: string): () => Promise<string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usage(`read --xray-ca-file ${file}: ${messageOf(thrown)}`);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw usage(`--xray-ca-file ${file} has no certificate in PEM`);
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (thrown) {
      throw usage(`certificate ${index + 1} in --xray-ca-file ${file} cannot be read: ${messageOf(thrown)}`);
    }
  }
  return () => readFile(file, 'utf8');
}

/** In either case, as most tools take them; in lower case first, as curl does. The address may hold a password, and is not repeated. */
function proxiesOf(env: Env): Proxies {
  const proxy = (name: 'HTTP_PROXY' | 'HTTPS_PROXY'): string => {
    const value = (env[name.toLowerCase()] ?? env[name] ?? '').trim();
    if (value === '') return '';
    const url = value.includes('://') ? value : `http://${value}`;
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw usage(`${name} is not the http:// or https:// address of a proxy`);
    return url;
  };
  return { httpProxy: proxy('HTTP_PROXY'), httpsProxy: proxy('HTTPS_PROXY'), noProxy: env.no_proxy ?? env.NO_PROXY ?? '' };
}
