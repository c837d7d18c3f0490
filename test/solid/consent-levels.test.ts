import assert from 'node:assert/strict';
import { decide } from '../../src/pages/consent.ts';
import type { Choice } from '../../src/pages/consent.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

/**
 * What an app can do that a person let in, by what the person chose in the form: to be read by people.
 *
 * `g` GET, `p` PUT, `o` POST, `i` a patch that inserts, `d` one that deletes, `x` DELETE, `a` PUT of the ACL; of what is
 * not there, the answer is 403. Columns: only who I am; the folders `notes/` (see, add, change) and `seen/` (see);
 * everything in this pod, in all of mine, and everywhere; full control of all of mine, and everywhere.
 */
const table = `
place                              identity  folders  this-pod  mine     everywhere  full     full-everywhere

folder notes/                      -         gpoidx   gpoidx    gpoidx   gpoidx      gpoidxa  gpoidxa
folder notes/deep/                 -         gpoidx   gpoidx    gpoidx   gpoidx      gpoidxa  gpoidxa
folder seen/                       -         g        gpoidx    gpoidx   gpoidx      gpoidxa  gpoidxa
folder other/                      -         -        gpoidx    gpoidx   gpoidx      gpoidxa  gpoidxa
folder settings/                   -         -        g         g        g           gpoidxa  gpoidxa
the private type index             -         -        gi        gi       gi          gpidxa   gpidxa
who somebody is                    g         g        g         g        g           g        g
the rest of the profile            g         g        gid       gid      gid         gid      gid
folder of the other pod            -         -        -         gpoidx   gpoidx      gpoidxa  gpoidxa
settings of the other pod          -         -        -         g        g           gpoidxa  gpoidxa
folder of bob, shared with me      -         -        -         -        gpoidx      -        gpoidxa
folder of bob, not shared          -         -        -         -        -           -        -
folder of bob, open to everybody   gpoidx    gpoidx   gpoidx    gpoidx   gpoidx      gpoidx   gpoidx
`;
const [head = '', ...lines] = table.trim().split('\n').filter((line) => line !== '').map((line) => line.trim());
const columns = head.split(/ {2,}/).slice(1);

const turtle = { 'content-type': 'text/turtle' };
const patch = { 'content-type': 'application/sparql-update' };
const statement = '<#a> <#b> "c".';
const daysMs = 86_400_000;

interface Place {
  /** Where documents are made to be tried; or the one document that is. */
  readonly url: string;
  readonly owner: string;
  /** What patches insert, and what they delete. */
  readonly inserts?: string;
  readonly deletes?: string;
}

