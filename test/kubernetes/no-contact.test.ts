// Which failures of a call mean that there is no talking to the server, and which pass.
import test from 'ava';
import { Failure } from '../../src/failure.ts';
import { noAnswer, refusal } from '../../src/kubernetes/kubernetes-failure.ts';
import { noContact } from '../../src/kubernetes/no-contact.ts';

const failed = (code: string, message = code): Failure => noAnswer('GET /api/v1/pods', Object.assign(new Error(message), { code }));

test('a certificate that is not trusted never comes right by waiting', (t) => {
  t.deepEqual(
    noContact(failed('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate; if the root CA is installed locally, try --use-system-ca')),
    {
      when: 'always',
      tries: 1,
      why: 'no trusted connection: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
    },
  );
  const codes = ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN'];
  t.deepEqual(
    [...codes, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'].map((code) => noContact(failed(code))?.when),
    ['always', 'always', 'always', 'always', 'always', 'always', 'always'],
  );
});

test('a name that is not resolved is tried twice, a refused connection once, until the server has answered', (t) => {
  const summary = (code: string) => ({ ...noContact(failed(code)), why: undefined });
  t.deepEqual(summary('ENOTFOUND'), { when: 'beforeAnswers', tries: 2, why: undefined });
  t.deepEqual(summary('EAI_AGAIN'), { when: 'beforeAnswers', tries: 2, why: undefined });
  t.deepEqual(summary('ECONNREFUSED'), { when: 'beforeAnswers', tries: 1, why: undefined });
  t.deepEqual(summary('EHOSTUNREACH'), { when: 'beforeAnswers', tries: 1, why: undefined });
});

test('what may pass is no such failure: time-outs, resets, and every status but 401', (t) => {
  const codes = ['ECONNRESET', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'UND_ERR_SOCKET'];
  t.deepEqual(
    codes.map((code) => noContact(failed(code))),
    [undefined, undefined, undefined, undefined],
  );
  const statuses = [403, 404, 429, 500, 503];
  t.deepEqual(
    statuses.map((status) => noContact(refusal('GET /', { status }))),
    [undefined, undefined, undefined, undefined, undefined],
  );
  t.is(noContact(refusal('GET /', { status: 401 }))?.why, 'it does not accept the credentials (401)');
});

test('credentials that cannot be had are one line', (t) => {
  const failure = new Failure('get credentials for the API server\nmore', { retry: 'soon', reason: 'NoCredentials' });
  t.deepEqual(noContact(failure), { when: 'beforeAnswers', tries: 1, why: 'get credentials for the API server' });
});
