import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Access } from '../access/access.ts';
import type { Agent } from '../access/agent.ts';
import { includes, read } from '../access/modes.ts';
import { modesOn } from '../access/required-modes.ts';
import type { Modes } from '../access/modes.ts';
import type { Change } from '../pods/change.ts';
import { auxiliaryKind, isContainerPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pod } from '../pods/pod.ts';
import type { Resource } from '../pods/resource.ts';
import { look, urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import type { Database } from '../storage/database.ts';
import type { Channel } from './channel.ts';
import { isWithin, rules } from './concerns.ts';
import { activitiesOf, messageId } from './messages.ts';
import type { Activity, Message } from './messages.ts';
import { RuledDeletes } from './ruled-deletes.ts';

export interface JudgeOptions {
  readonly database: Database;
  readonly access: Access;
  /** The entity tag of a resource in the format it is stored in, without quotes. */
  readonly tagOf: (pod: Pod, resource: Resource) => string;
}

/** What somebody is told, and whether the agent may read the topic now (`Channel.held`). */
export interface Judged {
  readonly messages: readonly Message[];
  readonly held: boolean;
}

/**
 * Makes messages of changes, for those who may know them. Access is judged when there is something to tell, on what is
 * there at that moment: a right that was withdrawn since the change counts no more.
 *
 * What is gone has perhaps taken its access rules with it. Then nothing tells any more who might read it, except for
 * the topic itself: of that, whoever might read it until then learns that it is gone. Of what was below the topic of a
 * deep channel the container still says that it was removed, to those who may read the container.
 */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #source: Sight['source'];
  readonly #ruled: RuledDeletes;
  readonly #looks = new Map<string, Promise<Sight | undefined>>();
  /** What was worked out on a sight, for all who are told of the same change. */
  readonly #modes = new WeakMap<Sight, Map<string, Promise<Modes>>>();
  readonly #messages = new WeakMap<Sight, Map<string, Message>>();

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#ruled = new RuledDeletes(options.database);
    this.#source = { read: (wanted) => options.database.get(wanted), checked: false };
  }

  /**
   * The messages that a channel gets of some changes, in their order; of those after `startAt` and before `endAt`.
   */
  async messages(channel: Channel, changes: readonly Change[]): Promise<Judged> {
    const { pod, agent } = channel;
    const name = JSON.stringify(agent);
    const due = changes.filter(({ at }) => at >= (channel.startAt ?? 0) && at <= channel.endAt);
    const told = due.map((change) => activitiesOf(change).filter(({ about }) => isWithin(about, channel)));
    const needed = new Set([channel.path, ...told.flat().map(({ about }) => about)]);
    const sights = new Map(await Promise.all(
      [...needed].map(async (path) => [path, await this.look(pod, path)] as const)));

    const ruled = await this.#lost(pod, changes, [...sights.values()]);
    const messages: Message[] = [];
    let held = channel.held ?? true;
    const now = async (path: ResourcePath): Promise<boolean> => {
      const sight = sights.get(path);
      return sight !== undefined && this.#mayRead(sight, agent, name);
    };
    for (const change of changes) {
      // What rules the topic has changed, other than by being deleted with it.
      if (rules(change.path, channel.path)) {
        held = isGone(sights.get(channel.path)) ? held && (change.type === 'Delete' || await now(channel.path))
          : await now(channel.path);
      }
      for (const activity of told[due.indexOf(change)] ?? []) {
        const sight = sights.get(activity.about);
        if (sight === undefined) continue;
        let may = await now(activity.about);
        const isTopic = activity.about === channel.path;
        if (isGone(sight)) {
          const unruled = lostRules(change, activity.about, ruled);
          may = isTopic ? held && (may || unruled) : may && !unruled;
        } else if (isTopic) {
          held = may;
        }
        if (may) messages.push(this.#message(sight, change, activity));
      }
    }
    return { messages, held };
  }

  /** Whether an agent may read a resource now; an access control list, with Control alone. */
  async mayRead(sight: Sight, agent: Agent): Promise<boolean> {
    return this.#mayRead(sight, agent, JSON.stringify(agent));
  }

  /** What is at a path now. Those who ask at the same time share one read, which begins after they asked. */
  look(pod: string, path: ResourcePath): Promise<Sight | undefined> {
    const name = `${pod}${path}`;
    const known = this.#looks.get(name);
    if (known !== undefined) return known;
    const looking = nextTurn().then(() => {
      this.#looks.delete(name);
      return look(this.#source, pod, path);
    });
    this.#looks.set(name, looking);
    return looking;
  }

  /**
   * The message that a channel begins with when its topic is in another state than its subscriber knows (Solid
   * Notifications Protocol, Notification Features: `state`); none when it is in that state, or cannot be read.
   */
  async stateMessage({ pod, path, agent, state }: Channel): Promise<Message | undefined> {
    const sight = state === undefined ? undefined : await this.look(pod, path);
    if (sight?.resource === undefined || !await this.mayRead(sight, agent)) return undefined;
    const known = state!.replace(/^(?:W\/)?"(.*)"$/, '$1');
    const tag = this.#options.tagOf(sight.pod, sight.resource);
    // The tag of another format of the same state has another ending.
    const revision = tag.replace(/-(?:ttl|jsonld|nt|nq|trig)$/, '');
    if (known === tag || known === revision || known.replace(/-[^-]*$/, '') === revision) return undefined;
    const { resource } = sight;
    const at = resource.kind === 'container' ? resource.listed : resource.modified;
    return this.#message(sight, { sequence: resource.revision, type: 'Update', path, at }, {
      type: 'Update', about: path, object: path, order: 0,
    });
  }

  /**
   * The rules that went, since the first of some changes, up to the state that sights show; of what is gone by then.
   */
  async #lost(
    pod: string, [first]: readonly Change[], sights: readonly (Sight | undefined)[],
  ): Promise<readonly Change[]> {
    const gone = sights.filter((sight) => sight !== undefined && isGone(sight)) as Sight[];
    if (gone.length === 0 || first === undefined) return [];
    return this.#ruled.of(pod, first.sequence, Math.max(...gone.map(({ tally }) => tally.sequence)));
  }

  async #mayRead(sight: Sight, agent: Agent, name: string): Promise<boolean> {
    // As for requests: nothing comes out of a storage that is shut.
    if (sight.pod.suspended === true) return false;
    const known = this.#modes.get(sight) ?? new Map<string, Promise<Modes>>();
    this.#modes.set(sight, known);
    let modes = known.get(name);
    if (modes === undefined) {
      const subject = subjectOf(sight.path) ?? sight.path;
      modes = this.#options.access.privileges(sight, subject, agent).then(({ user }) => user);
      known.set(name, modes);
    }
    return includes(modesOn(auxiliaryKind(sight.path) ?? 'resource', await modes), read);
  }

  #message(sight: Sight, change: Change, { type, object, target, order }: Activity): Message {
    const at = { sequence: change.sequence, order };
    const name = `${at.sequence} ${order}`;
    const known = this.#messages.get(sight) ?? new Map<string, Message>();
    this.#messages.set(sight, known);
    const made = known.get(name);
    if (made !== undefined) return made;
    // A resource's revision is the number of the change that it got it by.
    const resource = sight.resource && { ...sight.resource, revision: change.sequence };
    const message: Message = {
      id: messageId(sight.pod.id, at), at, type,
      object: urlOf(sight, object),
      ...(target === undefined ? {} : { target: urlOf(sight, target) }),
      published: new Date(change.at).toISOString(),
      ...(type === 'Delete' || resource === undefined ? {}
        : { state: `"${this.#options.tagOf(sight.pod, resource)}"` }),
    };
    known.set(name, message);
    return message;
  }
}

/** Whether there is nothing at the path of a sight, nor anything that it belongs to. */
function isGone(sight: Sight | undefined): boolean {
  return sight?.resource === undefined && sight?.subject === undefined;
}

/** Whether a resource that is gone has, since a change, lost rules of its own or of a container that is gone too. */
function lostRules(change: Change, about: ResourcePath, ruled: readonly Change[]): boolean {
  const of = subjectOf(about) ?? about;
  return ruled.some(({ sequence, path }) => sequence >= change.sequence
    && (path === of || (isContainerPath(path) && of.startsWith(path))));
}
