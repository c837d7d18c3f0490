import type { Agent } from '../../src/access/agent.ts';
import { modeNames } from '../../src/access/modes.ts';
import type { Guard, Written } from '../../src/pods/pods.ts';
import type { Sight } from '../../src/pods/sight.ts';
import { newAccess } from './new-access.ts';
import type { NewAccess, NodeOptions } from './new-access.ts';
import { prefixes } from './sight-of.ts';

export const host = 'https://host.example/';
export const ann = 'https://ann.example/card#me';
export const bob = 'https://bob.example/card#me';
export const eve = 'https://eve.example/card#me';

export interface File {
  /** It begins with the name of the pod. */
  readonly path: string;
  /** In Turtle, without the prefixes, unless there is another media type. */
  readonly text: string | Uint8Array;
  readonly mediaType?: string;
}

/** A node with pods whose root ACLs are empty, so that nothing is public: `/ann/` and `/work/` are Ann's, `/eve/` Eve's. */
export async function openNode(files: readonly File[] = [], options: NodeOptions = {}): Promise<NewAccess> {
  const node = newAccess({ baseUrl: host, ...options });
  await createPod(node, 'ann', [ann]);
  await createPod(node, 'work', [ann]);
  await createPod(node, 'eve', [eve]);
  for (const file of files) await put(node, file);
  return node;
}

/** Another process of the same node. */
export function anotherProcess({ database, blobs }: NewAccess): NewAccess {
  return newAccess({ baseUrl: host, database, blobs });
}

export async function createPod({ pods }: NewAccess, name: string, owners: readonly string[]): Promise<void> {
  await pods.create({ base: `${host}${name}/`, owners }, [{ path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') }]);
}

/** `path` begins with the name of the pod. */
export async function look({ pods }: NewAccess, path: string): Promise<Sight> {
  const [name = ''] = path.split('/', 1);
  return (await pods.look(`${host}${name}/`, pods.parsePath(path.slice(name.length))))!;
}

export async function put(node: NewAccess, { path, text, mediaType = 'text/turtle' }: File, guard: Guard = () => {}): Promise<Written> {
  const { pod, path: at } = await look(node, path);
  const bytes = Buffer.from(mediaType === 'text/turtle' && text !== '' ? `${prefixes}${text as string}` : text);
  const content = path.endsWith('.acl') ? { bytes } : await node.pods.contents.keep(bytes);
  return node.pods.put(pod, at, guard, { mediaType, content });
}

export async function remove(node: NewAccess, path: string): Promise<void> {
  const { pod, path: at } = await look(node, path);
  await node.pods.remove(pod, at, () => {});
}

/** The names of the modes that an agent has at a path. */
export async function modesAt(node: NewAccess, path: string, agent: Agent): Promise<string> {
  const sight = await look(node, path);
  return modeNames((await node.access.privileges(sight, sight.path, agent)).user).join(' ');
}
