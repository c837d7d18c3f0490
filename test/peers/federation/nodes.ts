import { temporaryDirectory } from '../../storage/temporary-directory.ts';
import { startChild } from '../../clients/child-server.ts';
import type { ChildServer } from '../../clients/child-server.ts';
import { startCommunityServer } from '../community-server.ts';
import type { CommunityServer } from '../community-server.ts';

/** Starts a node of ours as its user does, that may fetch from this machine, where the other nodes are. */
export async function startNode(options: readonly string[] = [], port?: string, data?: string): Promise<ChildServer> {
  return startChild({
    data: data ?? await temporaryDirectory(), ...(port === undefined ? {} : { port }),
    options: ['--remote-localhost', 'yes', ...options],
  });
}

let started: Promise<CommunityServer> | undefined;

/** The one Community Solid Server of this test run: it takes long to start. */
export function communityServer(): Promise<CommunityServer> {
  started ??= startCommunityServer();
  return started;
}

// Outside of a suite, this is for after all of them.
after(async () => {
  await (await started?.catch(() => undefined))?.[Symbol.asyncDispose]();
});
