import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { z } from 'zod';
import { WebhookRecords } from '../../src/notifications/webhook-records.ts';
import { routes } from '../../src/pages/routes.ts';
import { rootPath } from '../../src/pods/path.ts';
import { Authenticator } from '../accounts/authenticator.ts';
import { App } from '../identity/browser.ts';
import { Browser, email, openNode, other, password, Script, send } from './open-pages.ts';
import type { Answer, Node } from './open-pages.ts';

type Named = Record<string, string>;
type Schema = Parameters<typeof z.fromJSONSchema>[0];

interface Content { readonly content: Record<string, { readonly schema: Schema }> }
interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: Content;
  readonly responses: Record<string, Content>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: { readonly Problem: Schema } };
}

/** Has somebody of an account be told of changes. */
async function keepWebhook({ database, people }: Node, account: string): Promise<void> {
  const { pods: [pod], webIds: [webId] } = (await people.accounts.get(account))!;
  const until = Date.now() + 60_000;
  await new WebhookRecords(database).keep({
    id: 'ab'.repeat(32), type: 'WebhookChannel2023', pod: pod!.id, path: rootPath, deep: false, by: webId!,
    agent: { webId: webId!, client: 'https://app.example/id' }, accept: 'jsonld', created: Date.now(), after: 0, endAt: until,
    expires: until, sendTo: 'https://receiver.example/secret',
  }, { sequence: 1, order: 0, last: Date.now(), failing: { since: 1, attempts: 1, next: 2, reason: 'It answered with status 500.' } });
}

