export const owner = 'https://owner.example/#me';
export const member = 'https://member.example/#me';
const agent = 'https://agent.example/#me';
const stranger = 'https://stranger.example/#me';
/** The app that is granted something, where apps need that. */
export const app = 'https://app.example/id';
const otherApp = 'https://other-app.example/id';
const issuer = 'https://issuer.example/';

/** What somebody is granted in the pod: `at`, relative to it, or on the target alone. */
export interface Detail {
  readonly at: string;
  readonly actions: readonly string[];
  readonly expired?: true;
}

/** Somebody who asks, and how the modes of a row are given. */
export interface Caller {
  readonly who: string;
  /** For whom the rules are that give the modes of the row. `POD` is the base URL of the pod. */
  readonly rule: string;
  readonly webId?: string;
  /** That is everybody. */
  readonly isPublic?: true;
  /** The rules are for others. */
  readonly unnamed?: true;
  /** What the app leaves of the modes that its user has: on target/container; all when it is not said. */
  readonly keeps?: string;
  /** The same where the target is the root, or its ACL; as `keeps` says, when it is not said. */
  readonly keepsAtRoot?: string;
  /** What one has whatever the rules say. */
  readonly always?: string;
  /** What everybody has, by a rule of its own, on target and container. */
  readonly everybody?: string;
  readonly client?: string;
  readonly issuer?: string;
  readonly origin?: string;
  /** What the token is for; absent for all that its agent may. */
  readonly token?: readonly Detail[];
  /** The pod lets in the apps alone that were granted something: nothing, all, or these details. */
  readonly granted?: 'nothing' | 'withdrawn' | 'all' | readonly Detail[];
  /** Which rows there are: see `rows`. */
  readonly rows: 'all' | 'each' | 'few';
}

const toAgent = `acl:agent <${agent}>`;
const toOwner = `acl:agent <${owner}>`;
const toGroup = 'acl:agentGroup <PODgroups/friends#us>';
const toPublic = 'acl:agentClass foaf:Agent';
const toSignedIn = 'acl:agentClass acl:AuthenticatedAgent';
const toAgentIf = (condition: string): string => `acl:agent <${agent}>; acl:condition [ a ${condition} ]`;

const every = ['read', 'append', 'write', 'control'];
const adding = ['read', 'append'];
const elsewhere: Detail = { at: 'elsewhere/', actions: every };
const byOwner = { rule: toOwner, webId: owner, always: 'C', rows: 'few' } as const;
const byAgent = { rule: toAgent, webId: agent, rows: 'few' } as const;

