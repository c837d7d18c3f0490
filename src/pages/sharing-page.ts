import type { Party, Sharing } from '../access/sharing.ts';
import type { Share } from '../access/explain.ts';
import { lookAt, nameOf } from './account-pods.ts';
import { sharingOf } from './account-sharing.ts';
import { podsOf } from './pods-page.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

const done: Readonly<Record<string, string>> = {
  'taken-back': 'Taken back. It holds from now on; what has been copied meanwhile cannot be taken back.',
};

/** The page that leads to what is shared in each pod. */
export async function showSharingOfPods(call: OwnCall): Promise<void> {
  showPage(call, 'sharing', { title: 'Sharing', pods: await podsOf(call), podsAt: within(call, 'pod') });
}

/** The page of what is shared in a pod: what, with whom, and what they may do; each can be taken back. */
export async function showSharing(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx, account } = call;
  const { pod } = await lookAt(call);
  const { shared, next } = await sharingOf(call);
  const all = shared.flatMap((one) => one.with.map(({ party }) => party));
  const parties = new Map(all.map((party) => [`${party.kind} ${party.name}`, party]));
  const shownParty = (party: Party) => ({ ...party, ...partyWords(party), own: account.webIds.includes(party.name) });
  showPage(call, 'pod-sharing', {
    title: `What you share in ${pod.label ?? nameOf(pod.base, parts.baseUrl)}`,
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    base: pod.base, pod: within(call, 'pod', pod.id), action: within(call, 'pod', pod.id, 'sharing'),
    shared: shared.map((one) => ({
      ...one, name: decoded(one.resource.slice(pod.base.length)) || 'All of the pod',
      with: one.with.map(({ party, rules }) => ({
        ...shownParty(party), rules: rules.map(ruleWords), needed: isNeeded(account.webIds, one.resource, party),
      })),
    })),
    needed: shared.some((one) => one.with.some(({ party }) => isNeeded(account.webIds, one.resource, party))),
    parties: [...parties.values()].map(shownParty), isFirst: ctx.query['after'] === undefined, next,
  }, trouble);
}

/** Whether apps find a WebID of the account by what is shared: its document is to be public (Solid WebID Profile). */
function isNeeded(webIds: readonly string[], resource: string, { kind, name }: Party): boolean {
  return kind === 'class' && name === 'everybody' && webIds.some((webId) =>
    resource.endsWith('/') ? webId.startsWith(resource) : webId.split('#', 1)[0] === resource);
}

/** Who that is: in words, and the address of whom it names. */
function partyWords({ kind, name }: Party): { readonly who: string; readonly iri?: string } {
  if (kind === 'class') {
    return {
      who: name === 'everybody' ? 'Everybody, also without logging in' : 'Everybody who logs in, wherever that is',
    };
  }
  return { who: kind === 'group' ? 'All in a group' : 'A person', iri: name };
}

const modeWords: readonly (readonly [mode: string, words: string, unless?: string])[] = [
  ['read', 'see'], ['write', 'add, change and delete'], ['append', 'add', 'write'],
  ['control', 'decide who has access'],
];

function ruleWords({ modes, about, resource, conditions = [], origins = [], warnings = [] }: Share) {
  const may = modeWords.filter(([mode, , unless]) =>
    modes.includes(mode) && !(unless !== undefined && modes.includes(unless)));
  return {
    may: may.map(([, words]) => words).join(', '),
    about: aboutWords(resource.endsWith('/'), about),
    only: [
      ...conditions.map(conditionWords),
      ...(origins.length === 0 ? [] : [`in a browser, only with a Web app at ${origins.join(' or ')}`]),
    ],
    warnings,
  };
}

function aboutWords(isFolder: boolean, about: Share['about']): string {
  if (!isFolder) return '';
  if (about.includes('resource') && about.includes('below')) return 'the folder and what is in it';
  return about.includes('below') ? 'what is in the folder' : 'the folder itself, not what is in it';
}

type Condition = NonNullable<Share['conditions']>[number];

function conditionWords({ on, iris = [], groups = [], classes = [] }: Condition): string {
  const all = [...iris, ...groups.map((group) => `one of the group ${group}`), ...classes.map(() => 'any')];
  const who = all.join(' or ') || 'none';
  return on === 'client' ? `only with the app ${who}` : `only when logged in at ${who}`;
}

/** The path as people read it, where it is text; what is no text stays as it is in the address. */
function decoded(path: Sharing['resource']): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
