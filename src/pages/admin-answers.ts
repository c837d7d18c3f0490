import type { Role } from '../accounts/roles.ts';
import type { Point } from './plots.ts';

/** What the pages of the administration read of the answers of its API. Times are in milliseconds since 1970. */

export interface Overview {
  readonly role: string;
  readonly node: {
    readonly version: string; readonly signUp: string; readonly mailWorks: boolean;
    readonly disk?: { readonly free: number; readonly total: number };
  };
  readonly people: number;
  readonly pods: number;
  readonly bytes: number;
  readonly hints: readonly { readonly sentence: string }[];
}

export interface Figures {
  readonly span: string;
  readonly from: number;
  readonly to: number;
  readonly series: Readonly<Record<string, readonly Point[]>>;
}

export interface People {
  readonly people: readonly {
    readonly id: string; readonly emails: readonly string[]; readonly state: 'active' | 'suspended' | 'leaving';
    readonly role?: Role; readonly pods: number; readonly bytes: number; readonly created: number;
    readonly deleteAt?: number;
  }[];
  readonly next?: string;
}

export interface PodAbout {
  readonly id: string;
  readonly base: string;
  readonly account?: string;
  readonly bytes: number;
  readonly resources: number;
  readonly quota?: number;
  readonly ownQuota?: number;
}

export interface Person {
  readonly id: string;
  readonly created: number;
  readonly state: 'active' | 'suspended' | 'leaving';
  readonly reason?: string;
  readonly deleteAt?: number;
  readonly role?: Role;
  readonly secondFactor: boolean;
  readonly passkeys: number;
  readonly sessions: number;
  readonly lastLogin?: number;
  readonly logins: readonly { readonly email: string; readonly verified: boolean }[];
  readonly webIds: readonly string[];
  readonly pods: readonly PodAbout[];
}

export interface PodList { readonly pods: readonly PodAbout[]; readonly asOf?: number; readonly next?: string }

export interface InviteList {
  readonly invites: readonly {
    readonly id: string; readonly note: string; readonly uses: number; readonly created: number;
    readonly expires?: number;
  }[];
}

export interface MadeInvite { readonly code: string }

export interface AppList {
  readonly apps: readonly {
    readonly client: string; readonly name?: string; readonly people: number; readonly lastUsed?: number;
    readonly blocked?: { readonly since: number; readonly reason?: string }; readonly resource: string;
  }[];
}

interface IssuerAbout {
  readonly issuer: string; readonly at: number; readonly note?: string; readonly resource: string;
}

export interface IssuerList { readonly allowed: readonly IssuerAbout[]; readonly blocked: readonly IssuerAbout[] }

export interface JobList {
  readonly jobs: readonly {
    readonly name: string; readonly about: string; readonly running?: boolean; readonly lastRun?: number;
    readonly milliseconds?: number; readonly outcome?: string; readonly error?: string; readonly next?: number;
  }[];
}

export interface AuditLog {
  readonly entries: readonly {
    readonly id: string; readonly at: number; readonly action: string; readonly outcome: string;
    readonly whom?: string;
    readonly who: {
      readonly account?: string; readonly email?: string; readonly role?: string; readonly address?: string;
    };
    readonly details?: Readonly<Record<string, unknown>>;
  }[];
  /** The words for each action. */
  readonly actions: Readonly<Record<string, string>>;
  readonly next?: string;
}

/** A setting of the node. `fixed`: whoever starts the server set it, or it cannot be changed any more. */
export interface Setting { readonly value?: string | number; readonly fixed: boolean; readonly set?: boolean }
export interface Settings { readonly settings: Readonly<Record<string, Setting>> }
