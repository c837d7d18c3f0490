/** What a browser shows, plays or saves, but does not run. All else counts as active, also what is not yet invented. */
const inert = new RegExp(`^(?:${[
  '(?:audio|video|font)/.*',
  'image/(?!.*\\+xml$).*',
  'text/(?:plain|turtle|n3|csv|markdown|calendar|vcard|css)',
  'application/(?:.*\\+)?json',
  'application/(?:n-triples|n-quads|trig|octet-stream|zip|gzip)',
].join('|')})$`);

/**
 * The headers under which bytes that a user stored are sent, so that they never run with the rights of the pages of the
 * server. `essence` is the media type in lower case without parameters.
 *
 * The type is as stated, never guessed from the bytes. HTML, SVG, XML, PDF and whatever else might be active is opened
 * in a sandbox: an origin of its own, without scripts, forms or plugins. Links out of it do not tell where they were.
 */
export function userContentHeaders(essence: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(inert.test(essence) ? {} : { 'content-security-policy': 'sandbox' }),
  };
}