export const callers: readonly Caller[] = [
  { who: 'agent', rule: toAgent, webId: agent, rows: 'all' },
  { who: 'public', rule: toPublic, isPublic: true, rows: 'each' },
  { who: 'somebody who is signed in', rule: toSignedIn, webId: stranger, rows: 'each' },
  { who: 'member of a private group', rule: toGroup, webId: member, rows: 'each' },
  { who: 'owner', rule: toOwner, webId: owner, always: 'C', rows: 'each' },

  // Rules for others.
  { who: 'owner whom no rule names', rule: toAgent, webId: owner, unnamed: true, always: 'C', rows: 'few' },
  { who: 'public, by rules for the signed in', rule: toSignedIn, unnamed: true, rows: 'few' },
  { who: 'public, by rules for an agent', rule: toAgent, unnamed: true, rows: 'few' },
  { who: 'public, by rules for a group', rule: toGroup, unnamed: true, rows: 'few' },
  { who: 'stranger, by rules for an agent', rule: toAgent, webId: stranger, unnamed: true, rows: 'few' },
  { who: 'stranger, by rules for a group', rule: toGroup, webId: stranger, unnamed: true, rows: 'few' },
  { who: 'agent, where everybody may read', ...byAgent, everybody: 'R' },

  // Apps by what their tokens are for (RFC 9396).
  { who: 'owner, token for the folder', ...byOwner, client: app, token: [{ at: 'box/', actions: every }], keepsAtRoot: '' },
  { who: 'owner, token for the pod to read and append', ...byOwner, client: app, token: [{ at: '', actions: adding }], keeps: 'RA' },
  { who: 'owner, token for the target alone', ...byOwner, client: app, token: [{ at: 'target', actions: every }], keeps: 'RWC/', keepsAtRoot: 'RWC' },
  {
    who: 'owner, token to read the folder and to append to the target', ...byOwner, client: app,
    token: [{ at: 'box/', actions: ['read'] }, { at: 'target', actions: ['append'] }], keeps: 'RA/R', keepsAtRoot: 'A',
  },
  { who: 'owner, token for the folder without its slash', ...byOwner, client: app, token: [{ at: 'box', actions: every }], keeps: '' },
  { who: 'owner, token for another folder', ...byOwner, client: app, token: [elsewhere], keeps: '' },
  { who: 'owner, token for another folder, where everybody may read', ...byOwner, client: app, token: [elsewhere], keeps: '', everybody: 'R' },
  { who: 'owner, token that has expired', ...byOwner, client: app, token: [{ at: '', actions: every, expired: true }], keeps: '' },
  { who: 'owner, token for nothing', ...byOwner, client: app, token: [], keeps: '' },
  { who: 'agent, token for the pod to read and append', ...byAgent, client: app, token: [{ at: '', actions: adding }], keeps: 'RA' },

  // Apps in a pod that lets in those alone that were granted something.
  { who: 'owner, app that was granted all', ...byOwner, client: app, granted: 'all' },
  { who: 'owner, app that was granted to read and append in the folder', ...byOwner, client: app, granted: [{ at: 'box/', actions: adding }], keeps: 'RA', keepsAtRoot: '' },
  { who: 'owner, app that was granted another folder', ...byOwner, client: app, granted: [elsewhere], keeps: '' },
  { who: 'owner, granted app, token to read', ...byOwner, client: app, granted: 'all', token: [{ at: '', actions: ['read'] }], keeps: 'R' },
  {
    who: 'owner, app that was granted to append in the folder, token to read', ...byOwner, client: app,
    granted: [{ at: 'box/', actions: ['append'] }], token: [{ at: '', actions: ['read'] }], keeps: '',
  },
  { who: 'owner, app without a grant', ...byOwner, client: app, granted: 'nothing', keeps: '' },
  { who: 'owner, another app than was granted', ...byOwner, client: otherApp, granted: 'all', keeps: '' },
  { who: 'owner, app whose grant was withdrawn', ...byOwner, client: app, granted: 'withdrawn', keeps: '' },
  { who: 'owner, app that is not known', ...byOwner, granted: 'all', keeps: '' },
  { who: 'owner, app without a grant, where everybody may read', ...byOwner, client: app, granted: 'nothing', keeps: '', everybody: 'R' },
  { who: 'agent, app that was granted all', ...byAgent, client: app, granted: 'all' },
  { who: 'agent, app without a grant', ...byAgent, client: app, granted: 'nothing', keeps: '' },
  { who: 'public, where apps need a grant', rule: toPublic, isPublic: true, granted: 'nothing', rows: 'few' },

  // Rules with conditions.
  { who: 'agent, app that the rule asks for', ...byAgent, rule: toAgentIf(`acl:ClientCondition; acl:client <${app}>`), client: app },
  { who: 'agent, another app than the rule asks for', ...byAgent, rule: toAgentIf(`acl:ClientCondition; acl:client <${app}>`), client: otherApp, unnamed: true },
  { who: 'agent, issuer that the rule asks for', ...byAgent, rule: toAgentIf(`acl:IssuerCondition; acl:issuer <${issuer}>`), issuer },
  { who: 'agent, no issuer where the rule asks for one', ...byAgent, rule: toAgentIf(`acl:IssuerCondition; acl:issuer <${issuer}>`), unnamed: true },
  { who: 'agent, origin that the rule names', ...byAgent, rule: `${toAgent}; acl:origin <https://page.example>`, origin: 'https://page.example' },
  { who: 'agent, another origin than the rule names', ...byAgent, rule: `${toAgent}; acl:origin <https://page.example>`, origin: 'https://other.example', unnamed: true },
];
