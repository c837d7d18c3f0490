import { activityStreams } from './activitystreams.ts';
import { securityV1 } from './security-v1.ts';
import { solidNotification } from './solid-notification.ts';
import { solidOidc } from './solid-oidc.ts';

/** The JSON-LD contexts that are known without loading them, by the addresses documents name them by. */
export const bundledContexts: ReadonlyMap<string, object> = new Map<string, object>([
  ['https://www.w3.org/ns/activitystreams', activityStreams],
  ['https://www.w3.org/ns/activitystreams.jsonld', activityStreams],
  ['https://www.w3.org/ns/solid/notification/v1', solidNotification],
  ['https://www.w3.org/ns/solid/oidc-context.jsonld', solidOidc],
  ['https://w3id.org/security/v1', securityV1],
]);
