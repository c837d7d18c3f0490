import { Problem } from '../problem.ts';
import { choiceOf } from './consent.ts';
import { levelDetails } from './consent-levels.ts';
import type { Parts } from './parts.ts';

/**
 * Leaves the settings of a pod that was made now out of what apps may do everywhere, as those of the pods were left out
 * that there were when the person let them in. Details are a list of addresses, so that a pod has to be added to it.
 */
export async function exceptSettings(
  { issuer, people: { accounts } }: Pick<Parts, 'issuer'> & { readonly people: Pick<Parts['people'], 'accounts'> },
  account: string,
): Promise<void> {
  const pods = (await accounts.get(account))?.pods.map(({ base }) => base) ?? [];
  for await (const grant of issuer.grants(account)) {
    const { level, where, duration } = choiceOf(grant);
    const { authorizationDetails: details, asked, scopes, chosen } = grant;
    if (level !== 'everything' || where !== 'everywhere' || details === undefined) continue;
    const before = details as readonly Detail[];
    const indexes = before.filter(({ actions }) => actions.join() === 'append').flatMap(({ locations }) => locations);
    const end = before[0]?.exp;
    const isEnding = duration !== 'session' && duration !== 'withdrawn';
    try {
      await issuer.changeGrant(account, grant.id, {
        authorizationDetails: levelDetails({ level, where, rows: [] }, { pods, indexes })!
          .map((detail) => ({ ...detail, ...(end !== undefined && { exp: end }) })),
        rejectedScopes: asked.filter((scope) => !scopes.includes(scope)),
        ...(isEnding && { until: grant.until }), ...(chosen && { chosen }),
      });
    } catch (error) {
      if (!(error instanceof Problem && error.kind === 'invalid')) throw error;
      // With so many pods it cannot be said any more: the app asks anew.
      await issuer.revokeGrant(account, grant.id);
    }
  }
}

interface Detail {
  readonly locations: readonly string[];
  readonly actions: readonly string[];
  readonly exp?: number;
}
