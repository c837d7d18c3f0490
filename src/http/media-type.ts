import { Problem } from '../problem.ts';
import { parseParameter, splitOutsideQuotes } from './field-values.ts';

/** Multipart boundaries and profile addresses fit; nobody needs more. */
const maxLength = 512;

/** RFC 6838, 4.2. Narrower than RFC 9110's token: the wildcard `*` is no type. */
const restrictedName = '[a-z0-9][a-z0-9!#$&\\-^_.+]{0,126}';
const typeAndSubtype = new RegExp(`^${restrictedName}/${restrictedName}$`);

export interface MediaType {
  /** Type and subtype in lower case: `text/plain`. */
  readonly essence: string;
  /** The essence with its parameters as they came: `text/plain; Charset=ISO-8859-1`. */
  readonly text: string;
}

/** Reads a Content-Type (RFC 9110, 8.3.1). A malformed one is a Problem of kind `invalid`. */
export function parseMediaType(header: string): MediaType {
  if (header.length > maxLength) {
    throw new Problem('invalid', `The media type is longer than ${maxLength} characters.`);
  }
  const [name = '', ...parameters] = splitOutsideQuotes(header, ';');
  const essence = name.toLowerCase();
  if (!typeAndSubtype.test(essence)) {
    throw new Problem('invalid', `'${header}' is not a media type, which begins with two names as text/turtle does.`);
  }
  const wrong = parameters.find((text) => parseParameter(text) === undefined);
  if (wrong !== undefined) {
    throw new Problem('invalid', `In the media type '${header}', the parameter '${wrong}' is malformed.`);
  }
  return { essence, text: parameters.length > 0 ? essence + header.slice(header.indexOf(';')).trimEnd() : essence };
}
