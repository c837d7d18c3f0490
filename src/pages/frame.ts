import type { Account } from '../accounts/account.ts';
import { within } from './route.ts';
import type { Shown } from './show-page.ts';

/** A link of the frame; `current`: whether it leads to this very page, or to one above it. */
export interface Link {
  readonly href: string;
  readonly label: string;
  readonly current?: 'page' | 'true' | undefined;
}

/** What is around a page: whose server this is, who is logged in, and where else they can go. */
export interface Frame {
  readonly host: string;
  /** The name of the navigation, for those who do not see it. */
  readonly label: string;
  readonly nav: readonly Link[];
  readonly links: readonly Link[];
  /** Where the form to log out goes, and who is logged in. */
  readonly logout?: string;
  readonly who?: string;
  readonly footer: readonly Link[];
}

/** What a page says of its frame. */
export interface FrameWishes {
  /** A navigation of its own, instead of that of the account. */
  readonly nav?: readonly { readonly href: string; readonly label: string; readonly current: boolean }[];
  /** Without navigation: nothing leads away from what is to be decided, or the account is no longer open. */
  readonly alone?: boolean;
}

/** The pages of an account: what each is called, and where it is; and the places whose pages belong to it. */
const sections: readonly (readonly [label: string, segment: string, also?: readonly string[]])[] = [
  ['Overview', ''], ['Pods', 'pod'], ['Apps', 'app'], ['Sharing', 'sharing'], ['WebIDs', 'webid'],
  ['Scripts', 'client-credentials'], ['Security', 'login', ['log']], ['Sessions', 'session'],
];

/** The frame of a page: with the navigation of the account on its own pages, else with that of the page, if any. */
export function frameOf({ parts, ctx, visit }: Shown, { nav, alone = false }: FrameWishes): Frame {
  const { baseUrl, settings: { current: { termsUrl, privacyUrl } } } = parts;
  const { account } = visit;
  const plain: Frame = {
    host: new URL(baseUrl).host, label: 'Administration', nav: [], links: [],
    footer: [
      ...(termsUrl === undefined ? [] : [{ href: termsUrl, label: 'Terms' }]),
      ...(privacyUrl === undefined ? [] : [{ href: privacyUrl, label: 'Privacy' }]),
    ],
  };
  if (alone || account === undefined) return plain;
  const known = { logout: within({ parts, account }, 'logout'), who: account.logins[0]?.email ?? '' };
  if (nav !== undefined) {
    return {
      ...plain, ...known, links: [{ href: within({ parts, account }), label: 'Your account' }],
      nav: nav.map(({ href, label, current }) => ({ href, label, current: current ? 'page' : undefined })),
    };
  }
  const own = new URL(within({ parts, account })).pathname;
  if (!ctx.path.startsWith(own)) return plain;
  const links = account.role === undefined ? [] : [{ href: `${baseUrl}.admin/`, label: 'Administration' }];
  const here = sectionsAt({ parts, account }, ctx.path.slice(own.length));
  return { ...plain, ...known, label: 'Your account', links, nav: here };
}

function sectionsAt(of: { readonly parts: Shown['parts']; readonly account: Account }, path: string): Link[] {
  const [first = '', , third] = path.split('/');
  // Sharing is about a pod, and has a page of its own in each.
  const at = third === 'sharing' ? 'sharing' : first;
  return sections.map(([label, segment, also = []]) => ({
    label, href: segment === '' ? within(of) : within(of, segment),
    current: at === segment || also.includes(at) ? (path === `${at}/` || path === '' ? 'page' : 'true') : undefined,
  }));
}
