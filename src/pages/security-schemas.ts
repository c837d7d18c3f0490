import { z } from 'zod';
import { kinds } from '../accounts/security-log.ts';
import { flag } from './schemas.ts';

/** What the account API takes and gives about logging in, beside passwords. */

const code = z.string().max(100);
const step = z.string().max(200);
const name = z.string().max(100);
const time = z.int();
const encoded = z.string().max(20_000);

/** What `PublicKeyCredential.toJSON` gives (Web Authentication, Level 3, section 5.1.4); `Passkeys` checks the rest. */
const credentialObject = z.looseObject({
  id: z.string().max(2_000), rawId: z.string().max(2_000), type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: encoded, userHandle: z.string().max(200).nullish(), attestationObject: encoded.optional(),
    authenticatorData: encoded.optional(), signature: encoded.optional(),
  }),
  clientExtensionResults: z.looseObject({}).prefault({}),
});

/** From forms, the same as text in JSON. */
const credential = z.union([
  credentialObject,
  z.string().max(60_000).transform((text, { addIssue }) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      addIssue('The browser sent no passkey');
      return z.NEVER;
    }
  }).pipe(credentialObject),
]);

export const passkeyAnswer = z.object({ credential, remember: flag });
export const codeAnswer = z.object({ step, code, remember: flag });
export const newPasskey = z.object({ credential, name: name.optional(), code: code.optional() });
export const passkeyName = z.object({ name });
export const totpCode = z.object({ step, code });
/** One of the two. */
export const proof = z.object({ password: z.string().max(1_000).optional(), code: code.optional() });

/** For `navigator.credentials`, in JSON. */
export const passkeyOptions = z.object({ options: z.looseObject({}) });
export const ways = z.object({
  passwords: z.url(), passkeys: z.url(), totp: z.url(), recoveryCodes: z.url(), log: z.url(),
});
export const passkeys = z.object({
  passkeys: z.array(z.object({
    id: z.string(), name: z.string(), created: time, lastUsed: time.optional(), synced: z.boolean(), resource: z.url(),
  })),
});
export const totp = z.object({ on: z.boolean(), since: time.optional(), recoveryCodesLeft: z.int().optional() });
export const enrolment = z.object({ step: z.string(), secret: z.string(), uri: z.string() });
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
export const log = z.object({
  entries: z.array(z.object({
    id: z.string(), at: time, kind: z.enum(Object.keys(kinds) as (keyof typeof kinds)[]), words: z.string(),
    about: z.string().optional(), address: z.string().optional(), device: z.string().optional(),
  })),
  next: z.url().optional(),
});
