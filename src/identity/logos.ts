import { Problem } from '../problem.ts';
import { RemoteDocuments } from '../remote/documents.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { Remote } from '../remote/remote.ts';
import type { LocalDocument } from './client-documents.ts';

export interface LogosOptions {
  readonly remote: Remote;
  /** How long a picture is of use when its server cannot be reached, in seconds. */
  readonly staleSeconds: number;
  /** The document if it is of a pod of this node, where anybody may read it: read without the network. */
  readonly local?: (url: string) => Promise<LocalDocument | undefined>;
}

export interface Logo {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A picture of a few hundred pixels, in bytes. */
export const maxLogoBytes = 256 * 1024;
const maxLogos = 500;

/**
 * The pictures of apps, fetched by the node: so an app does not learn who looks at it, and no other server's content is
 * loaded by our pages. Only pictures of points: a drawing (SVG) can hold scripts and links.
 */
export class Logos {
  readonly #pictures: RemoteDocuments<Logo>;
  readonly #local: LogosOptions['local'];

  constructor({ remote, staleSeconds, local }: LogosOptions) {
    this.#local = local;
    this.#pictures = new RemoteDocuments(remote, {
      name: 'picture', accept: 'image/png, image/webp, image/jpeg, image/gif', maxBytes: maxLogoBytes, staleSeconds,
      maxEntries: maxLogos, maxTotalBytes: 16 * 1024 * 1024,
      parse: ({ bytes }) => picture(bytes),
    });
  }

  /** The picture at a URL. Throws `missing` when there is none, or it is of no use. */
  async read(url: string): Promise<Logo> {
    try {
      const own = await this.#local?.(url);
      return own === undefined ? await this.#pictures.read(url) : picture(own.bytes);
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof Problem)) throw error;
      throw new Problem('missing', 'There is no picture.');
    }
  }
}

/** What the first bytes of a picture are, whatever its server says. */
const beginnings: readonly (readonly [mediaType: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];

function picture(bytes: Uint8Array): Logo {
  const beginning = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  const found = beginnings.find(([, pattern]) => pattern.test(beginning));
  if (found === undefined || bytes.length > maxLogoBytes) {
    throw new Problem('invalid', `It is no picture of up to ${maxLogoBytes} bytes in PNG, JPEG, GIF or WebP.`);
  }
  return { mediaType: found[0], bytes };
}
