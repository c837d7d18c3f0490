import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address, and how many of its leading bits count: all addresses that share these bits. */
export type AddressRange = readonly [Address, bits: number];

export interface AddressRules {
  /** Addresses that may be connected to although they are not global, and without TLS too. */
  readonly allow: readonly AddressRange[];
  /** Whether loopback addresses may be connected to as well, and without TLS too: for development. */
  readonly localhost: boolean;
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or a single address; undefined for anything else. */
function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const width = version === 4 ? 32 : 128;
  const counting = bits === undefined ? width : Number(bits);
  return counting <= width ? [parseAddress(address), counting] : undefined;
}

/** Reads ranges with commas between them; undefined when one of them is none. */
export function parseAddressRanges(text: string): AddressRange[] | undefined {
  const ranges = text.split(',').map((range) => parseAddressRange(range.trim()));
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/**
 * Whether the rules allow a connection to an IP address in its text form: with TLS to every address of the public
 * Internet, and by either scheme to what the operator allows. `plain`: without TLS.
 */
export function mayConnect(text: string, plain: boolean, { allow, localhost }: AddressRules): boolean {
  if (isIP(text) === 0) return false;
  const address = parseAddress(text);
  if (allow.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits))) return true;
  if (localhost && address.range() === 'loopback') return true;
  return !plain && isGlobal(address);
}

/** An IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) becomes what it is: the system connects to that. */
function parseAddress(text: string): Address {
  // The library takes ::10.0.0.1 for ::ffff:10.0.0.1. It is the deprecated form of 2.5.5.1, and another address.
  return ipaddr.process(text.replace(/^::(?=\d+\.)/, '0::'));
}

/**
 * Whether the address is one of the public Internet. Of the forms of IPv6 that hold an IPv4 address within, 6to4,
 * Teredo and the rest are never global here. NAT64 (RFC 6052) is as global as the address within, because that is the
 * only way in which a machine that has nothing but IPv6 reaches the servers that have nothing but IPv4.
 */
function isGlobal(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  const [first = 0, , third] = address.parts;
  // 2000::/3 is all that IANA has given out for global unicast; the library takes what has no name for unicast.
  if (address.range() === 'unicast') return first >> 13 === 1;
  // 64:ff9b::/96. The other prefix, 64:ff9b:1::/48, is for use within one network (RFC 8215).
  const translated = address.range() === 'rfc6052' && third === 0;
  return translated && isGlobal(new ipaddr.IPv4(address.toByteArray().slice(-4)));
}
