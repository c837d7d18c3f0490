import type { House } from './house.ts';
import { challenge } from './identity/challenge.ts';
import type { Core } from './notifications/core.ts';
import { Sender } from './notifications/sender.ts';
import { WebhookChannels, webhookTurns } from './notifications/webhook-channels.ts';
import type { People } from './people.ts';
import { Remote } from './remote/remote.ts';

/** Who sends messages to webhooks: the node, with the keys of its issuer. */
export function senderOf({ baseUrl }: House, { issuer }: People): Sender {
  return new Sender({ baseUrl, key: () => issuer.signingKey() });
}

/** The webhooks, which go out by a way of their own. Who has one here is told when it is given up. */
export function openWebhooks(core: Core, house: House, people: People, sender: Sender): WebhookChannels {
  const { baseUrl, options, signal, locate } = house;
  const { accounts, securityLog } = people.accounts;
  const { host } = new URL(baseUrl);
  return new WebhookChannels(core, {
    ...options, signal, challenge, sender, shared: options.database === 'postgres',
    remote: new Remote({ ...options, remoteConnections: webhookTurns.perHost }),
    isOwn: (url) => new URL(url).host === host || locate(url) !== undefined,
    givenUp: async ({ by, sendTo }, reason) => {
      const account = await accounts.byWebId(by);
      if (account === undefined) return;
      await securityLog.record(account.id, { kind: 'webhook-disabled', about: `${new URL(sendTo).origin}: ${reason}` });
    },
  });
}
