// The port to registries over HTTP: manifests by digest or tag, each question asked once, answers that cannot change kept.
import type { ImageRegistry, ManifestAnswer } from '../facts/registry.ts';
import { createAuthorizer } from './authorization.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { DockerConfig } from './docker-config.ts';
import { RegistryFailure, statusFailure, transportFailure } from './errors.ts';
import { createGate, type Turn } from './host-gate.ts';
import { type HostRules, loopbackNames, type Place, placeOf, urlProblem } from './host-rules.ts';
import { acceptedTypes, readManifest } from './read-manifest.ts';
import { shareQuestions } from './share-questions.ts';
import { type Answer, createTransport, defaultLimits, type TransportLimits, type TransportOptions } from './transport.ts';

export interface RegistryOptions {
  readonly rules: HostRules;
  /** Asked before each question, so that rotated credentials are seen; the same object as long as nothing changed. */
  readonly credentials: () => Promise<DockerConfig>;
  /** PEM, in addition to the usual authorities. */
  readonly ca?: string;
  readonly proxy?: NonNullable<TransportOptions['proxy']>;
  /** Default: `defaultLimits`. */
  readonly limits?: TransportLimits;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

export interface RegistryClient extends ImageRegistry {
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

// By weight, one for each answer and one for each entry of an index: about ten megabytes, thousands of indexes.
const maxKept = 50_000;
// Pods of one rollout ask for the same tag at once; a tag that moved must be seen soon after.
const tagLifeMs = 5_000;
const maxTags = 2_000;
// registry.k8s.io sends everybody to a mirror nearby; more than that is a loop.
const maxRedirects = 3;

/** Returns a client with connections and caches of its own. No I/O until it is asked. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const { rules, credentials, now } = options;
  const limits = options.limits ?? defaultLimits;
  const transport = createTransport({
    loopbackNames: loopbackNames(rules),
    limits,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.proxy && { proxy: options.proxy }),
  });
  const authorizer = createAuthorizer({ credentials, rules, transport, now });
  const gate = createGate(now);
  // By digest alone: the bytes were checked against it, so that it does not matter who gave them.
  const byDigest = new BoundedCache<ManifestAnswer>({ maxWeight: maxKept, now });
  const byTag = new BoundedCache<ManifestAnswer>({ maxWeight: maxTags, now });
  const share = shareQuestions<ManifestAnswer>();

  async function manifest(
    image: { readonly registry: string; readonly repository: string },
    reference: string,
    signal: AbortSignal,
  ): Promise<ManifestAnswer> {
    signal.throwIfAborted();
    const place = placeOf(image, reference, rules);
    if ('problem' in place) return { kind: 'unavailable', reason: place.problem };
    const key = `${place.origin} ${place.repository} ${reference}`;
    return byDigest.get(reference) ?? byTag.get(key) ?? share(key, signal, (shared) => askInTurn(place, key, shared));
  }

  async function askInTurn(place: Place, key: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const turn = await gate.enter(place.origin, signal);
    if (turn.kind === 'refused') return { kind: 'unavailable', reason: `${place.host}: ${turn.reason}` };
    const answer = await inTurn(place, turn, signal);
    if (answer.kind === 'manifest') byDigest.set(answer.digest, answer);
    if (answer.kind === 'index') byDigest.set(answer.digest, answer, { weight: 1 + answer.manifests.length });
    if ((answer.kind === 'manifest' || answer.kind === 'index') && answer.digest !== place.reference)
      byTag.set(key, answer, { lifeMs: tagLifeMs });
    return answer;
  }

  async function inTurn(place: Place, turn: Turn & { kind: 'granted' }, signal: AbortSignal): Promise<ManifestAnswer> {
    let result: Parameters<typeof turn.end>[0] = 'cancelled';
    try {
      const answer = await ask(place, AbortSignal.any([signal, AbortSignal.timeout(limits.totalTimeoutMs)]));
      result = 'answered';
      return answer;
    } catch (thrown) {
      signal.throwIfAborted();
      result = thrown instanceof RegistryFailure ? thrown : transportFailure(place.host, thrown);
      return { kind: 'unavailable', reason: result.message };
    } finally {
      turn.end(result);
    }
  }

  async function ask(place: Place, signal: AbortSignal): Promise<ManifestAnswer> {
    const first = await follow(place, await authorizer.known(place), signal);
    if (first.answer.status !== 401 || !first.isAtHome) return read(place, first.answer);
    const authorization = await authorizer.answer(place, first.answer.challenges, signal);
    return read(place, (await follow(place, authorization, signal)).answer);
  }

  /** Follows redirects by the rules for all addresses. Credentials stay at the registry's own origin. */
  async function follow(place: Place, authorization: string, signal: AbortSignal): Promise<{ answer: Answer; isAtHome: boolean }> {
    let url = new URL(`/v2/${place.repository}/manifests/${place.reference}`, place.origin);
    let isAtHome = true;
    for (let redirects = 0; ; redirects += 1) {
      const own = isAtHome && authorization !== '' ? { authorization } : {};
      const answer = await transport.ask(url, { headers: { accept: acceptedTypes.join(', '), ...own }, signal });
      if (![301, 302, 303, 307, 308].includes(answer.status)) return { answer, isAtHome };
      if (redirects === maxRedirects) throw new RegistryFailure('answer', `${place.host} redirects too often`);
      const location = answer.header('location');
      url = redirectTarget(place, location === '' ? null : URL.parse(location, url.href), url);
      isAtHome &&= url.origin === place.origin;
    }
  }

  function redirectTarget(place: Place, target: URL | null, from: URL): URL {
    const problem =
      target === null
        ? 'it gives no address'
        : from.protocol === 'https:' && target.protocol !== 'https:'
          ? `${target.host} is asked without TLS`
          : !target.pathname.startsWith('/v2/')
            ? 'the address is not one of a manifest'
            : urlProblem(target, rules);
    if (target === null || problem !== undefined)
      throw new RegistryFailure('answer', `${place.host} redirects, which is not followed: ${problem}`);
    return target;
  }

  return { manifest, close: transport.close };
}

function read(place: Place, answer: Answer): ManifestAnswer {
  if (answer.status === 404 && isAbsence(answer.body))
    return { kind: 'absent', reason: `${place.host} has no ${place.repository} ${place.reference}` };
  if (answer.status !== 200) throw statusFailure(place.host, answer.status, answer.header('retry-after'));
  const manifest = readManifest({
    bytes: answer.body,
    reference: place.reference,
    contentType: answer.header('content-type'),
    digestHeader: answer.header('docker-content-digest'),
  });
  return manifest.kind === 'unavailable' ? { kind: 'unavailable', reason: `${place.host}: ${manifest.reason}` } : manifest;
}

/** A registry says what is absent (`MANIFEST_UNKNOWN`, `NAME_UNKNOWN`); the page of a web server says that it is no registry. */
function isAbsence(body: Uint8Array): boolean {
  if (body.length === 0) return true;
  try {
    const content: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof content === 'object' && content !== null && 'errors' in content;
  } catch {
    return false;
  }
}
