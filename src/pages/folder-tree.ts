import type { Account } from '../accounts/account.ts';
import { isContainerPath, rootPath } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import { Problem } from '../problem.ts';

export interface Folder {
  readonly url: string;
  /** What it is called in the folder that it is in; of a pod, its address. */
  readonly name: string;
}

/** The folders in a folder. */
export interface Folders {
  readonly folders: readonly Folder[];
  /** Whether there may be more: not all were looked at, or are told. */
  readonly more: boolean;
}

/** A folder in the tree: open, with those in it, or not. */
export interface Branch extends Folder {
  readonly inside?: Folders & { readonly folders: readonly Branch[] };
}

/** Members of a folder that are looked at, documents too; and folders that are told. */
export const maxLookedAt = 1_000;
export const maxFolders = 200;
/** Folders that are open at a time in a tree. */
export const maxOpen = 30;

type Owner = Pick<Account, 'pods'>;

/** The folders in a folder of one's own pods. Throws `missing` for any other address. */
export async function foldersIn(pods: Pods, owner: Owner, url: string): Promise<Folders> {
  const nothing = new Problem('missing', 'You have no folder at this address.');
  const pod = owner.pods.find(({ base }) => url.startsWith(base));
  if (pod === undefined) throw nothing;
  const path = url === pod.base ? rootPath : pods.parsePath(url.slice(pod.base.length - 1));
  const sight = isContainerPath(path) ? await pods.look(pod.base, path) : undefined;
  if (sight?.resource === undefined) throw nothing;
  const folders: Folder[] = [];
  let looked = 0;
  for await (const { kind, path: member } of pods.members(sight.pod, sight.path)) {
    if (looked >= maxLookedAt || folders.length >= maxFolders) return { folders, more: true };
    looked += 1;
    if (kind !== 'container') continue;
    const name = member.slice(sight.path.length);
    folders.push({ url: `${pod.base}${member.slice(1)}`, name: decoded(name) });
  }
  return { folders, more: false };
}

/** The pods as trees, with the folders of `open` open; of few pods, each is open. */
export async function folderTree(pods: Pods, owner: Owner, open: readonly string[]): Promise<readonly Branch[]> {
  const opened = new Set(open.slice(0, maxOpen));
  if (owner.pods.length <= 3) for (const { base } of owner.pods) opened.add(base);
  let left = maxOpen;
  const grow = async (folder: Folder): Promise<Branch> => {
    if (!opened.has(folder.url) || left <= 0) return folder;
    left -= 1;
    try {
      const { folders, more } = await foldersIn(pods, owner, folder.url);
      const branches: Branch[] = [];
      for (const one of folders) branches.push(await grow(one));
      return { ...folder, inside: { folders: branches, more } };
    } catch (error) {
      // It was removed meanwhile.
      if (error instanceof Problem) return { ...folder, inside: { folders: [], more: false } };
      throw error;
    }
  };
  const trees: Branch[] = [];
  for (const { base } of owner.pods) trees.push(await grow({ url: base, name: base }));
  return trees;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
