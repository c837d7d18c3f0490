/**
 * Every key of the database. Nobody else builds one. `docs/storage.md` tells what the values are.
 */
import type { BlobId } from './blobs.ts';
import type { Key } from './database.ts';

/** Where an entry of a pod lives: the key parts behind the family and the pod. */
export interface Place {
  /** `resource` for documents and containers (members of their parent), `auxiliary` for what belongs to a subject. */
  readonly family: 'resource' | 'auxiliary';
  /** The path of the parent container, or of the subject. `''` for the parent of the root. */
  readonly parent: string;
  /** The last segment, with its slash for a container; `.acl` or `.meta` for an auxiliary resource. */
  readonly name: string;
}

/** The families whose keys have a pod as their second part, and of which a pod has many entries. */
export const podFamilies = ['resource', 'auxiliary', 'content', 'change', 'grant'] as const;
export type PodFamily = (typeof podFamilies)[number];

export const keys = {
  /**
   * `resource/<pod>/<parent>/<name>` and `auxiliary/<pod>/<subject>/<name>`: what is known of a resource.
   * The members of a container are one range.
   */
  record: (pod: string, place: Place): Key => [place.family, pod, place.parent, place.name],
  /** `content/<pod>/<parent or subject>/<name>`: the bytes of a resource when small. */
  content: (pod: string, place: Place): Key => ['content', pod, place.parent, place.name],
  /** The prefix of the records of a container's members. */
  members: (pod: string, container: string): Key => ['resource', pod, container],
  /** The prefix of the records of a pod's auxiliary resources, or the key just before those of `subject`. */
  auxiliaries: (pod: string, ...subject: readonly string[]): Key => ['auxiliary', pod, ...subject],
  /** `change/<pod>/<sequence>`: the change log. */
  change: (pod: string, sequence: number): Key => ['change', pod, sequenceText(sequence)],
  /** `tally/<pod>`: last sequence, resources and bytes of a pod. */
  tally: (pod: string): Key => ['tally', pod],
  /** `pod/<id>`: what is known of a pod. */
  pod: (pod: string): Key => ['pod', pod],
  /** `grant/<pod>/<client>`: what the owners of a pod granted an app. */
  grant: (pod: string, client: string): Key => ['grant', pod, client],
  /** The prefix of the grants in a pod. */
  grants: (pod: string): Key => ['grant', pod],
  /** `host/<base URL>`: which pod answers there. */
  host: (base: string): Key => ['host', base],
  /** `blob/<blob id>`: which resource holds this blob. */
  blob: (id: BlobId): Key => ['blob', id],
  /** `garbage/<blob id>`: a blob that no resource holds any more, and since when. */
  garbage: (id: BlobId): Key => ['garbage', id],
  /** `destroyed/<pod>`: a pod that is gone, of which not everything is deleted yet. */
  destroyed: (pod: string): Key => ['destroyed', pod],
  /** `account/<id>`: what is known of an account. */
  account: (id: string): Key => ['account', id],
  /** `login/password/<e-mail address in lower case>`: whose it is, and the hash of the password. */
  passwordLogin: (email: string): Key => ['login', 'password', email],
  passwordLogins: ['login', 'password'] satisfies Key,
  /** `webid/<webid>`: the account that it belongs to. */
  webId: (webId: string): Key => ['webid', webId],
  /** `name/<pod name>`: the account that took it. Stays for ever, so that nobody is taken for who was there before. */
  name: (name: string): Key => ['name', name],
  /** `proof/<account>/<webid>`: what has to be in the document of a WebID to prove whose it is. */
  proof: (account: string, webId: string): Key => ['proof', account, webId],
  /** `credential/<client id>`: with what a script gets tokens for a WebID. */
  credential: (id: string): Key => ['credential', id],
  /** `session/<account>/<hash of the secret>`: a browser or script that is logged in. */
  session: (account: string, hash: string): Key => ['session', account, hash],
  /** The prefix of the sessions of an account. */
  sessions: (account: string): Key => ['session', account],
  /** `token/<hash>`: what a mail carries, to reset a password or to verify an address. */
  token: (hash: string): Key => ['token', hash],
  /** `challenge/<hash>`: what a browser was asked and has to answer soon: a passkey, a second step, a new secret. */
  challenge: (hash: string): Key => ['challenge', hash],
  /** `passkey/<account>/<hash of the credential id>`: a passkey, with its public key. */
  passkey: (account: string, hash: string): Key => ['passkey', account, hash],
  /** `security/<account>/<id>`: what happened to an account, the latest first. */
  securityEntry: (account: string, id: string): Key => ['security', account, id],
  /** The prefix of the security log of an account. */
  securityLog: (account: string): Key => ['security', account],
  /** `channel/<hash of the secret>`: somebody who asked to be told of changes. */
  channel: (id: string): Key => ['channel', id],
  /** `delivery/<channel>`: how far a webhook was told. Absent for one that is told no more. */
  delivery: (channel: string): Key => ['delivery', channel],
  deliveries: ['delivery'] satisfies Key,
  /** `subscriber/<SHA-256 of the WebID>/<channel>`: the webhooks of somebody. */
  subscriber: (hash: string, ...channel: readonly string[]): Key => ['subscriber', hash, ...channel],
  /** `lease/<work>/<holder or beat>`: which process does what only one may do, and that it is alive. */
  lease: (work: string, part: 'holder' | 'beat'): Key => ['lease', work, part],
  /** `invite/<hash>`: a code with which to make an account. */
  invite: (hash: string): Key => ['invite', hash],
  /** `expiry/<time>/<key…>`: when to look whether what is under the key has ended. */
  expiry: (time: number, key: Key): Key => ['expiry', sequenceText(time), ...key],
  /** `settings`: what administrators have set. */
  settings: ['settings'] satisfies Key,
  /** `setup`: the hash of the link with which a node gets its owner. */
  setup: ['setup'] satisfies Key,
  /** `owners`: the accounts that own this node. */
  owners: ['owners'] satisfies Key,
  /** `usage`: how much there is on this node, as it was counted last. */
  usage: ['usage'] satisfies Key,
  /** `audit/<id>`: what somebody did who runs this node, the latest first. */
  audit: (id: string): Key => ['audit', id],
  audits: ['audit'] satisfies Key,
  /** `listed/<list>/<app or issuer>`: whom this node keeps out, or lets in. */
  listed: (list: string, what: string): Key => ['listed', list, what],
  lists: ['listed'] satisfies Key,
  /** `figure/<unit>/<time>/<process>`: what a process counted in a minute, an hour or a day. */
  figures: (unit: string, ...of: readonly string[]): Key => ['figure', unit, ...of],
  /** `health`: when a process last tried whether the database takes writes. */
  health: ['health'] satisfies Key,
  /** `oidc/<model>/<SHA-256 of the id>`: what oidc-provider keeps. */
  oidc: (model: string, hash: string): Key => ['oidc', model, hash],
  /** `oidc-grant/<SHA-256 of the grant's id>/<model>/<hash>`: what was issued by a grant, to be revoked with it. */
  oidcOfGrant: (grant: string, ...model: readonly string[]): Key => ['oidc-grant', grant, ...model],
  /** `oidc-account/<account>/<model>/<hash>`: the grants and the sessions of an account. */
  oidcOfAccount: (account: string, ...model: readonly string[]): Key => ['oidc-account', account, ...model],
  /** `oidc-client/<SHA-256 of the client's id>/<account>/<hash of the grant>`: who granted an app something. */
  oidcOfClient: (client: string, ...grant: readonly string[]): Key => ['oidc-client', client, ...grant],
  /** `oidc-uid/<SHA-256 of the uid>`: the hash of the session that has this uid. */
  oidcUid: (hash: string): Key => ['oidc-uid', hash],
  /** `key/<kid>`: a key that tokens are signed with. */
  signingKey: (kid: string): Key => ['key', kid],
  signingKeys: ['key'] satisfies Key,
  /** `secret/<name>`: random bytes that all processes share. `secret/key-ring` is put with every change of the keys. */
  secret: (name: string): Key => ['secret', name],
  /** The prefix of all garbage. */
  garbages: ['garbage'] satisfies Key,
  /** The prefixes of families that are walked through whole. */
  accounts: ['account'] satisfies Key,
  invites: ['invite'] satisfies Key,
  expiries: ['expiry'] satisfies Key,
  destroyedPods: ['destroyed'] satisfies Key,
  /** The prefixes of the other families that have one entry for each pod, address or blob. */
  pods: ['pod'] satisfies Key,
  tallies: ['tally'] satisfies Key,
  hosts: ['host'] satisfies Key,
  blobs: ['blob'] satisfies Key,
  /** The prefix of a family, or of what one pod has of it. */
  family: (family: PodFamily, ...pod: readonly string[]): Key => [family, ...pod],
  /** Sorts behind all that `pod` has of a family and before what other pods have, as ids are letters and digits. */
  behind: (family: PodFamily, pod: string): Key => [family, `${pod}\u0001`],
} as const;

/** Sequence numbers and times as key parts: sixteen digits, so that they sort as numbers do. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
