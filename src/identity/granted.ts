import { parseAuthority } from '../access/authority.ts';
import type { GrantAbout } from '../access/grant.ts';
import { Problem } from '../problem.ts';
import { grantSeconds, solidResource } from './claims.ts';
import type { Lifetimes, SolidGrant } from './claims.ts';

/** What is in a grant that counts here, whether as oidc-provider has it or as it is stored. */
type GrantContent = Pick<
  SolidGrant, 'clientId' | 'webId' | 'clientName' | 'logo' | 'rar' | 'chosen' | 'asked' | 'lastUsed' | 'lastFrom'
> & {
  readonly iat?: number;
  readonly exp?: number;
  readonly openid?: { readonly scope?: string | undefined };
  readonly rejected?: Rejected;
};

type Rejected = { readonly openid?: { readonly scope?: string | undefined } | undefined } | undefined;

export function aboutGrant(id: string, grant: object): GrantAbout {
  const {
    clientId = '', webId, clientName, logo, rar, chosen, asked, lastUsed, lastFrom, openid, rejected, iat = 0, exp = 0,
  } = grant as GrantContent;
  const all = namesIn(openid?.scope);
  const refused = namesIn(rejected?.openid?.scope);
  return {
    id, client: clientId,
    ...(clientName !== undefined && { clientName }),
    ...(logo !== undefined && { logo }),
    ...(webId !== undefined && { webId }),
    scopes: all.filter((scope) => !refused.includes(scope)), asked: all,
    ...(rar && { authorizationDetails: rar }),
    askedDetails: asked?.details ?? [], places: asked?.places ?? [],
    ...(chosen && { chosen }),
    since: iat * 1000, until: exp * 1000,
    ...(lastUsed !== undefined && { lastUsed: lastUsed * 1000 }),
    ...(lastFrom && { lastFrom }),
  };
}

function namesIn(scope = ''): string[] {
  return scope.split(' ').filter((name) => name !== '');
}

/** What a grant has for scopes that the person refused. */
export function rejectedScopes(scopes: readonly string[]): object {
  const scope = scopes.filter((name) => name !== 'openid').join(' ');
  return scope === '' ? {} : { openid: { scope }, resources: { [solidResource]: scope } };
}

/** What a grant has for its end: one that was chosen (milliseconds since 1970), or else one that use puts off. */
export function endOf(until: number | undefined, lifetimes: Lifetimes): { ends: boolean; exp: number } {
  const now = Date.now();
  if (until !== undefined && until <= now) throw new Problem('invalid', 'The end is in the past.');
  return { ends: until !== undefined, exp: Math.ceil((until ?? now + grantSeconds(lifetimes) * 1000) / 1000) };
}

interface Terms {
  readonly rar?: readonly object[] | undefined;
  readonly rejected?: Rejected;
  readonly exp?: number | undefined;
}

/**
 * Whether a grant says something else than before, other than for longer. Apps often ask each time that they are
 * opened, and a person who agrees to the same again is not to end what the app has open elsewhere.
 */
export function isNarrowed(before: Terms, after: Terms): boolean {
  const terms = ({ rar, rejected }: Terms): string => JSON.stringify([
    rar?.map((detail) => ({ ...detail, exp: undefined })),
    namesIn(rejected?.openid?.scope).sort(),
  ]);
  return terms(before) !== terms(after) || (after.exp ?? 0) < (before.exp ?? 0);
}

/** Tokens carry these, in a header of every request. */
const maxDetailBytes = 4_096;

/** Throws `invalid` for details of which one grants nothing, or which are too large. An empty list is meant so. */
export function checkedDetails(details: readonly object[]): readonly object[] {
  if (details.some((detail) => parseAuthority([detail]).length === 0)) {
    throw new Problem('invalid', 'This is not an authorization detail of the type "solid".');
  }
  if (Buffer.byteLength(JSON.stringify(details)) > maxDetailBytes) {
    throw new Problem('invalid',
      `What an app may do takes more than ${maxDetailBytes} bytes to say; name containers instead.`);
  }
  return details;
}
