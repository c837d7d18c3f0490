import { encodeSegment } from './path.ts';

/** The longest name a slug can give, in characters before encoding, and after. */
const longestName = { plain: 200, encoded: 600 };
/** What comes after so many characters is not looked at: the patterns below take time in the square of the length. */
const longestRead = 1000;

/**
 * The name that a `Slug` header asks for, as an encoded path segment without a slash (RFC 5023 section 9.7: UTF-8,
 * percent-encoded). What cannot stand in a name is taken out or replaced rather than refused; the header is a wish.
 * `undefined` when nothing is left of it. Never the name of an auxiliary resource.
 */
export function nameFromSlug(slug: string): string | undefined {
  const name = decode(slug).slice(0, longestRead)
    .replace(/[\u0000-\u001f\u007f]/g, '')
    .replace(/[/\\]+$/, '')
    .replace(/[/\\]/g, '-')
    .trim();
  const short = shorten(name).trim().replace(/\.(?=(?:acl|meta)$)/, '-');
  return short === '' || short === '.' || short === '..' ? undefined : encodeSegment(short);
}

function shorten(name: string): string {
  let encoded = 0;
  const characters = Array.from(name).slice(0, longestName.plain);
  return characters.filter((character) => (encoded += encodeSegment(character).length) <= longestName.encoded).join('');
}

/** Percent-decoded UTF-8, from a header whose characters stand for bytes; as it came when it is not UTF-8. */
function decode(slug: string): string {
  const bytes = Buffer.from(slug.replace(/%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return slug;
  }
}

/** `name` with `suffix` before its extension: `photo.jpg` and `x7` give `photo-x7.jpg`. */
export function withSuffix(name: string, suffix: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}-${suffix}${name.slice(dot)}` : `${name}-${suffix}`;
}
