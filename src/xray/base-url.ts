// Turns the address of Xray as people give it into the one that API paths are appended to; pure.

/** Where the API is: under `/xray` of a JFrog platform, or at the root of an Xray 1.x or 2.x host. */
export type XrayLayout = 'platform' | 'legacy';

export type BaseUrl = { readonly kind: 'valid'; readonly url: string } | { readonly kind: 'invalid'; readonly problem: string };

/** Path segments that people copy from a browser or from another tool's settings; what follows them is not part of the base. */
const productSegments: ReadonlySet<string> = new Set(['xray', 'artifactory', 'ui', 'api', 'web']);

/**
 * Returns the base URL without trailing slash. A context path in front of the product is kept, what is behind it is dropped;
 * `/xray` is appended for a platform. Without a scheme it is https. A problem never repeats the text, which may hold a password.
 */
export function parseBaseUrl(text: string, layout: XrayLayout = 'platform'): BaseUrl {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'invalid', problem: 'the URL of Xray is empty' };
  const absolute = trimmed.includes('://') ? trimmed : `https://${trimmed}`;
  const url = URL.parse(absolute);
  if (url === null || url.hostname === '') return { kind: 'invalid', problem: 'the URL of Xray does not parse' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { kind: 'invalid', problem: `the URL of Xray begins with ${url.protocol}// where http:// or https:// is expected` };
  }
  if (url.username !== '' || url.password !== '') {
    return { kind: 'invalid', problem: 'the URL of Xray holds credentials: give them separately' };
  }
  // A mistyped word is no host; one that is meant can be written with its scheme or its port.
  if (!trimmed.includes('://') && url.port === '' && !/[.:]/.test(url.hostname) && url.hostname !== 'localhost')
    return { kind: 'invalid', problem: 'the URL of Xray is one word; write it as https://example.jfrog.io' };
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const product = segments.findIndex((segment) => productSegments.has(segment.toLowerCase()));
  const context = product === -1 ? segments : segments.slice(0, product);
  const path = layout === 'platform' ? [...context, 'xray'] : context;
  return { kind: 'valid', url: [url.origin, ...path].join('/') };
}
