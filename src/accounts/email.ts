import { Problem } from '../problem.ts';

/** RFC 5321 section 4.5.3.1.3, less the angle brackets. */
const maxLength = 254;

/** The form in which an address is kept and looked up: people do not care about capitals in theirs. */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase().toWellFormed().replaceAll('\0', '').slice(0, maxLength);
}

/** Reads an address to which a mail can go; gives it as `emailKey` does. Throws `invalid` for anything else. */
export function readEmail(text: string): string {
  const email = text.trim().normalize('NFC').toLowerCase();
  // No spaces, no quoted names, no comments, no lists: what is left of RFC 5322 is what people have.
  const likely = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}.-][^\s@<>()[\]\\,;:"\p{Cc}]*$/u.test(email);
  if (!likely || email.length > maxLength || !email.isWellFormed()) {
    throw new Problem('invalid', 'This is not an e-mail address.');
  }
  return email;
}
