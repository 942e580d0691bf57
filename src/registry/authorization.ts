// Turns a registry's challenge into the Authorization header for a repository: nobody, user and password, or a token from its realm.
import { isJsonObject } from '../facts/json.ts';
import { BoundedCache } from './bounded-cache.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { credentialsFor, type DockerConfig, type RegistryCredentials } from './docker-config.ts';
import { RegistryFailure, statusFailure } from './errors.ts';
import { type HostRules, type Place, urlProblem } from './host-rules.ts';
import type { Transport } from './transport.ts';

export interface AuthorizerOptions {
  readonly credentials: () => Promise<DockerConfig>;
  readonly rules: HostRules;
  readonly transport: Transport;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

export interface Authorizer {
  /** Returns the header that was good last time; empty where there is none. */
  readonly known: (place: Place) => Promise<string>;
  /** Returns the header that a 401 asks for, asking its realm for a token if need be. Throws `RegistryFailure` when there is none. */
  readonly answer: (place: Place, challenges: readonly string[], signal: AbortSignal) => Promise<string>;
}

// The token specification: a token without `expires_in` is good for a minute.
const defaultTokenLifeMs = 60_000;
// Long enough for a pass over a registry's images, short enough that a right that was taken away is gone soon.
const maxTokenLifeMs = 60 * 60_000;
/** Its way to us and ours back. */
const tokenMarginMs = 10_000;
const maxHeaders = 1_000;

/** Returns an authorizer that keeps headers in memory only, and drops all when the credentials change. */
export function createAuthorizer({ credentials, rules, transport, now }: AuthorizerOptions): Authorizer {
  let headers = new BoundedCache<string>({ maxWeight: maxHeaders, now });
  let config: DockerConfig | undefined;

  async function currentConfig(): Promise<DockerConfig> {
    const current = await credentials();
    if (current !== config) headers = new BoundedCache<string>({ maxWeight: maxHeaders, now });
    config = current;
    return current;
  }

  async function known(place: Place): Promise<string> {
    await currentConfig();
    return headers.get(keyOf(place)) ?? '';
  }

  async function answer(place: Place, given: readonly string[], signal: AbortSignal): Promise<string> {
    headers.delete(keyOf(place));
    const found = credentialsFor(await currentConfig(), { registry: place.host, repository: place.repository });
    const challenges = parseChallenges(given);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    const authorization = bearer ? await token(place, { bearer, found, signal }) : basicHeader(place, challenges, found);
    headers.set(keyOf(place), authorization.header, { lifeMs: authorization.lifeMs });
    return authorization.header;
  }

  async function token(
    place: Place,
    { bearer, found, signal }: { bearer: Challenge; found: RegistryCredentials | undefined; signal: AbortSignal },
  ): Promise<{ readonly header: string; readonly lifeMs: number }> {
    const realm = realmUrl(place, bearer, rules);
    const form = new URLSearchParams();
    const service = bearer.parameters.get('service');
    if (service !== undefined) form.set('service', service);
    // Ours, not the one of the challenge: whatever a registry asks for, more than this is not needed.
    form.set('scope', `repository:${place.repository}:pull`);
    const accept = { accept: 'application/json' };
    if (found?.kind === 'identityToken') {
      // https://distribution.github.io/distribution/spec/auth/oauth/
      form.set('grant_type', 'refresh_token');
      form.set('client_id', 'kubexray');
      form.set('refresh_token', found.token);
      return readToken(place, await transport.ask(realm, { headers: accept, form, signal }));
    }
    for (const [name, value] of form) realm.searchParams.set(name, value);
    const headersOfUser = found === undefined ? accept : { ...accept, authorization: basic(found) };
    if (found !== undefined) realm.searchParams.set('account', found.user);
    return readToken(place, await transport.ask(realm, { headers: headersOfUser, signal }));
  }

  return { known, answer };
}

function keyOf(place: Place): string {
  return `${place.origin} ${place.repository}`;
}

function basicHeader(
  place: Place,
  challenges: readonly Challenge[],
  found: RegistryCredentials | undefined,
): { readonly header: string; readonly lifeMs: number } {
  if (!challenges.some(({ scheme }) => scheme === 'basic'))
    throw new RegistryFailure('answer', `${place.host} wants credentials of a kind that we do not know (401)`);
  if (found?.kind !== 'password')
    throw new RegistryFailure(
      'answer',
      `${place.host} wants a user and a password for ${place.repository}, and --registry-config has none`,
    );
  return { header: basic(found), lifeMs: maxTokenLifeMs };
}

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** The credentials of a registry go where the registry says: that must be as safe as the registry itself. */
function realmUrl(place: Place, bearer: Challenge, rules: HostRules): URL {
  const realm = URL.parse(bearer.parameters.get('realm') ?? '');
  if (realm === null) throw new RegistryFailure('answer', `${place.host} names no address for tokens`);
  const isDowngrade = realm.protocol !== 'https:' && place.origin.startsWith('https:');
  const problem = isDowngrade ? `${realm.host} is asked without TLS` : urlProblem(realm, rules);
  if (problem !== undefined) throw new RegistryFailure('answer', `${place.host} names an address for tokens that is not used: ${problem}`);
  realm.hash = '';
  return realm;
}

function readToken(
  place: Place,
  answer: { readonly status: number; readonly header: (name: string) => string; readonly body: Uint8Array },
): { readonly header: string; readonly lifeMs: number } {
  if (answer.status === 400 || answer.status === 401 || answer.status === 403)
    throw new RegistryFailure('answer', `the token server of ${place.host} gave no token for ${place.repository} (${answer.status})`);
  if (answer.status !== 200) throw statusFailure(`the token server of ${place.host}`, answer.status, answer.header('retry-after'));
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(answer.body).toString('utf8'));
  } catch {
    content = undefined;
  }
  const { token, access_token: accessToken, expires_in: expiresIn } = isJsonObject(content) ? content : {};
  const given = token ?? accessToken;
  // It becomes a header, and is sent with each request.
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(given))
    throw new RegistryFailure('answer', `the token server of ${place.host} answered without a usable token`);
  const lifeMs = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn * 1000 : defaultTokenLifeMs;
  return { header: `Bearer ${given}`, lifeMs: Math.min(lifeMs, maxTokenLifeMs) - tokenMarginMs };
}
