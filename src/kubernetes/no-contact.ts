// Tells which failures of a call mean that there is no talking to the API server at all, and says why in words. Pure.
import { messageOf } from '../failure.ts';
import { KubernetesFailure } from './kubernetes-failure.ts';

/** Why waiting does not help. `beforeAnswers`: only as long as the server has not answered anything; a server that did may come back. */
export interface NoContact {
  readonly when: 'always' | 'beforeAnswers';
  /** A name server that is asked twice may know the second time. */
  readonly tries: 1 | 2;
  /** To be put behind the name of the server. */
  readonly why: string;
}

const refusedRoutes = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const unknownNames = new Set(['ENOTFOUND', 'EAI_AGAIN']);
// Names of https://nodejs.org/api/tls.html#x509-certificate-error-codes and of OpenSSL's errors; EPROTO is plain HTTP where TLS was expected.
const untrusted = /CERT|^ERR_(TLS|SSL|OSSL)_|^UNABLE_TO_VERIFY|^INVALID_(CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^EPROTO$/;
const maxCauseLength = 200;

/** Returns why there is no contact; undefined when the same call may succeed a little later. */
export function noContact(thrown: unknown): NoContact | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof KubernetesFailure && thrown.status !== 0)
    return thrown.status === 401 ? { when: 'always', tries: 1, why: 'it does not accept the credentials (401)' } : undefined;
  if ('reason' in thrown && thrown.reason === 'NoCredentials') return { when: 'beforeAnswers', tries: 1, why: oneLine(thrown) };
  const code = codeOf(thrown.cause);
  if (code === 'ECONNREFUSED') return { when: 'beforeAnswers', tries: 1, why: 'the connection was refused (ECONNREFUSED)' };
  if (refusedRoutes.has(code)) return { when: 'beforeAnswers', tries: 1, why: `there is no way to it (${code})` };
  if (unknownNames.has(code)) return { when: 'beforeAnswers', tries: 2, why: `its name cannot be resolved (${code})` };
  if (untrusted.test(code)) return { when: 'always', tries: 1, why: `no trusted connection: ${oneLine(thrown.cause)} (${code})` };
  return undefined;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** OpenSSL's messages have several lines, the first of which tells; Node's advice on its own options is of no use to our callers. */
function oneLine(thrown: unknown): string {
  const [line = ''] = messageOf(thrown).trim().split('\n');
  return line.replace(/; if the root CA is installed locally.*$/, '').slice(0, maxCauseLength);
}