describe('The OpenAPI document of the account API', () => {
  let node: Node;
  let document: Document;
  before(async () => {
    node = await openNode();
    document = (await send(node, 'GET', '.account/openapi.json', { origin: 'https://explorer.example' })).json<Document>();
  });
  after(() => node[Symbol.asyncDispose]());

  it('can be read by any page, in JSON also when a browser asks', async () => {
    const answer = await send(node, 'GET', '.account/openapi.json', { accept: 'text/html' });
    assert.match(answer.headers.get('content-type')!, /^application\/json/);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(document.openapi, /^3\.1\./);
  });

  it('has every route, with its parameters and its body', () => {
    for (const { method, path, takes } of routes) {
      const operation = document.paths[`/.account/${path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
      assert.ok(operation, `${method} ${path}`);
      assert.deepEqual(operation.parameters?.map(({ name }) => name) ?? [], [...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
      assert.equal(operation.requestBody !== undefined, takes !== undefined, path);
    }
    const described = Object.values(document.paths).flatMap((operations) => Object.keys(operations));
    assert.equal(described.length, routes.length);
  });

  it('says what real answers are, of every route, and what problems are', async () => {
    const visited = new Set<string>();
    const fits = (method: string, path: string, answer: Answer): void => {
      const operation = document.paths[`/.account/${path.replaceAll(/:(\w+)/g, '{$1}')}`]![method.toLowerCase()]!;
      const schema = answer.status === 200
        ? operation.responses['200']!.content['application/json']!.schema : document.components.schemas.Problem;
      const { success, error } = z.fromJSONSchema(schema).safeParse(answer.json());
      assert.ok(success, `${method} ${path} ${answer.text} ${error?.message}`);
      if (answer.status === 200) visited.add(`${method} ${path}`);
    };
    const script = new Script(node);
    /** Asks at a route, with the parts of its path that it leaves open. */
    const ask = async (method: string, path: string, ids: Named = {}, body?: object): Promise<Record<string, Named & string>> => {
      const answer = await script.ask(method, `.account/${path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name]!)}`, body);
      fits(method, path, answer);
      return answer.json();
    };
    const last = (url: string): string => url.split('/').at(-2)!;

    for (const path of ['', 'account/', 'login/', 'login/password/', 'login/password/register/', 'login/password/forgot/', 'login/password/reset/']) {
      await ask('GET', path);
    }
    script.token = (await ask('POST', 'account/', {}, {}))['authorization'];
    await ask('POST', 'login/password/register/', {}, { email, password, name: 'alice' });
    script.token = (await ask('POST', 'login/password/', {}, { email, password }))['authorization'];
    await ask('POST', 'login/password/', {}, { email, password: 'wrong' });
    await ask('POST', 'login/password/', {}, {});
    const account = (await node.people.accounts.byEmail(email))!.id;
    const own = { account };
    await ask('GET', 'account/:account/', own);
    await ask('GET', 'account/:account/', { account: 'x' });

    const logins = await ask('POST', 'account/:account/login/password/', own, { email: 'second@example.org', password: other });
    const login = { account, login: last(logins['resource']!) };
    await ask('GET', 'account/:account/login/password/', own);
    await ask('GET', 'account/:account/login/password/:login/', login);
    await ask('POST', 'account/:account/login/password/:login/verify/', login);
    await ask('POST', 'verify/', {}, { token: new URL(await node.mailed()).searchParams.get('token')! });
    await ask('POST', 'account/:account/login/password/:login/', login, { oldPassword: other, newPassword: 'yet another 55' });
    await ask('DELETE', 'account/:account/login/password/:login/', login);

    const made = await ask('POST', 'account/:account/pod/', own, { name: 'second' });
    await ask('GET', 'account/:account/pod/', own);
    const pod = { account, pod: last(made['podResource']!) };
    await ask('GET', 'account/:account/pod/:pod/', pod);
    await ask('POST', 'account/:account/pod/:pod/', pod, { webId: made['webId'] });
    const granted = await ask('POST', 'account/:account/pod/:pod/apps/', pod, {
      client: 'https://app.example/id', details: [{ type: 'solid', locations: ['a/'], actions: ['read'] }],
    });
    await ask('PUT', 'account/:account/pod/:pod/apps/', pod, { policy: 'granted' });
    await ask('GET', 'account/:account/pod/:pod/apps/', pod);
    await ask('DELETE', 'account/:account/pod/:pod/apps/:client/', { ...pod, client: last(granted['resource']!) });
    await ask('POST', 'account/:account/pod/:pod/acl/', pod, { path: '/' });
    await ask('PUT', 'account/:account/pod/:pod/label/', pod, { label: 'Second' });
    await ask('GET', 'account/:account/pod/:pod/', pod);
    await ask('GET', 'account/:account/sharing/', own);
    await ask('GET', 'account/:account/pod/:pod/sharing/', pod);
    await ask('POST', 'account/:account/pod/:pod/sharing/', pod, { resource: `${made['pod']}profile/`, class: 'everybody' });

    await ask('GET', 'account/:account/webid/', own);
    const linked = await ask('POST', 'account/:account/webid/', own, { webId: `${made['pod']}me#i` });
    const webid = { account, webid: last(linked['resource']!) };
    await ask('GET', 'account/:account/webid/:webid/', webid);
    const credentials = await ask('POST', 'account/:account/client-credentials/', own, { webId: made['webId'] });
    await ask('GET', 'account/:account/client-credentials/', own);
    const credential = { account, credential: credentials['id']! };
    await ask('GET', 'account/:account/client-credentials/:credential/', credential);
    await ask('DELETE', 'account/:account/client-credentials/:credential/', credential);
    await ask('DELETE', 'account/:account/webid/:webid/', webid);
    await ask('DELETE', 'account/:account/pod/:pod/', pod, { name: 'second', password });

    const device = new Authenticator(new URL(node.baseUrl).origin);
    const codeOf = (secret: string): string => TOTP.generate({ secret: Secret.fromBase32(secret) });
    await ask('GET', 'account/:account/login/', own);
    const creation = await ask('POST', 'account/:account/login/passkey/options/', own, {});
    const added = await ask('POST', 'account/:account/login/passkey/', own, { credential: device.create(creation['options']!) });
    const passkey = { account, passkey: last(added['resource']!) };
    await ask('POST', 'account/:account/login/passkey/:passkey/', passkey, { name: 'Laptop' });
    await ask('GET', 'account/:account/login/passkey/', own);
    const question = await ask('POST', 'login/passkey/options/', {}, {});
    script.token = (await ask('POST', 'login/passkey/', {}, { credential: device.get(question['options']!) }))['authorization'];
    await ask('DELETE', 'account/:account/login/passkey/:passkey/', passkey);
    await ask('GET', 'account/:account/login/totp/', own);
    const begun = await ask('POST', 'account/:account/login/totp/', own, {});
    await ask('POST', 'account/:account/login/totp/confirm/', own, { step: begun['step'], code: codeOf(begun['secret']!) });
    await ask('GET', 'account/:account/login/totp/', own);
    await ask('GET', 'account/:account/', own);
    const renewed = await ask('POST', 'account/:account/login/recovery-codes/', own, { password });
    const [code] = renewed['recoveryCodes'] as unknown as string[];
    const wanted = await ask('POST', 'login/password/', {}, { email, password });
    script.token = (await ask('POST', 'login/code/', {}, { step: wanted['step'], code }))['authorization'];
    await ask('POST', 'account/:account/login/totp/off/', own, { password });
    await ask('GET', 'account/:account/log/', own);

    const other1 = await node.people.sessions.begin(account, 'x');
    const { session } = (await node.people.sessions.find(other1))!;
    await ask('GET', 'account/:account/session/', own);
    await ask('DELETE', 'account/:account/session/:session/', { account, session: session.id });
    await ask('DELETE', 'account/:account/session/', own);
    const app = await App.register(node.baseUrl);
    const browser = await new Browser(node).open(app.authorizationUrl().href);
    await (await browser.submit('/login/', { email, password })).submit('/consent/', { decision: 'allow' });
    const { apps: [let1] } = await ask('GET', 'account/:account/app/', own) as unknown as { apps: Named[] };
    const grant = { account, grant: last(let1!['resource']!) };
    await ask('GET', 'account/:account/app/:grant/', grant);
    await ask('POST', 'account/:account/app/:grant/', grant, { level: 'folders', folders: [{ folder: 'a/', actions: ['read'] }] });
    await ask('GET', 'account/:account/app/:grant/', grant);
    await ask('DELETE', 'account/:account/app/:grant/', grant, {});
    await ask('DELETE', 'account/:account/app/', own);
    fits('GET', 'account/:account/folders/', await script.ask('GET', `.account/account/${account}/folders/?of=${node.baseUrl}alice/`));

    await keepWebhook(node, account);
    const { subscriptions: [webhook] } = await ask('GET', 'account/:account/subscription/', own) as unknown as { subscriptions: Named[] };
    await ask('DELETE', 'account/:account/subscription/:subscription/', { account, subscription: last(webhook!['resource']!) });

    await ask('POST', 'login/password/forgot/', {}, { email });
    const recordId = new URL(await node.mailed()).searchParams.get('rid')!;
    await ask('POST', 'login/password/reset/', {}, { recordId, password: other });
    script.token = (await ask('POST', 'login/password/', {}, { email, password: other }))['authorization'];
    await ask('POST', 'account/:account/logout/', own, {});
    script.token = (await ask('POST', 'login/password/', {}, { email, password: other }))['authorization'];
    await ask('POST', 'account/:account/leave/', own, { password: other });

    const missing = routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !visited.has(route));
    assert.deepEqual(missing, []);
  });
});
