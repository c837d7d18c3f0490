import type { Version } from './database.ts';

const digits = 16;

/** A version by its number, 1 to 2^63-1: sixteen hexadecimal digits, so that they sort as the numbers do. */
export function versionText(number: bigint): Version {
  return number.toString(16).padStart(digits, '0');
}

/** The number of a version; `undefined` when the text is no version that `versionText` gives. */
export function versionNumber(version: Version): bigint | undefined {
  return /^[0-7][0-9a-f]{15}$/.test(version) ? BigInt(`0x${version}`) : undefined;
}
