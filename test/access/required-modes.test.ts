import assert from 'node:assert/strict';
import { publicAgent, type Agent } from '../../src/access/agent.ts';
import { append, control, none, read, write, type Modes } from '../../src/access/modes.ts';
import { missingOrRefused, modesOn, requireModes, type Attempt } from '../../src/access/required-modes.ts';
import { Problem } from '../../src/problem.ts';

const bob = { webId: 'https://bob.example/#me' };
const sets = Array.from({ length: 16 }, (_, bits) => bits).filter((modes) => !(modes & 4) || modes & append);

function refusalOf(attempt: Attempt, target: Modes, parent: Modes, agent: Agent = bob): Problem | undefined {
  try {
    requireModes(attempt, { target, parent }, agent);
    return undefined;
  } catch (error) {
    assert(error instanceof Problem);
    return error;
  }
}

/** The smallest sets of modes on target and parent that are enough: all sets that include one of them must be. */
function enough(attempt: Attempt): string[] {
  const pairs = sets.flatMap((target) => sets.map((parent) => [target, parent] as const));
  const allowed = pairs.filter(([target, parent]) => !refusalOf(attempt, target, parent));
  const smallest = allowed.filter(([target, parent]) => !allowed.some(([t, p]) =>
    (t !== target || p !== parent) && (target & t) === t && (parent & p) === p));
  for (const [target, parent] of pairs) {
    const covered = smallest.some(([t, p]) => (target & t) === t && (parent & p) === p);
    assert.equal(allowed.some(([t, p]) => t === target && p === parent), covered);
  }
  return smallest.map(([target, parent]) => `${letters(target)}/${letters(parent)}`);
}

function letters(modes: Modes): string {
  const written = modes & 4 ? 'W' : modes & append ? 'A' : '';
  return (modes & read ? 'R' : '') + written + (modes & control ? 'C' : '') || '-';
}

function nameOf(attempt: Attempt): string {
  return 'patch' in attempt ? `${attempt.operation} with ${letters(attempt.patch)}` : attempt.operation;
}

describe('the modes that an operation needs', () => {
  const resource = [
    ['read', 'R/-'], ['replace', 'W/-'], ['create', 'A/A'], ['append', 'A/-'],
    ['delete document', 'W/W'], ['delete container', 'RW/W'],
  ] as const;
  const patches = [
    ['patch', append, 'A/-'], ['patch', read, 'R/-'], ['patch', read | append, 'RA/-'], ['patch', read | write, 'RW/-'],
    ['patch', none, 'A/-'], ['patch new', append, 'A/A'], ['patch new', none, 'A/A'], ['patch new', read, 'RA/A'],
    ['patch new', read | write, 'RW/A'],
  ] as const;
  const all: (readonly [Attempt, string])[] = [
    ...resource.map(([operation, needed]) => [{ on: 'resource', operation }, needed] as const),
    ...patches.map(([operation, patch, needed]) => [{ on: 'resource', operation, patch }, needed] as const),
  ];

  for (const [attempt, needed] of all) {
    it(`are ${needed} on target/container to ${nameOf(attempt)}`, () => assert.deepEqual(enough(attempt), [needed]));
  }

  it('are Control alone, on the subject, whatever is done to its ACL (WAC, Reading and Writing Resources)', () => {
    for (const [attempt] of all) assert.deepEqual(enough({ ...attempt, on: 'acl' }), ['C/-'], nameOf(attempt));
  });

  it('are the same on the subject, and none on its container, for its description', () => {
    for (const [attempt, needed] of all) {
      assert.deepEqual(enough({ ...attempt, on: 'meta' }), [needed.replace(/.$/, '-')], nameOf(attempt));
    }
  });

  it('are worth Read and Write on the ACL when Control is among them, and nothing otherwise', () => {
    assert.equal(modesOn('acl', control), read | write);
    assert.equal(modesOn('acl', read | write), none);
    assert.equal(modesOn('meta', read | append), read | append);
  });
});

describe('refusals', () => {
  it('ask somebody unknown to sign in, and say to others that they may not', () => {
    const attempt: Attempt = { on: 'resource', operation: 'read' };
    assert.equal(refusalOf(attempt, none, none, publicAgent)?.kind, 'unauthenticated');
    assert.equal(refusalOf(attempt, none, none)?.kind, 'forbidden');
    assert.match(refusalOf(attempt, none, none)!.message, /^Reading needs Read on the resource.*bob\.example/);
  });

  const twins: [Attempt, Attempt][] = (['resource', 'acl', 'meta'] as const).flatMap((on): [Attempt, Attempt][] => [
    [{ on, operation: 'replace' }, { on, operation: 'create' }],
    [{ on, operation: 'patch', patch: append }, { on, operation: 'patch new', patch: append }],
  ]);
  for (const [existing, fresh] of twins) {
    it(`of ${existing.operation} and ${fresh.operation} on ${existing.on} tell not what exists`, () => {
      for (const agent of [publicAgent, bob]) {
        assert.deepEqual(refusalOf(existing, none, none, agent), refusalOf(fresh, none, none, agent));
      }
    });
  }
});

describe('who may learn that something is missing', () => {
  const get: Attempt = { on: 'resource', operation: 'read' };
  const remove: Attempt = { on: 'resource', operation: 'delete document' };
  const rows: [string, Attempt, Modes, Modes, string][] = [
    ['a reader of the resource', get, read, none, 'missing'],
    ['a reader of the container', get, none, read, 'missing'],
    ['a reader of the container, when deleting', remove, none, read, 'missing'],
    ['neither', get, none, none, 'forbidden'],
    ['a writer who may not read', get, write | control, write | control, 'forbidden'],
    ['one who may delete but not read', remove, write, write, 'forbidden'],
    ['one with Control, of the ACL', { ...get, on: 'acl' }, control, none, 'missing'],
    ['a reader, of the ACL', { ...get, on: 'acl' }, read | write, read, 'forbidden'],
    ['a reader of the subject, of the description', { ...get, on: 'meta' }, read, none, 'missing'],
    ['a reader of the container, of the description', { ...get, on: 'meta' }, none, read, 'forbidden'],
  ];
  for (const [who, attempt, target, parent, kind] of rows) {
    it(`${who}: ${kind}`, () => assert.equal(missingOrRefused(attempt, { target, parent }, bob).kind, kind));
  }

  it('others are told the same as if it existed', () => {
    for (const on of ['resource', 'acl', 'meta'] as const) {
      for (const agent of [publicAgent, bob]) {
        const attempt: Attempt = { on, operation: 'read' };
        const missing = missingOrRefused(attempt, { target: none, parent: none }, agent);
        assert.deepEqual(missing, refusalOf(attempt, none, none, agent));
      }
    }
  });

  it('one who has the modes is not told that they are lacking', () => {
    const { message } = missingOrRefused(remove, { target: write, parent: write }, bob);
    assert.match(message, /needs Read on it or on its container/);
  });
});
