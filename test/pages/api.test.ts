import assert from 'node:assert/strict';
import { resetAcl } from '../../src/pods/new-pod.ts';
import { rootPath } from '../../src/pods/path.ts';
import { routes } from '../../src/pages/routes.ts';
import { Browser, email, openNode, other, password, Script, send } from './open-pages.ts';
import type { Answer, Node } from './open-pages.ts';

type Named = Record<string, string>;

describe('The account API', () => {
  let node: Node;
  let script: Script;
  /** Controls of the account that the script is logged in to. */
  let own: Record<string, Named>;

  beforeEach(async () => {
    node = await openNode();
    await node.account(email, password, 'alice');
    script = new Script(node);
    await script.logIn(email, password);
    own = await script.controls();
  });
  afterEach(() => node[Symbol.asyncDispose]());

  /** The address of the one resource of a collection. */
  const only = async (url: string, name: string): Promise<string> =>
    Object.values((await script.get<Record<string, Named>>('GET', url))[name]!)[0]!;

  it('tells everybody what they can do, and more to whoever is logged in', async () => {
    const open = await new Script(node).controls();
    assert.deepEqual(open['main'], {
      index: `${node.baseUrl}.account/`, logins: `${node.baseUrl}.account/login/`, openapi: `${node.baseUrl}.account/openapi.json`,
    });
    assert.deepEqual(Object.keys(open['account']!), ['create']);
    assert.deepEqual(Object.keys(open['password']!), ['login', 'register', 'forgot', 'reset', 'verify']);
    assert.deepEqual(Object.keys(own['account']!).toSorted(), [
      'account', 'apps', 'clientCredentials', 'create', 'leave', 'log', 'logout', 'pod', 'security', 'sessions',
      'subscriptions', 'webId',
    ]);
    assert.ok(own['password']!['create']!.endsWith('/login/password/'));
  });

  it('makes an account, then a login, a pod and client credentials, as scripts for CSS do', async () => {
    const newcomer = new Script(node);
    const { authorization } = await newcomer.get('POST', '.account/account/');
    newcomer.token = authorization;
    const { account, password: logins } = await newcomer.controls();
    const { resource } = await newcomer.get('POST', logins!['create']!, { email: 'Bob@Example.org', password: other });
    assert.ok(resource!.startsWith(logins!['create']!) && resource!.endsWith('/'));
    const pod = await newcomer.get('POST', account!['pod']!, { name: 'bob' });
    assert.deepEqual([pod['pod'], pod['webId']], [`${node.baseUrl}bob/`, `${node.baseUrl}bob/profile/card#me`]);
    const { pods } = await newcomer.get<{ pods: Named }>('GET', account!['pod']!);
    assert.deepEqual(pods, { [`${node.baseUrl}bob/`]: pod['podResource'] });
    const { webIdLinks } = await newcomer.get<{ webIdLinks: Named }>('GET', account!['webId']!);
    assert.deepEqual(webIdLinks, { [pod['webId']!]: pod['webIdResource'] });
    const made = await newcomer.get('POST', account!['clientCredentials']!, { name: 'my script', webId: pod['webId']! });
    assert.match(made['id']!, /^my-script_/);
    assert.equal((await node.people.credentials.verify(made['id']!, made['secret']!))?.webId, pod['webId']);
    const shown = await newcomer.get('GET', made['resource']!);
    assert.deepEqual([shown['id'], shown['webId'], 'secret' in shown], [made['id'], pod['webId'], false]);
    assert.equal((await newcomer.ask('DELETE', made['resource']!)).status, 200);
    assert.equal((await newcomer.ask('DELETE', made['resource']!)).status, 404);
    assert.equal((await node.people.logins.login('bob@example.org', other, '192.0.2.9')).account.pods.length, 1);
  });

  it('takes another WebID of the account for the owner of a pod, and the name of the owner', async () => {
    const webId = `${node.baseUrl}alice/profile/card#me`;
    const made = await script.get('POST', own['account']!['pod']!, { name: 'work', settings: { webId, name: 'Alice' } });
    assert.equal(made['webId'], webId);
    assert.equal('webIdResource' in made, false);
    const shown = await script.get<{ owners: object[] }>('GET', made['podResource']!);
    assert.deepEqual(shown.owners, [{ webId, visible: false }]);
  });

  it('describes what a POST takes, in the words of CSS', async () => {
    assert.deepEqual((await script.get<Record<string, unknown>>('GET', own['account']!['pod']!))['fields'], {
      name: { required: true, type: 'string' },
      settings: {
        required: false, type: 'object',
        fields: { webId: { required: false, type: 'string' }, name: { required: false, type: 'string' } },
      },
    });
    assert.deepEqual((await script.get<Record<string, unknown>>('GET', own['password']!['login']!))['fields'], {
      email: { required: true, type: 'string' }, password: { required: true, type: 'string' },
      code: { required: false, type: 'string' }, remember: { required: false, type: 'boolean' },
    });
  });

  it('is answered for the cookie as for the header', async () => {
    const cookie = `other=1; css-account=${script.token}`;
    const answer = await new Script(node).ask('GET', own['account']!['pod']!, undefined, { cookie });
    assert.equal(answer.status, 200);
    // The header says who asks; when it is wrong, no cookie mends it.
    const wrong = await script.ask('GET', own['account']!['pod']!, undefined, { cookie, authorization: 'CSS-Account-Token nonsense' });
    assert.equal(wrong.status, 401);
  });

  const owned = routes.filter(({ who }) => who === 'owner');
  it(`answers 401 to who is not logged in and 403 to who is somebody else, at each of ${owned.length} own routes`, async () => {
    const { id } = await node.account('mallory@example.org', other);
    const before = await node.snapshot();
    for (const { method, path } of owned) {
      const url = (account: string): string => `.account/${path.replaceAll(/:(\w+)/g, (_, name) => name === 'account' ? account : 'x')}`;
      const anybody = await new Script(node).ask(method, url(id));
      assert.equal(anybody.status, 401, `${method} ${path}`);
      assert.match(anybody.headers.get('www-authenticate') ?? '', /^CSS-Account-Token/);
      assert.equal((await script.ask(method, url(id))).status, 403, `${method} ${path}`);
    }
    assert.equal(await node.snapshot(), before);
  });

  it('answers 404 for what is none of the account', async () => {
    const mallory = await node.account('mallory@example.org', other, 'mallory');
    const { credential } = await node.people.credentials.create(mallory.id, mallory.webIds[0]!, 'x');
    const home = own['account']!['account']!;
    for (const path of [`pod/${mallory.pods[0]!.id}/`, `client-credentials/${credential.id}/`, 'webid/x/', 'login/password/x/', 'session/x/', 'app/x/']) {
      const method = path.startsWith('session') || path.startsWith('app') ? 'DELETE' : 'GET';
      assert.equal((await script.ask(method, home + path)).status, 404, path);
    }
    assert.equal((await script.ask('GET', '.account/nowhere/')).status, 404);
    assert.equal((await script.ask('GET', '.account/login/password')).status, 404);
  });

  it('tells what an address takes, to OPTIONS and with 405', async () => {
    const answer = await script.ask('OPTIONS', own['account']!['pod']!);
    assert.deepEqual([answer.status, answer.headers.get('allow')], [204, 'GET, HEAD, POST, OPTIONS']);
    const refused = await script.ask('PUT', own['account']!['pod']!, {});
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD, POST, OPTIONS']);
    assert.equal((await script.ask('HEAD', '.account/')).status, 200);
  });

  describe('with what it cannot do', () => {
    const cases: [what: string, request: (own: Record<string, Named>) => [string, string, object], status: number, message: RegExp][] = [
      ['a wrong password', () => ['POST', '.account/login/password/', { email, password: 'x' }], 403, /wrong/],
      ['no password', () => ['POST', '.account/login/password/', { email }], 400, /^password is missing\.$/],
      ['a number for a text', () => ['POST', '.account/login/password/', { email, password: 7 }], 400, /^password: /],
      ['what is no e-mail address', (c) => ['POST', c['password']!['create']!, { email: 'x', password: other }], 400, /no.*e-mail address/],
      ['an address that is taken', (c) => ['POST', c['password']!['create']!, { email, password: other }], 409, /already/],
      ['a bad name of a pod', (c) => ['POST', c['account']!['pod']!, { name: 'No Name' }], 400, /cannot name a pod/],
      ['no name of a pod', (c) => ['POST', c['account']!['pod']!, {}], 400, /^name is missing/],
      ['a pod that is there', (c) => ['POST', c['account']!['pod']!, { name: 'alice' }], 409, /already|taken/],
      ['a pod for somebody else', (c) => ['POST', c['account']!['pod']!, { name: 'x1', settings: { webId: 'https://x.example/#me' } }], 403, /not linked/],
      ['credentials of somebody else', (c) => ['POST', c['account']!['clientCredentials']!, { webId: 'https://x.example/#me' }], 400, /not linked/],
      ['a WebID that is linked', (c) => ['POST', c['account']!['webId']!, { webId: `${new URL(c['account']!['pod']!).origin}/alice/profile/card#me` }], 409, /already/],
      ['what is no WebID', (c) => ['POST', c['account']!['webId']!, { webId: 'me' }], 400, /WebID/],
      ['a reset that nobody asked for', () => ['POST', '.account/login/password/reset/', { recordId: 'x', password: other }], 400, /not of use/],
      ['a token that verifies nothing', () => ['POST', '.account/verify/', { token: 'x' }], 400, /not of use/],
      ['leaving without the password', (c) => ['POST', c['account']!['leave']!, { password: 'x' }], 400, /not the password/],
    ];
    for (const [what, request, status, message] of cases) {
      it(`refuses ${what} with ${status}, and a message as in CSS`, async () => {
        const answer = await script.ask(...request(own));
        assert.equal(answer.status, status, answer.text);
        const problem = answer.json<Record<string, string>>();
        assert.match(problem['message']!, message);
        assert.deepEqual([problem['detail'], problem['status'], problem['statusCode'], problem['errorCode']],
          [problem['message'], status, status, `H${status}`]);
      });
    }

    it('says application/json where that is asked for, and application/problem+json otherwise', async () => {
      for (const [accept, type] of [
        ['application/json', 'application/json'], ['*/*', 'application/problem+json'],
        ['application/problem+json', 'application/problem+json'],
      ] as const) {
        const answer = await send(node, 'GET', own['account']!['pod']!, { accept });
        assert.deepEqual([answer.status, answer.headers.get('content-type')], [401, type], accept);
      }
    });
  });

  describe('and bodies', () => {
    const json = { 'content-type': 'application/json', 'accept': 'application/json' };
    const login = (body: string, headers: Named): Promise<Answer> => send(node, 'POST', '.account/login/password/', headers, body);
    const padded = (size: number): string => {
      const text = JSON.stringify({ email, password, more: '' });
      return text.replace('"more":""', `"more":"${'x'.repeat(size - text.length)}"`);
    };

    it('takes 65536 bytes, and not one more', async () => {
      assert.equal((await login(padded(65_536), json)).status, 200);
      assert.equal((await login(padded(65_537), json)).status, 413);
    });

    it('takes forms as CSS does, and refuses what else there is', async () => {
      const form = { ...json, 'content-type': 'application/x-www-form-urlencoded' };
      assert.equal((await login(new URLSearchParams({ email, password, remember: 'true' }).toString(), form)).status, 200);
      assert.equal((await login('{}', { ...json, 'content-type': 'text/plain' })).status, 415);
      assert.equal((await login('{', json)).status, 400);
      assert.equal((await login('[]', json)).status, 400);
      assert.equal((await login('{"__proto__":{"email":"x"}}', json)).status, 400);
    });
  });

  it('lists sessions, ends one, and all but this one with those of apps', async () => {
    const [first, second] = [new Script(node), new Script(node)];
    await first.logIn(email, password);
    await second.logIn(email, password);
    const { sessions } = await second.get<{ sessions: { current: boolean; resource: string; id: string }[] }>('GET', own['account']!['sessions']!);
    assert.deepEqual(sessions.filter(({ current }) => !current).length, 2);
    assert.equal(sessions.length, 3);
    const about = await node.people.sessions.find(first.token!);
    await second.get('DELETE', sessions.find(({ id }) => id === about!.session.id)!.resource);
    assert.equal((await first.ask('GET', own['account']!['pod']!)).status, 401);
    await second.get('DELETE', own['account']!['sessions']!);
    assert.equal((await script.ask('GET', own['account']!['pod']!)).status, 401);
    assert.equal((await second.ask('GET', own['account']!['pod']!)).status, 200);
  });

  it('changes a password only with the one so far, and ends all other sessions', async () => {
    const elsewhere = new Script(node);
    await elsewhere.logIn(email, password);
    const login = await only(own['password']!['create']!, 'passwordLogins');
    const wrong = await script.ask('POST', login, { oldPassword: 'x', newPassword: other });
    assert.deepEqual([wrong.status, wrong.json<{ fields: object }>().fields], [400, { oldPassword: 'This is not the password so far.' }]);
    await script.get('POST', login, { oldPassword: password, newPassword: other });
    assert.equal((await elsewhere.ask('GET', own['account']!['pod']!)).status, 401);
    assert.equal((await script.ask('GET', own['account']!['pod']!)).status, 200);
    assert.equal((await script.ask('DELETE', login)).status, 409);
  });

  it('verifies an address with what a mail brings', async () => {
    const login = await only(own['password']!['create']!, 'passwordLogins');
    const shown = await script.get('GET', login);
    assert.equal(shown['verified'], false);
    await script.get('POST', shown['verify']!);
    const token = new URL(await node.mailed()).searchParams.get('token')!;
    await new Script(node).get('POST', '.account/verify/', { token });
    assert.equal((await script.get('GET', login))['verified'], true);
  });

  it('has an account leave, which logs it out, and stay when it logs in', async () => {
    const { deleteAt } = await script.get<{ deleteAt: number }>('POST', own['account']!['leave']!, { password });
    assert.ok(deleteAt > Date.now());
    assert.equal((await script.ask('GET', own['account']!['account']!)).status, 401);
    const again = await new Script(node).get<{ stayed: boolean }>('POST', '.account/login/password/', { email, password });
    assert.equal(again.stayed, true);
  });

  it('logs out, but not whoever is logged in elsewhere', async () => {
    const elsewhere = new Script(node);
    await elsewhere.logIn(email, password);
    await script.get('POST', own['account']!['logout']!, {});
    assert.equal((await script.ask('GET', own['account']!['pod']!)).status, 401);
    assert.equal((await elsewhere.ask('GET', own['account']!['pod']!)).status, 200);
  });

  it('shows how full a pod is, and which apps are let in, and lets others in and out', async () => {
    const pod = await only(own['account']!['pod']!, 'pods');
    const shown = await script.get<{ storage: { bytes: number; quota: number }; apps: string }>('GET', pod);
    assert.ok(shown.storage.bytes > 0);
    assert.equal(shown.storage.quota, 10_000_000_000);
    const client = 'https://app.example/client.jsonld';
    const details = [{ type: 'solid', locations: ['notes/'], actions: ['read'] }];
    const { resource } = await script.get('POST', shown.apps, { client, details });
    await script.get('PUT', shown.apps, { policy: 'granted' });
    const apps = await script.get<{ policy: string; granted: { client: string; details: object; resource: string }[] }>('GET', shown.apps);
    assert.equal(apps.policy, 'granted');
    assert.deepEqual(apps.granted.map((grant) => [grant.client, grant.details, grant.resource]), [[client, details, resource]]);
    assert.equal((await node.pods.look(`${node.baseUrl}alice/`, rootPath))!.pod.apps, 'granted');
    assert.equal((await script.ask('POST', shown.apps, { client, details: [{ type: 'solid' }] })).status, 400);
    await script.get('DELETE', resource!);
    assert.deepEqual((await script.get<{ granted: object[] }>('GET', shown.apps)).granted, []);
  });

  it('gives a resource the access of a new pod, by its path or its address', async () => {
    const pod = await only(own['account']!['pod']!, 'pods');
    const sight = await node.pods.look(`${node.baseUrl}alice/`, rootPath);
    const path = node.pods.parsePath('/notes/%C3%A4/.acl');
    await node.pods.put(sight!.pod, path, () => undefined, { mediaType: 'text/turtle', content: { bytes: Buffer.from('') } });
    assert.equal((await script.get('POST', `${pod}acl/`, { path: '/notes/ä/' }))['outcome'], 'removed');
    assert.equal(await resetAcl(node.pods, sight!.pod, node.pods.parsePath('/notes/%C3%A4/')), 'inherited');
    assert.equal((await script.get('POST', `${pod}acl/`, { path: `${node.baseUrl}alice/` }))['outcome'], 'replaced');
    assert.equal((await script.ask('POST', `${pod}acl/`, { path: '/a//b' })).status, 400);
  });

  it('keeps the owners of a pod as they are', async () => {
    const pod = await only(own['account']!['pod']!, 'pods');
    const webId = `${node.baseUrl}alice/profile/card#me`;
    await script.get('POST', pod, { webId, visible: false });
    assert.equal((await script.ask('POST', pod, { webId, remove: true })).status, 409);
    assert.equal((await script.ask('POST', pod, { webId: 'https://x.example/#me' })).status, 422);
    assert.equal((await script.ask('POST', pod, { webId, visible: true })).status, 422);
  });

  it('links a WebID elsewhere once its document has what was told', async () => {
    const webId = 'https://alice.example/profile#me';
    const asked = await script.ask('POST', own['account']!['webId']!, { webId });
    assert.equal(asked.status, 400);
    const [, predicate, text] = /<([^<>]*oidcIssuerRegistrationToken)> "([^"]+)"/.exec(asked.json<Named>()['message']!)!;
    node.documents.set(webId, { predicate: predicate!, text: text! });
    const { resource, oidcIssuer } = await script.get('POST', own['account']!['webId']!, { webId });
    assert.equal(oidcIssuer, node.baseUrl);
    assert.equal((await script.get('GET', resource!))['webId'], webId);
    await script.get('DELETE', resource!);
    assert.equal((await script.ask('GET', resource!)).status, 404);
  });

  it('makes accounts with invites only where that is so, or not at all', async () => {
    await using invited = await openNode({ signUp: 'invite' });
    const { code } = await invited.people.invites.create({});
    const newcomer = new Script(invited);
    assert.equal((await newcomer.ask('POST', '.account/account/', {})).status, 403);
    assert.equal((await newcomer.ask('POST', '.account/account/', { invite: 'wrong' })).status, 403);
    assert.equal((await newcomer.ask('POST', '.account/account/', { invite: code })).status, 200);
    assert.equal((await newcomer.ask('POST', '.account/login/password/register/', { email, password, invite: code })).status, 403);
    await using closed = await openNode({ signUp: 'closed' });
    assert.equal((await new Script(closed).ask('POST', '.account/account/', {})).status, 403);
  });

  it('signs up with a login and a pod at once; when only the pod cannot be made, it says so', async () => {
    const made = await new Script(node).get('POST', '.account/login/password/register/', { email: 'bob@example.org', password: other, name: 'bob' });
    assert.equal(made['pod'], `${node.baseUrl}bob/`);
    const half = await new Script(node).get('POST', '.account/login/password/register/', { email: 'eve@example.org', password: other, name: 'bob' });
    assert.match(half['message']!, /taken|already/);
    assert.equal((await node.people.accounts.byEmail('eve@example.org'))!.pods.length, 0);
    const none = await new Script(node).ask('POST', '.account/login/password/register/', { email: 'x@example.org', password: other, name: 'Bad Name' });
    assert.equal(none.status, 400);
    assert.equal(await node.people.accounts.byEmail('x@example.org'), undefined);
  });

  it('says where it is below a base URL with a path, and is found there only', async () => {
    await using below = await openNode({}, { path: '/pods/' });
    const controls = await new Script(below).ask('GET', '/pods/.account/');
    assert.equal(controls.json<{ controls: Record<string, Named> }>().controls['account']!['create'], `${below.baseUrl}.account/account/`);
    assert.equal((await new Script(below).ask('GET', '/.account/')).status, 404);
  });

  it('is not cached, and a page to a browser', async () => {
    for (const accept of ['application/json', 'text/html']) {
      const answer = await send(node, 'GET', '.account/login/', { accept });
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.match(answer.headers.get('content-type')!, new RegExp(accept));
    }
    assert.match((await new Browser(node).open('.account')).page.text, /Log in/);
  });
});
