import { isIP } from 'node:net';

/** A number written as text; anything else as it came, for the schema to judge. */
export function parseNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12,
  kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
};

/** Bytes written as text (`4096`, `16MiB`, `1.5 GB`); anything else as it came, for the schema to judge. */
export function parseBytes(value: unknown): unknown {
  const [, number, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?) ?([kmgt]?i?b)$/i.exec(value)) || [];
  const bytes = unitBytes[unit?.toLowerCase() ?? ''];
  return bytes === undefined ? parseNumber(value) : Math.round(Number(number) * bytes);
}

/** An address under which all of a server can be, in its normal form: with a trailing slash. `undefined` for others. */
export function baseUrlOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, search, hash, origin, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  if (username || password || search || hash) return undefined;
  return `${origin}${pathname.replace(/\/*$/, '/')}`;
}

/** Whether `text` can be listened on: an IP address or a host name (RFC 1123 section 2.1). */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.?$/i.test(text);
}

/** Whether `text` is a connection string of PostgreSQL (libpq, section Connection URIs). */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

/** Whether `text` is the address of a mail server (draft-earhart-url-smtp, as nodemailer reads it). */
export function isMailUrl(text: string): boolean {
  return /^smtps?:\/\/./.test(text) && URL.canParse(text);
}

/** Whether `text` is one e-mail address, with a name around it or not. */
export function isSender(text: string): boolean {
  return /^(?:[^<>\p{Cc}]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u.test(text);
}
