import assert from 'node:assert/strict';
import fc from 'fast-check';
import { allowed, parseAuthority } from '../../src/access/authority.ts';
import { modeNames } from '../../src/access/modes.ts';

const base = 'https://alice.example/';
const notes = `${base}notes/`;
/** Reading all that is in the container of notes, with some members changed. */
const detail = (changed: Readonly<Record<string, unknown>> = {}) =>
  ({ type: 'solid', locations: [notes], actions: ['read'], ...changed });
const without = (member: string) => Object.fromEntries(Object.entries(detail()).filter(([name]) => name !== member));

/** What some `authorization_details` allow on a resource, by the names of the modes. */
function modes(details: unknown, target = `${notes}monday`, { within, now = 0 }: { within?: string; now?: number } = {}): string {
  return modeNames(allowed(parseAuthority(details, within), target, now)).join(' ');
}

describe('the authority in the authorization details of a token (RFC 9396, section 2)', () => {
  // what                                 details                                                    on a note
  const shapes: [title: string, details: unknown, expected: string][] = [
    ['one detail', [detail()], 'read'],
    ['several actions', [detail({ actions: ['control', 'read', 'append'] })], 'read append control'],
    ['write, which is append too', [detail({ actions: ['write'] })], 'write append'],
    ['the actions of several details', [detail(), detail({ actions: ['append'] })], 'read append'],
    ['a second location', [detail({ locations: [`${base}photos/`, notes] })], 'read'],
    ['an end', [detail({ exp: 1 })], 'read'],
    ['an end with a fraction', [detail({ exp: 0.001 })], 'read'],
    ['an action twice', [detail({ actions: ['read', 'read'] })], 'read'],
    ['an action that is not known beside one that is', [detail({ actions: ['fly', 'read'] })], 'read'],
    ['a location that is none beside one that is', [detail({ locations: ['notes/', notes] })], 'read'],
    ['a detail that is none beside one that is', [null, 'solid', detail(), detail({ type: 'payment', actions: ['write'] })], 'read'],

    ['everywhere', [detail({ locations: ['*'] })], 'read'],
    ['everywhere, but another container', [detail({ locations: ['*'], except: [`${base}photos/`] })], 'read'],
    ['an exception that is empty', [detail({ except: [] })], 'read'],
    ['an exception below', [detail({ except: [`${notes}tuesday`] })], 'read'],

    ['everywhere, but where it is', [detail({ locations: ['*'], except: [base] })], ''],
    ['everywhere, but everywhere', [detail({ locations: ['*'], except: ['*'] })], ''],
    ['an exception that is the container', [detail({ except: [notes] })], ''],
    ['an exception that is the very resource', [detail({ except: [`${notes}monday`] })], ''],
    ['an exception in another form', [detail({ except: ['HTTPS://ALICE.example:443/a/../n%6ftes/'] })], ''],
    ['an exception that is not in an array', [detail({ except: `${notes}tuesday` })], ''],
    ['an exception that is null', [detail({ except: null })], ''],
    ['an exception that is no URL, beside one that is', [detail({ except: ['tuesday', `${notes}tuesday`] })], ''],
    ['a number as an exception', [detail({ except: [1] })], ''],
    ['no details', [], ''],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['an object that is not in an array', detail(), ''],
    ['text that holds JSON', JSON.stringify([detail()]), ''],
    ['what only looks like an array', { length: 1, 0: detail() }, ''],
    ['an array in the array', [[detail()]], ''],
    ['null in the array', [null], ''],
    ['numbers and texts in the array', [1, 'solid', true, undefined], ''],
    ['an empty object', [{}], ''],
    ['another type', [detail({ type: 'payment_initiation' })], ''],
    ['the type in capitals', [detail({ type: 'Solid' })], ''],
    ['the type in an array', [detail({ type: ['solid'] })], ''],
    ['no type', [without('type')], ''],
    ['no locations', [without('locations')], ''],
    ['no actions', [without('actions')], ''],
    ['an empty list of locations', [detail({ locations: [] })], ''],
    ['an empty list of actions', [detail({ actions: [] })], ''],
    ['a location that is not in an array', [detail({ locations: notes })], ''],
    ['an action that is not in an array', [detail({ actions: 'read' })], ''],
    ['a number as a location', [detail({ locations: [1] })], ''],
    ['a number beside a location', [detail({ locations: [notes, 1] })], ''],
    ['null beside a location', [detail({ locations: [notes, null] })], ''],
    ['a URL as an object', [detail({ locations: [new URL(notes)] })], ''],
    ['a number beside an action', [detail({ actions: ['read', 1] })], ''],
    ['only actions that are not known', [detail({ actions: ['fly', 'Read', 'READ', ' read', 'acl:Read', 'toString', '__proto__'] })], ''],
    ['a member that is not known, which could be a restriction', [detail({ datatypes: ['photo'] })], ''],
    ['an end as text', [detail({ exp: '9999999999' })], ''],
    ['an end that is null', [detail({ exp: null })], ''],
    ['an end that is no number', [detail({ exp: NaN })], ''],
    ['an end that never comes', [detail({ exp: Infinity })], ''],
    ['an end that is a date', [detail({ exp: new Date() })], ''],
    ['an end that was before 1970', [detail({ exp: -1 })], ''],
  ];
  for (const [title, details, expected] of shapes) {
    it(`${title}: ${expected || 'nothing'}`, () => assert.equal(modes(details), expected));
  }

  it('is over at its end, not after it', () => {
    for (const [now, expected] of [[999, 'read'], [999.5, 'read'], [1000, ''], [1001, '']] as const) {
      assert.equal(modes([detail({ exp: 1 })], `${notes}monday`, { now }), expected, `at ${now}`);
    }
  });

  it('ends for each detail by itself', () => {
    const details = [detail({ exp: 1 }), detail({ exp: 2, actions: ['append'] }), detail({ actions: ['control'] })];
    const at = (now: number) => modes(details, `${notes}monday`, { now });
    assert.deepEqual([at(0), at(1000), at(2000), at(Number.MAX_SAFE_INTEGER)], ['read append control', 'append control', 'control', 'control']);
  });

  // location, resource, and whether it is among what is granted
  const places: [title: string, location: string, target: string, covered: boolean][] = [
    ['a container, a document in it', notes, `${notes}monday`, true],
    ['a container, itself', notes, notes, true],
    ['a container, a container in it', notes, `${notes}2024/`, true],
    ['a container, what is far below', notes, `${notes}2024/may/1.ttl`, true],
    ['a container, an ACL document in it', notes, `${notes}.acl`, true],
    ['a container, the one above', notes, base, false],
    ['a container, its name without the slash', notes, `${base}notes`, false],
    ['a container, one with a longer name', notes, `${base}notes-2/`, false],
    ['a container, a document with a longer name', notes, `${base}notes-2`, false],
    ['a container, one in another letter case', notes, `${base}Notes/`, false],
    ['a container, one of the same name elsewhere', notes, `${base}old/notes/`, false],
    ['the root, all that is there', base, `${base}a/b`, true],
    ['the root without its slash, which the syntax adds', 'https://alice.example', `${base}a/b`, true],
    ['the root, another host', base, 'https://alice.example.org/', false],
    ['the root, another scheme', base, 'http://alice.example/', false],
    ['the root, another port', base, 'https://alice.example:8443/', false],
    ['a document, itself', `${base}notes`, `${base}notes`, true],
    ['a document, the container of that name', `${base}notes`, notes, false],
    ['a document, what is in the container of that name', `${base}notes`, `${notes}monday`, false],
    ['a document, one with a longer name', `${base}notes`, `${base}notes-2`, false],
    ['a document, its description', `${base}notes`, `${base}notes.meta`, false],
    ['a document, the container that holds it', `${base}notes`, base, false],

    ['the host in capitals', 'https://ALICE.example/notes/', `${notes}monday`, true],
    ['the scheme in capitals', 'HTTPS://alice.example/notes/', `${notes}monday`, true],
    ['the default port', 'https://alice.example:443/notes/', `${notes}monday`, true],
    ['a port that another scheme has by default', 'https://alice.example:80/notes/', `${notes}monday`, false],
    ['a user name', 'https://eve@alice.example/notes/', `${notes}monday`, false],
    ['an escape that need not be', `${base}n%6ftes/`, `${notes}monday`, true],
    ['an escape in lower case', `${base}caf%c3%a9/`, `${base}caf%C3%A9/x`, true],
    ['a character that must be escaped', `${base}café/`, `${base}caf%C3%A9/x`, true],
    ['an escaped slash, which is none', `${base}notes%2F`, `${notes}monday`, false],
    ['an escaped percent sign', `${base}n%256ftes/`, `${notes}monday`, false],
    ['a dot segment', `${base}a/../notes/`, `${notes}monday`, true],
    ['a dot segment that leads out', `${notes}../photos/`, `${notes}monday`, false],
    ['a dot segment that leads up, to all that is there', `${notes}..`, `${base}photos/x`, true],
    ['a dot segment beyond the root', `${base}../../notes/`, `${notes}monday`, true],
    ['an escaped dot segment', `${notes}%2e%2e/photos/`, `${base}photos/x`, true],
    ['an escaped dot segment, as if it were a name', `${notes}%2e%2e/photos/`, `${notes}photos/x`, false],
    ['an empty segment', `${base}/notes/`, `${notes}monday`, false],
    ['a backslash, which is a slash in the URLs of browsers', 'https://alice.example\\notes\\', `${notes}monday`, true],
    ['a query', `${notes}?view=all`, `${notes}monday`, false],
    ['an empty query', `${notes}?`, notes, false],
    ['a query that ends with a slash', `${base}?x=/`, `${notes}monday`, false],
    ['a fragment', `${notes}#it`, notes, false],
    ['a fragment that ends with a slash', `${base}#/`, `${notes}monday`, false],
    ['white space around it', ` ${notes}\n`, `${notes}monday`, true],
    ['a star', `${base}*`, `${notes}monday`, false],
    ['a star alone, which is everywhere', '*', 'https://bob.example/x', true],
    ['two stars', '**', `${notes}monday`, false],
    ['a star with white space', ' *', `${notes}monday`, false],
    ['a star behind a slash', '/*', `${notes}monday`, false],
    ['a URL of another kind', 'urn:example:notes/', `${notes}monday`, false],
    ['a URL without a host', 'https:///', `${notes}monday`, false],
  ];
  for (const [title, location, target, covered] of places) {
    it(`${covered ? 'covers' : 'does not cover'} ${title}`, () => {
      assert.equal(modes([detail({ locations: [location] })], target), covered ? 'read' : '');
    });
  }

  const relative: [title: string, location: string, expected: string, alone: string][] = [
    ['a name', 'notes/', 'read', ''],
    ['a name with a dot', './notes/', 'read', ''],
    ['a path from the root of the host', '/pods/alice/notes/', 'read', ''],
    ['nothing, which is all of it', '', 'read', ''],
    ['a document of that name', 'notes', '', ''],
    ['the pod of somebody else', '../bob/', '', ''],
    ['all pods of the host', '../', 'read', ''],
    ['another host', '//bob.example/notes/', '', ''],
    ['an absolute one', 'https://alice.example/pods/alice/notes/', 'read', 'read'],
    ['one without a path', '?x', '', ''],
  ];
  for (const [title, location, expected, alone] of relative) {
    it(`takes a relative location for ${expected || 'nothing'} with a base, and for ${alone || 'nothing'} without: ${title}`, () => {
      const pod = `${base}pods/alice/`;
      const on = (within?: string) => modes([detail({ locations: [location] })], `${pod}notes/monday`, within === undefined ? {} : { within });
      assert.deepEqual([on(pod), on()], [expected, alone]);
    });
  }

  it('is a union: what one detail leaves out, another may give', () => {
    const details = [detail({ locations: [`${notes}2024/`], actions: ['write'] }), detail()];
    assert.deepEqual([`${notes}2024/x`, `${notes}x`, base].map((target) => modes(details, target)), ['read write append', 'read', '']);
  });

  it('leaves exceptions to other details: what one leaves out, another may give', () => {
    const settings = `${base}settings/`;
    const details = [
      detail({ locations: [base], actions: ['read', 'write'], except: [settings] }), detail({ locations: [settings] }),
    ];
    assert.deepEqual([base, `${base}x`, settings, `${settings}prefs`].map((target) => modes(details, target)),
      ['read write append', 'read write append', 'read', 'read']);
  });

  describe('never widens', () => {
    const names = ['', 'a/', 'a/b', 'a/b/', 'a/b/c', 'ab', 'd/'];
    const location = fc.constantFrom('*', ...names.map((name) => base + name), 'https://bob.example/', 'no URL');
    const anyDetail = fc.record({
      type: fc.constant('solid'), locations: fc.array(location, { maxLength: 3 }),
      actions: fc.array(fc.constantFrom('read', 'append', 'write', 'control', 'fly'), { maxLength: 3 }),
    }, { requiredKeys: ['type', 'locations', 'actions'] });
    const details = fc.array(anyDetail, { maxLength: 3 });
    const target = fc.constantFrom(...names.map((name) => base + name), 'https://bob.example/x');
    const on = (some: readonly object[], at: string, now = 0): number => allowed(parseAuthority(some), at, now);
    const within = (less: number, more: number): void => assert.equal(less & ~more, 0);

    it('by an exception, an end, or a member that is not known', () => fc.assert(fc.property(details, target,
      fc.array(location, { maxLength: 2 }), fc.integer({ min: -5, max: 5 }), (some, at, except, exp) => {
        for (const more of [{ except }, { exp }, { except, exp }, { privileges: ['admin'] }]) {
          within(on(some.map((one) => ({ ...one, ...more })), at), on(some, at));
        }
      })));

    it('by having fewer details, locations or actions', () => fc.assert(fc.property(details, target, (some, at) => {
      within(on(some.slice(1), at), on(some, at));
      within(on(some.map((one) => ({ ...one, locations: one.locations.slice(1) })), at), on(some, at));
      within(on(some.map((one) => ({ ...one, actions: one.actions.slice(1) })), at), on(some, at));
    })));

    it('beyond what stands in one of the details, for one of its locations', () => fc.assert(fc.property(details, target, (some, at) => {
      const bits: Record<string, number> = { read: 1, append: 2, write: 6, control: 8 };
      const most = some.filter(({ locations }) => locations.some((one) => one === '*' || one === at || (one.endsWith('/') && at.startsWith(one))))
        .flatMap(({ actions }) => actions).reduce((all, action) => all | (bits[action] ?? 0), 0);
      assert.equal(on(some, at), most);
    })));

    it('as time passes', () => fc.assert(fc.property(details, target, fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }), (some, at, ends) => {
      const ending = some.map((one, i) => (ends[i] === undefined ? one : { ...one, exp: ends[i] }));
      for (let second = 0; second < 6; second += 1) within(on(ending, at, (second + 1) * 1000), on(ending, at, second * 1000));
    })));
  });

  it('keeps nothing of the objects that it was read from', () => {
    const actions = ['read'];
    const locations = [notes];
    const authority = parseAuthority([{ type: 'solid', locations, actions }]);
    actions.push('control');
    locations.push(base);
    assert.equal(modeNames(allowed(authority, `${notes}x`, 0)).join(' '), 'read');
    assert.equal(allowed(authority, base, 0), 0);
  });
});
