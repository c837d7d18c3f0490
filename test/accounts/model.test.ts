/**
 * Random steps of several people, one after the other, against a model of plain maps: who can log in where, which
 * names, WebIDs, sessions and credentials are good, and which accounts are there. After each step what is kept agrees.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ownWebId } from '../../src/pods/new-pod.ts';
import { Problem } from '../../src/problem.ts';
import { sound } from '../pods/open-pod.ts';
import { address, assertWhole, baseUrl, day, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const verbs = [
  'create', 'register', 'add', 'remove', 'change', 'login', 'reset', 'pod', 'link', 'unlink', 'begin', 'end', 'endAll', 'credential',
  'suspend', 'restore', 'leave', 'stay', 'deleteNow', 'wait',
] as const;
const step = fc.record({
  verb: fc.constantFrom(...verbs), who: fc.nat(3), email: fc.constantFrom('a@x.org', 'b@x.org', 'c@x.org'),
  name: fc.constantFrom('ann', 'ben'), flip: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An account as it should be. */
interface Person {
  readonly id: string;
  state: 'active' | 'suspended' | 'leaving';
  deleteAt: number | undefined;
  logins: Map<string, string>;
  webIds: Set<string>;
  pods: Set<string>;
  /** Secrets, and until when they are good unless they are used. */
  sessions: Map<string, number>;
  credentials: Map<string, { readonly secret: string; readonly webId: string }>;
}

class World {
  readonly room: Room;
  people: Person[] = [];
  /** By name, for ever. */
  readonly names = new Map<string, string>();

  constructor(room: Room) {
    this.room = room;
  }

  get now(): number {
    return this.room.clock.now;
  }

  add(id: string): Person {
    const person: Person = {
      id, state: 'active', deleteAt: this.now + 30 * 60_000, logins: new Map(), webIds: new Set(), pods: new Set(),
      sessions: new Map(), credentials: new Map(),
    };
    this.people.push(person);
    return person;
  }
}

/** Does the step, and then in the model. */
async function take(world: World, { verb, who, email, name, flip }: Step): Promise<void> {
  const { room, people } = world;
  if (verb === 'create') {
    world.add((await room.accounts.create('admin')).id);
    return;
  }
  if (verb === 'wait') {
    room.clock.now += flip ? 31 * day : 20 * 60_000;
    await room.sweep();
    world.people = people.filter(({ deleteAt }) => deleteAt === undefined || deleteAt > world.now);
    return;
  }
  if (verb === 'register') {
    const { id } = await room.logins.register(email, password, 'admin');
    Object.assign(world.add(id), { deleteAt: undefined, logins: new Map([[email, password]]) });
    return;
  }
  const owner = people.find(({ logins }) => logins.has(email));
  if (verb === 'login' || verb === 'reset') {
    const word = flip ? password : other;
    if (verb === 'login') {
      await room.logins.login(email, word, address);
      if (owner!.state === 'leaving') Object.assign(owner!, { state: 'active', deleteAt: undefined });
      return;
    }
    const before = room.lines.length;
    await room.logins.forgot(email, address);
    await room.mail.settled();
    if (room.lines.length === before) return;
    const account = await room.logins.reset(await room.linked(), word, address);
    assert.equal(account.id, owner!.id);
    owner!.logins.set(email, word);
    owner!.sessions.clear();
    owner!.credentials = new Map((await room.credentials.list(account.id)).map(({ id }) => [id, owner!.credentials.get(id)!]));
    return;
  }
  const person = people[who % Math.max(1, people.length)];
  if (person !== undefined) await takeAs(world, person, { verb, who, email, name, flip });
}

async function takeAs(world: World, person: Person, { verb, email, name, flip }: Step): Promise<void> {
  const { room } = world;
  const { id, logins, webIds } = person;
  const word = flip ? password : other;
  const persona = `${baseUrl}${name}/persona#me`;
  switch (verb) {
    case 'add': {
      await room.logins.add(id, email, word);
      logins.set(email, word);
      person.deleteAt = undefined;
      return;
    }
    case 'remove': {
      await room.logins.remove(id, email);
      logins.delete(email);
      return;
    }
    case 'change': {
      const keep = flip ? [...person.sessions.keys()].at(-1) : undefined;
      await room.logins.change(id, email, word, keep === undefined ? {} : { keep });
      logins.set(email, word);
      person.sessions = new Map([...person.sessions].filter(([secret]) => secret === keep));
      return;
    }
    case 'pod': {
      const { webId, pod } = await room.accounts.addPod(id, { name });
      webIds.add(webId);
      person.pods.add(pod.base);
      world.names.set(name, id);
      return;
    }
    case 'link': {
      await room.webIds.link(id, persona);
      webIds.add(persona);
      return;
    }
    case 'unlink': {
      const webId = flip ? persona : ownWebId(`${baseUrl}${name}/`);
      await room.webIds.unlink(id, webId);
      webIds.delete(webId);
      person.credentials = new Map([...person.credentials].filter(([, its]) => its.webId !== webId));
      return;
    }
    case 'begin':
      person.sessions.set(await room.sessions.begin(id, ''), world.now + 14 * day);
      return;
    case 'end': {
      const secret = [...person.sessions.keys()][0] ?? '';
      await room.sessions.end(secret);
      person.sessions.delete(secret);
      return;
    }
    case 'endAll':
      await room.sessions.endAll(id);
      person.sessions.clear();
      return;
    case 'credential': {
      const webId = flip ? persona : ownWebId(`${baseUrl}${name}/`);
      const { credential, secret } = await room.credentials.create(id, webId, 'x');
      person.credentials.set(credential.id, { secret, webId });
      return;
    }
    case 'suspend':
      await room.endings.suspend(id);
      Object.assign(person, { state: 'suspended', deleteAt: undefined });
      person.sessions.clear();
      return;
    case 'restore':
    case 'stay': {
      await room.endings[verb](id);
      Object.assign(person, { state: 'active', deleteAt: undefined });
      return;
    }
    case 'leave': {
      await room.endings.leave(id);
      if (person.state === 'active') Object.assign(person, { state: 'leaving', deleteAt: world.now + 30 * day });
      person.sessions.clear();
      return;
    }
    case 'deleteNow':
      await room.endings.deleteNow(id);
      world.people = world.people.filter((one) => one !== person);
      return;
    default:
      throw new Error(verb);
  }
}

