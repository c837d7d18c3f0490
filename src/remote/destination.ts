import { RemoteError } from './remote-error.ts';

/** No address of a document in use comes near; caches keep as many as they have entries. */
const maxLength = 2048;

/** Ports of other protocols, some of which can be made to take a request for their own (Fetch, 2.10, port blocking). */
const badPorts = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * The URL to ask, without its fragment. `text` may be relative to `from`, which redirected to it. `plain`: whether http
 * is known here at all; to which addresses it is spoken is decided when they are known.
 * Throws `refused` for what is no place to go.
 */
export function destination(text: string, plain: boolean, from?: URL): URL {
  const refusal = (message: string): RemoteError => new RemoteError('refused', message, { asked: from !== undefined });
  const url = URL.canParse(text, from?.href) ? new URL(text, from?.href) : undefined;
  if (url === undefined || url.href.length > maxLength) {
    const what = from === undefined ? 'What was to be fetched' : `What ${place(from)} redirects to`;
    throw refusal(`${what} is not a URL, or longer than ${maxLength} characters.`);
  }
  url.hash = '';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && plain)) {
    throw refusal(`${place(url)} is not fetched, because its scheme is not https.`);
  }
  if (from?.protocol === 'https:' && url.protocol !== 'https:') {
    throw refusal(`${place(from)} redirects from https to http, which is not followed.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal(`${place(url)} is not fetched, because its URL holds a user name or a password.`);
  }
  // A port that is the scheme's own is empty, and `Number('')` would be 0.
  if (url.port !== '' && badPorts.has(Number(url.port))) {
    throw refusal(`${place(url)} is not fetched, because its port belongs to another protocol.`);
  }
  return url;
}

/** The URL as it is shown to people: without a query, which may hold secrets, and not longer than a line or two. */
export function place({ protocol, host, pathname }: URL): string {
  const text = `${protocol}//${host}${pathname}`;
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
