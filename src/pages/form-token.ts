import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { Visit } from './visit.ts';

/** The name of the field that has it. */
export const tokenField = '_token';

/**
 * What a form has to bring, so that nobody else's page can send it: made of a secret of the browser that is in a cookie
 * alone. It says nothing of that secret.
 */
export function formToken(visit: Visit): string {
  return createHash('sha256').update(`form ${visit.formSecret()}`).digest('base64url');
}

/** Throws `forbidden` for a form that was not made for this browser and whoever is logged in there. */
export function checkFormToken(visit: Visit, given: string | null): void {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(formToken(visit))];
  if (one.byteLength === other.byteLength && timingSafeEqual(one, other)) return;
  throw new Problem('forbidden',
    'This form is from before you logged in or out, or its cookie is missing. Nothing was changed: send it once more.');
}