/** Asserts that all is as the model has it. */
async function compare({ room, people, names, now }: World): Promise<void> {
  const ids: string[] = [];
  for await (const { id } of room.accounts.list()) ids.push(id);
  assert.deepEqual(ids, people.map(({ id }) => id).sort());
  for (const person of people) {
    const account = (await room.accounts.get(person.id))!;
    assert.deepEqual({
      state: account.state, deleteAt: account.deleteAt, webIds: [...account.webIds].sort(),
      pods: account.pods.map(({ base }) => base).sort(), logins: account.logins.map((login) => login.email).sort(),
    }, {
      state: person.state, deleteAt: person.deleteAt, webIds: [...person.webIds].sort(), pods: [...person.pods].sort(),
      logins: [...person.logins.keys()].sort(),
    });
    const active = person.state === 'active';
    for (const [id, { secret }] of person.credentials) {
      assert.equal(await room.credentials.verify(id, secret) !== undefined, active);
    }
    for (const [secret, expires] of person.sessions) {
      const good = active && expires > now;
      assert.equal(await room.sessions.find(secret) !== undefined, good);
      if (good) person.sessions.set(secret, now - (expires - 14 * day) >= 60 * 60_000 ? now + 14 * day : expires);
      else person.sessions.delete(secret);
    }
    assert.equal((await room.sessions.list(person.id)).length, person.sessions.size);
  }
  for (const [name, id] of names) {
    const pod = await room.pods.look(`${baseUrl}${name}/`, room.pods.parsePath('/'));
    assert.equal(pod !== undefined, people.some((person) => person.id === id));
  }
  await assertWhole(room);
}

describe('accounts, whatever is done to them', () => {
  it('are as they should be, and leave nothing behind', async function whatever() {
    this.timeout(30_000);
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
      const room = openRoom({ maxLoginsPerAccount: 1000, maxResetsPerAccount: 1000, maxResetsPerAddress: 1000, maxRegistrationsPerAddress: 1000 });
      const world = new World(room);
      for (const one of steps) {
        const fits = may(world, one);
        const refusal = await take(world, one).then(() => undefined, (error: unknown) => error);
        if (refusal !== undefined && !(refusal instanceof Problem)) throw refusal as Error;
        assert.equal(refusal === undefined, fits, `${JSON.stringify(one)}: ${refusal?.message ?? 'was done'}`);
        await compare(world);
      }
      await sound(room.database, room.blobs);
    }), { numRuns: 40 });
  });
});

/** Whether a step is one that can be done. */
function may({ people, names }: World, { verb, who, email, name, flip }: Step): boolean {
  const owner = people.find(({ logins }) => logins.has(email));
  if (verb === 'register') return owner === undefined;
  if (verb === 'login') return owner?.logins.get(email) === (flip ? password : other) && owner.state !== 'suspended';
  const person = people[who % Math.max(1, people.length)];
  if (person === undefined) return true;
  const active = person.state === 'active';
  const webId = flip ? `${baseUrl}${name}/persona#me` : ownWebId(`${baseUrl}${name}/`);
  switch (verb) {
    case 'add': return active && owner === undefined;
    case 'remove': return active && person.logins.has(email) && person.logins.size > 1;
    case 'change': return active && person.logins.has(email);
    case 'pod': return active && !names.has(name);
    case 'link': return active && person.pods.has(`${baseUrl}${name}/`);
    case 'unlink': return active && flip && person.webIds.has(webId);
    case 'begin': return active;
    case 'credential': return active && person.webIds.has(webId);
    case 'restore': return person.state === 'suspended';
    case 'stay': return person.state === 'leaving';
    case 'leave': return person.state !== 'suspended';
    default: return true;
  }
}
