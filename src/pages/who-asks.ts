import type { GrantAbout } from '../access/grant.ts';
import { hostOf, nameOf } from './granted.ts';
import type { ClientAbout } from './parts.ts';

/** An app, as pages show it. */
export interface AppShown extends ClientAbout {
  readonly name: string;
  /** The host of its document, which is all that is certain about it. */
  readonly host: string | undefined;
  /** Stands for its picture where there is none. */
  readonly letter: string;
  /** Whether it runs on the computer of whoever makes it. */
  readonly development: boolean;
  /** Where the browser goes afterwards, when that is elsewhere than the app. */
  readonly elsewhere: string | undefined;
}

/** Hosts that mean the computer itself, as they stand in a URL. */
const ownComputer = /^(?:localhost|127\.0\.0\.1|\[::1\]|[\w-]+\.localhost)(?::\d+)?$/;

export function showApp(client: ClientAbout): AppShown {
  const host = client.kind === 'document' ? hostOf(client.id) : undefined;
  const name = nameOf(client.name) ?? host ?? 'An app without a name';
  const { redirectHost = '' } = client;
  return {
    ...client, host, name,
    letter: /[\p{L}\p{N}]/u.exec(name)?.[0].toUpperCase() ?? '?',
    development: ownComputer.test(host ?? redirectHost),
    elsewhere: redirectHost === '' || redirectHost === host ? undefined : redirectHost,
    uri: web(client.uri), policy: web(client.policy), tos: web(client.tos),
  } as AppShown;
}

/** The app of a grant, of which less is known. */
export function appOf({ client, clientName, logo }: GrantAbout): AppShown {
  return showApp({
    id: client, kind: hostOf(client) === undefined ? 'registered' : 'document',
    ...(clientName !== undefined && { name: clientName }), ...(logo !== undefined && { logo }),
  });
}

/** What the owner of an account knows an app by, in a few words. */
export function wordsForApp({ name, host }: Pick<AppShown, 'name' | 'host'>): string {
  return host === undefined || host === name ? name : `${name} (${host})`;
}

function web(url = ''): string | undefined {
  return /^https?:\/\//.test(url) ? url : undefined;
}
