/** What the values of many header fields are made of: tokens, quoted strings, parameters and lists (RFC 9110, 5.6). */

/** The source of a regular expression for one character of a token (RFC 9110, 5.6.2). */
export const tokenCharacter = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";

/** The same for a quoted string (RFC 9110, 5.6.4). Its one group is what stands between the quotes. */
export const quotedString = '"((?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*)"';

const token = new RegExp(`^${tokenCharacter}+$`);
const parameter = new RegExp(`^(${tokenCharacter}+)=(?:(${tokenCharacter}+)|${quotedString})$`);

export function isToken(text: string): boolean {
  return token.test(text);
}

/** The text that the inside of a quoted string stands for. */
export function unquote(inside: string): string {
  return inside.replace(/\\(.)/gs, '$1');
}

/**
 * The parts of `text` between separators that stand outside of quoted strings, trimmed, without empty ones:
 * with `,` the members of a list (RFC 9110, 5.6.1), with `;` a value and its parameters (5.6.6).
 */
export function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== '');
}

/** The name (in lower case) and value of one parameter (RFC 9110, 5.6.6); undefined if it is malformed. */
export function parseParameter(text: string): { name: string; value: string } | undefined {
  const match = parameter.exec(text);
  if (!match) return undefined;
  const [, name = '', plain, quoted = ''] = match;
  return { name: name.toLowerCase(), value: plain ?? unquote(quoted) };
}
