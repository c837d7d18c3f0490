import type { Access } from '../../src/access/access.ts';
import type { Agent } from '../../src/access/agent.ts';
import { parseAuthority } from '../../src/access/authority.ts';
import type { Sight } from '../../src/pods/sight.ts';
import { newAccess, serving } from './new-access.ts';
import { sightOf } from './sight-of.ts';
import { groupsOf, textsOf } from './worlds.ts';
import type { World } from './worlds.ts';

/** Other servers, which have the group documents of the world that was entered last. */
let others = serving({});
const { access, database } = newAccess({ remote: { read: (url) => others.read(url), known: (url) => others.known(url) } });
let entered = 0;

/** Makes a world, each time in a pod of its own: what one sees at its path, and who asks. One is there at a time. */
export async function enter(world: World): Promise<{ access: Access; sight: Sight; agent: Agent }> {
  const { path, owners, policy, grants, agent, details } = world;
  entered += 1;
  others = serving(groupsOf(world));
  const sight = sightOf(path, textsOf(world), {
    id: `p${entered}`, version: String(entered), owners, ...policy === 'granted' && { apps: 'granted' },
    read: (keys) => database.get(keys),
  });
  for (const [client, granted] of Object.entries(grants)) {
    await access.apps.grant(sight.pod, client, granted === 'everything' ? undefined : granted);
  }
  return { access, sight, agent: details === undefined ? agent : { ...agent, authority: parseAuthority(details) } };
}
