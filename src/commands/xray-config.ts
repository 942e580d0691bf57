// Reads the file that KubeXray was configured by, as it was: JSON with the address of Xray, a user, and tokens.
import { readFileSync } from 'node:fs';
import { isJsonObject } from '../facts/json.ts';
import { messageOf } from '../failure.ts';
import { usage } from './settings.ts';

/** What the file says; a member that is absent, null or empty is left out. */
export interface XrayConfig {
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly slackWebhookUrl?: string;
  readonly xrayWebhookToken?: string;
}

const known = ['url', 'user', 'password', 'slackWebhookUrl', 'xrayWebhookToken'] as const satisfies readonly (keyof XrayConfig)[];

export interface ReadXrayConfig {
  readonly config: XrayConfig;
  /** Names that nothing reads, sorted. */
  readonly unknown: readonly string[];
}

/** Returns what the file says. Throws `Failure` naming the file and the member; never a value of it. */
export function readXrayConfig(file: string): ReadXrayConfig {
  const content = parsed(file);
  if (!isJsonObject(content)) throw usage(`--xray-config ${file} is not a JSON object`);
  const config: { -readonly [key in keyof XrayConfig]: string } = {};
  for (const key of known) {
    const value = content[key];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') throw usage(`${key} in --xray-config ${file} is not a text`);
    config[key] = value.trim();
  }
  const unknown = Object.keys(content).filter((key) => !known.some((name) => name === key));
  return { config, unknown: unknown.sort() };
}

function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usage(`read --xray-config ${file}: ${messageOf(thrown)}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and there is a password in it.
    throw usage(`--xray-config ${file} is not JSON`);
  }
}
