// Tells whether a sender of webhooks holds the token. What was presented is compared and forgotten, never kept or logged.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** `unknowable`: there is no token to compare with at the moment, so nobody is let in. */
export type Admission = 'granted' | 'refused' | 'unknowable';

/**
 * Compares what the headers present with the token: `X-Auth-Token`, `Authorization: Bearer`, or the password of `Authorization: Basic`
 * with any user. Takes equally long however much of it is right.
 */
export function admissionOf(headers: IncomingHttpHeaders, token: string): Admission {
  if (token === '') return 'unknowable';
  const expected = hashOf(Buffer.from(token, 'utf8'));
  const matches = presentedBy(headers).map((presented) => timingSafeEqual(hashOf(presented), expected));
  return matches.includes(true) ? 'granted' : 'refused';
}

/** At most two: the header of KubeXray's, and what `Authorization` holds. Node reads headers as Latin-1, whatever the sender meant. */
function presentedBy({ authorization = '', 'x-auth-token': header }: IncomingHttpHeaders): readonly Buffer[] {
  const own = typeof header === 'string' ? [Buffer.from(header.trim(), 'latin1')] : [];
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S.*)$/i.exec(authorization.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return [...own, Buffer.from(value, 'latin1')];
    case 'basic':
      return [...own, passwordOf(Buffer.from(value, 'base64'))];
    default:
      return own;
  }
}

/** What follows the first colon (RFC 7617); all of it where there is none, as it then is no user. */
function passwordOf(userAndPassword: Buffer): Buffer {
  return userAndPassword.subarray(userAndPassword.indexOf(':') + 1);
}

/** Of equal length whatever was presented, which `timingSafeEqual` needs and which hides the length of the token. */
function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
