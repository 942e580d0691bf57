// How we prove to Xray who asks: an access token, or a user with a password.

import { XrayFailure } from './errors.ts';

export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** Returns the value of the `Authorization` header. Throws `XrayFailure` for what no header can carry, without repeating it. */
export function authorizationHeader(credentials: Credentials): string {
  if (credentials.kind === 'bearer') {
    if (!/^[\x21-\x7e]+$/.test(credentials.token)) {
      throw new XrayFailure('CredentialsUnusable', 'the token for Xray is empty or holds characters that no token has');
    }
    return `Bearer ${credentials.token}`;
  }
  if (credentials.user === '' || credentials.user.includes(':')) {
    throw new XrayFailure('CredentialsUnusable', 'the user for Xray is empty or holds a colon');
  }
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')}`;
}
