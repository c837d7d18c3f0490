import { decodePod } from '../pods/pod.ts';
import { decodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import type { StoredAccount } from './account.ts';

/**
 * An account without some of its WebIDs and without their client credentials, whose entries are deleted. Throws
 * `conflict` when a pod of the account would be left without an owner who can log in here.
 */
export async function dropWebIds(
  writes: Beside, before: StoredAccount, dropped: readonly string[],
): Promise<StoredAccount> {
  const webIds = before.webIds.filter((webId) => !dropped.includes(webId));
  for (const entry of await writes.read(before.pods.map((pod) => keys.pod(pod.id)))) {
    if (entry === undefined) continue;
    const { base, owners } = decodePod(entry.key[1]!, entry);
    const owner = owners.find((one) => dropped.includes(one));
    if (owner !== undefined && !owners.some((one) => webIds.includes(one))) {
      throw new Problem('conflict', `The WebID ${owner} is the owner of ${base}, which would be left without one.`);
    }
  }
  const entries = await writes.read(before.credentials.map((credential) => keys.credential(credential)));
  const gone = entries.flatMap((entry) =>
    entry !== undefined && dropped.includes(decodeJson<{ webId: string }>(entry.value).webId) ? [entry.key] : []);
  for (const key of [...dropped.map((webId) => keys.webId(webId)), ...gone]) writes.delete(key);
  const credentials = before.credentials.filter((credential) => !gone.some((key) => key[1] === credential));
  return { ...before, webIds, credentials };
}
