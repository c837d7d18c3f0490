import { Resolver, lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';

/** All addresses of a host name; none, or a rejection, if it has none. `lookup` of `node:dns/promises` is one. */
export type Lookup = (host: string, options: { all: true }) => Promise<readonly LookupAddress[]>;

/** Milliseconds before a question is asked again, which doubles: each name server has about 2 seconds to answer. */
const patience = { timeout: 700, tries: 2 };

/**
 * Asks the name servers of this machine itself. The lookup of the system keeps a thread for as long as it waits, there
 * are two that it may have, and a few names on a name server that does not answer would hold up all other names.
 * `servers` stand in for those of the machine.
 */
export function nameServerLookup(servers?: readonly string[]): Lookup {
  return async (host) => {
    // One resolver for each name: it reads the configuration as it is now, which a laptop changes often.
    const resolver = new Resolver(patience);
    if (servers) resolver.setServers(servers);
    const answers = await Promise.allSettled([
      resolver.resolve6(host).then((addresses) => addresses.map((address) => ({ address, family: 6 }))),
      resolver.resolve4(host).then((addresses) => addresses.map((address) => ({ address, family: 4 }))),
    ]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}

/** Asks the system, which knows the hosts file, multicast DNS and search domains too: what names private addresses. */
export const systemLookup: Lookup = (host, options) => lookup(host, options);