describe('an app that a person let in, by what was chosen [consent levels]', () => {
  let server: TestServer;
  let places: Record<string, Place>;
  let pods: string[];
  let bob: string;
  let made = 0;

  before(async () => {
    server = await startServer();
    await server.app.plant([{ email: 'bob@example.org', password: 'a long password', pods: [{ name: 'bob', open: ['open/'] }] }]);
    const { accounts } = server.app.people.accounts;
    const account = await accounts.byEmail('alice@example.org');
    await accounts.addPod(account!.id, { name: 'work', webId: server.owner });
    bob = `${server.url}bob/profile/card#me`;
    pods = [server.pod, `${server.url}work/`];
    const card = `${server.pod}profile/card`;
    const issuer = (url: string): string => `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${url}>.`;
    const mine = (url: string): Place => ({ url, owner: server.owner });
    const his = (url: string): Place => ({ url: `${server.url}bob/${url}`, owner: bob });
    places = {
      ...Object.fromEntries(['notes/', 'notes/deep/', 'seen/', 'other/', 'settings/'].map((name) => [`folder ${name}`, mine(server.pod + name)])),
      'the private type index': mine(`${server.pod}settings/privateTypeIndex.ttl`),
      'who somebody is': { ...mine(card), inserts: issuer('https://elsewhere.example/'), deletes: issuer(server.url) },
      'the rest of the profile': { ...mine(card), inserts: '<#me> <#b> "d".', deletes: statement },
      'folder of the other pod': mine(`${pods[1]}things/`),
      'settings of the other pod': mine(`${pods[1]}settings/`),
      'folder of bob, shared with me': his('shared/'),
      'folder of bob, not shared': his('closed/'),
      'folder of bob, open to everybody': his('open/'),
    };
    for (const { url, owner } of Object.values(places)) {
      if (!url.endsWith('/')) continue;
      await request('PUT', `${url}first`, { ...turtle, ...as(owner) }, statement);
    }
    await put(`${server.url}bob/shared/.acl`, `${ruleFor(bob, './')} ${ruleFor(server.owner, './')}`, bob);
  });
  after(() => server[Symbol.asyncDispose]());

  async function put(url: string, text: string, owner: string): Promise<void> {
    const { status } = await request('PUT', url, { ...turtle, ...as(owner) }, text);
    assert.ok(status < 300, `${url}: ${status}`);
  }

  function ruleFor(webId: string, what: string): string {
    return `[] a <http://www.w3.org/ns/auth/acl#Authorization>; <http://www.w3.org/ns/auth/acl#agent> <${webId}>;
      <http://www.w3.org/ns/auth/acl#accessTo> <${what}>; <http://www.w3.org/ns/auth/acl#default> <${what}>;
      <http://www.w3.org/ns/auth/acl#mode> <http://www.w3.org/ns/auth/acl#Read>, <http://www.w3.org/ns/auth/acl#Write>, <http://www.w3.org/ns/auth/acl#Control>.`;
  }

  /** The authorization details of a column, by the very function that the page uses. */
  function detailsOf(column: string, now = Date.now()): readonly object[] | undefined {
    const choices: Record<string, Partial<Choice>> = {
      'identity': { level: 'identity' },
      'folders': { level: 'folders', rows: [{ folder: 'notes/', actions: ['read', 'append', 'write'] }, { folder: 'seen/', actions: ['read'] }] },
      'this-pod': { level: 'everything', where: pods[0]! },
      'mine': { level: 'everything', where: 'mine' },
      'everywhere': { level: 'everything', where: 'everywhere' },
      'full': { level: 'full', where: 'mine' },
      'full-everywhere': { level: 'full', where: 'everywhere' },
    };
    const choice: Choice = {
      webId: server.owner, level: 'identity', where: 'mine', duration: 'day', away: true, rows: [], tell: [], sure: true, ...choices[column],
    };
    return decide(choice, {
      scopes: ['openid', 'webid'], pods, indexes: [`${pods[0]}settings/publicTypeIndex.ttl`, `${pods[0]}settings/privateTypeIndex.ttl`], now,
    }).authorizationDetails;
  }

  /** Tries one thing on a document that is made for it. Gives the status. */
  async function attempt(step: string, place: Place, authority: readonly object[] | undefined): Promise<number> {
    const { url, owner, inserts = '<#a> <#b> "d".', deletes = statement } = place;
    const isFolder = url.endsWith('/');
    const document = isFolder ? `${url}${made += 1}` : url;
    // The card stays as it is but for what patches are to find in it.
    if (url !== `${server.pod}profile/card`) await put(document, statement, owner);
    else if (deletes === statement) await request('PATCH', document, { ...patch, ...as(owner) }, `INSERT DATA { ${statement} }`);
    const app = as(server.owner, { client: 'https://app.example/id', ...(authority && { authority }) });
    const send = async (method: string, to: string, headers: object = {}, body?: string): Promise<number> =>
      (await request(method, to, { ...headers, ...app }, body)).status;
    switch (step) {
      case 'g': return send('GET', document);
      case 'p': return send('PUT', document, turtle, '<#new> <#b> "c".');
      case 'o': return send('POST', url, turtle, statement);
      case 'i': return send('PATCH', document, patch, `INSERT DATA { ${inserts} }`);
      case 'd': return send('PATCH', document, patch, `DELETE DATA { ${deletes} }`);
      case 'x': return send('DELETE', document);
      case 'a': return send('PUT', `${document}.acl`, turtle, ruleFor(owner, document));
      default: throw new TypeError(step);
    }
  }

  /** The steps that make sense there. */
  const stepsOf = (place: string): string[] =>
    (/profile|who/.test(place) ? 'gid' : place === 'the private type index' ? 'gpidxa' : 'gpoidxa').split('');

  for (const line of lines) {
    const [place = '', ...cells] = line.split(/ {2,}/);
    it(`${place}: ${columns.map((column, i) => `${column} ${cells[i]}`).join(', ')}`, async () => {
      const found: Record<string, string> = {};
      for (const column of columns) {
        const details = detailsOf(column);
        const allowed: string[] = [];
        for (const step of stepsOf(place)) {
          const status = await attempt(step, places[place]!, details);
          assert.ok(status < 300 || status === 403, `${column} ${step}: ${status}`);
          if (status < 300) allowed.push(step);
        }
        found[column] = allowed.join('') || '-';
      }
      assert.deepEqual(found, Object.fromEntries(columns.map((column, i) => [column, cells[i]])));
    });
  }

  it('can do only what everybody can once the time that was chosen is over', async () => {
    for (const column of columns.filter((one) => one !== 'full-everywhere')) {
      const over = detailsOf(column, Date.now() - daysMs - 1_000);
      for (const [place, expected] of [['folder notes/', 403], ['folder of the other pod', 403], ['folder of bob, open to everybody', 200]] as const) {
        assert.equal(await attempt('g', places[place]!, over), expected, `${column}: ${place}`);
      }
      const nearly = detailsOf(column, Date.now() - daysMs + 30_000);
      assert.equal(await attempt('g', places['folder notes/']!, nearly), column === 'identity' ? 403 : 200, column);
    }
  });
});
