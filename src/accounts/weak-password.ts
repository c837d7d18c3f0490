import { commonPasswords, commonWords } from './frequent-passwords.ts';

/** How many characters around something that is easily guessed make no difference. */
const maxAround = 4;
/** The same for the name of an e-mail address, from so many characters on. */
const maxAroundName = 6;
const minName = 4;
/** The longest text that is no stronger when it is repeated. */
const maxUnit = 8;
/** What stands for letters in the passwords of people who were asked for digits. */
const letters: Readonly<Record<string, string>> = {
  '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i',
};
/** Rows of keyboards, the alphabet and the digits, each long enough to run on from its end. */
const rows = [
  '0123456789', 'abcdefghijklmnopqrstuvwxyz', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p', '1q2w3e4r5t6y7u8i9o0p',
  'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn',
].map((row) => row + row);

/**
 * Why a password is among the first that somebody would try, to be read after "This password"; `undefined` when it is
 * not known to be. It says nothing about its length.
 */
export function weakness(password: string, email?: string): string | undefined {
  const text = password.toLowerCase();
  const plain = text.replaceAll(/[013457@$!]/g, (character) => letters[character]!);
  if (new Set(text).size < 4) return 'has too few different characters.';
  if (repeats(text)) return 'repeats itself.';
  if ([text, Array.from(text).reverse().join('')].some((one) => rows.some((row) => row.includes(one)))) {
    return 'is a row of keys or letters.';
  }
  if (commonPasswords.has(text) || commonPasswords.has(plain)) return 'is one of the most common ones.';
  if (hasCommonCore(text) || hasCommonCore(plain)) return 'is a common word with little around it.';
  if (email === undefined) return undefined;
  const [name = ''] = email.toLowerCase().split('@', 1);
  if (text.includes(email.toLowerCase())) return 'contains the e-mail address.';
  const around = text.length - name.length;
  return name.length >= minName && text.includes(name) && around <= maxAroundName
    ? 'is the name of the e-mail address with little around it.' : undefined;
}

/** Whether a short text is repeated, the last time maybe in part: `abcabcabca`. */
function repeats(text: string): boolean {
  for (let length = 1; length <= Math.min(maxUnit, text.length / 2); length += 1) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).startsWith(text)) return true;
  }
  return false;
}

/** Whether a common word or password is in the text with at most `maxAround` characters around it. */
function hasCommonCore(text: string): boolean {
  for (let before = 0; before <= maxAround; before += 1) {
    for (let behind = 0; before + behind <= maxAround; behind += 1) {
      const core = text.slice(before, text.length - behind);
      if (commonWords.has(core) || commonPasswords.has(core)) return true;
    }
  }
  return false;
}
