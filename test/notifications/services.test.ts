import assert from 'node:assert/strict';
import { Parser, Store } from 'n3';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { context, subscribe } from './subscribe.ts';

const notify = 'http://www.w3.org/ns/solid/notifications#';
const type = 'WebSocketChannel2023';
const jsonLd = 'application/ld+json';
const bob = 'https://bob.example/#me';

describe('Subscription services (Solid Notifications Protocol)', () => {
  let server: TestServer;
  let service: string;
  before(async () => {
    server = await startServer();
    service = `${server.url}.notifications/${type}/`;
  });
  after(() => server[Symbol.asyncDispose]());

  it('are found in the description of each storage, which each resource links to '
    + '[resource-server-link-storage-description-resource] [resource-server-description-resource-response]', async () => {
    const { headers } = await request('HEAD', server.open);
    const [, description] = /<([^>]+)>; rel="[^"]+#storageDescription"/.exec(String(headers.link)) ?? [];
    const store = new Store(new Parser({ baseIRI: description! }).parse((await request('GET', description!)).text));
    for (const name of [type, 'StreamingHTTPChannel2023']) {
      const [found] = store.getSubjects(`${notify}channelType`, `${notify}${name}`, null);
      assert.equal(found!.value, `${server.url}.notifications/${name}/`);
      assert.equal(store.countQuads(server.pod, `${notify}subscription`, found!, null), 1);
      const features = store.getObjects(found!, `${notify}feature`, null).map(({ value }) => value.replace(notify, ''));
      assert.deepEqual(features.sort(), ['accept', 'depth', 'endAt', 'rate', 'startAt', 'state']);
    }
  });

  it('are found in JSON-LD too [resource-server-description-resource-accept]', async () => {
    const { status, headers, text } = await request('GET', `${server.pod}.well-known/solid`, { accept: jsonLd });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], jsonLd);
    assert(text.includes(service) && text.includes(`${notify}channelType`), text);
  });

  it('take GET, HEAD, OPTIONS and POST, and nothing else [subscription-server-subscription-request-methods]', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const { status, headers } = await request(method, service);
      assert.equal(status, method === 'OPTIONS' ? 204 : 200);
      assert.equal(headers.allow, 'GET, HEAD, OPTIONS, POST');
      assert.equal(headers['accept-post'], 'application/ld+json, text/turtle');
    }
    assert.equal((await subscribe(server.url, type, { topic: server.open })).status, 200);
    assert.equal((await request('PUT', service, { 'content-type': jsonLd }, '{}')).status, 405);
  });

  it('say what they are, in JSON-LD and Turtle [subscription-server-subscription-request-accept]', async () => {
    const { headers, text } = await request('GET', service, { accept: jsonLd });
    assert.equal(headers['content-type'], jsonLd);
    const described = JSON.parse(text) as { id: string; channelType: string; feature: string[] };
    assert.deepEqual([described.id, described.channelType], [service, `${notify}${type}`]);
    const inTurtle = await request('GET', service, { accept: 'text/turtle' });
    assert.equal(inTurtle.headers['content-type'], 'text/turtle');
    const store = new Store(new Parser({ baseIRI: service }).parse(inTurtle.text));
    assert.equal(store.countQuads(service, `${notify}channelType`, `${notify}${type}`, null), 1);
  });

  it('answer a subscription with the channel [subscription-server-subscription-response] '
    + '[subscription-server-subscription-request-content-type]', async () => {
    const asked = {
      topic: server.open, state: '"x"', rate: 'PT10S', accept: 'text/turtle',
      startAt: '2020-01-01T00:00:00.5Z', endAt: '2126-01-02T01:00:00+01:00',
    };
    assert.equal((await subscribe(server.url, type, { ...asked, startAt: '2100-01-01T00:00:00Z' })).status, 422,
      'no channel lives so long');
    const { headers, text } = await subscribe(server.url, type, asked, { accept: jsonLd });
    assert.equal(headers['content-type'], jsonLd);
    const { id, receiveFrom, endAt, ...rest } = JSON.parse(text) as Record<string, unknown>;
    assert.match(String(id), new RegExp(`^${service}[\\w-]{43}$`));
    assert.equal(receiveFrom, String(id).replace('http:', 'ws:'));
    assert(typeof endAt === 'string');
    assert.deepEqual(rest, {
      '@context': [context], type: `${notify}${type}`, topic: server.open, startAt: '2020-01-01T00:00:00.500Z',
      state: '"x"', rate: 'PT10S', accept: 'text/turtle',
    });
  });

  it('take a type by its name, by its IRI, and by its prefixed name', async () => {
    for (const name of [type, `${notify}${type}`, `notify:${type}`]) {
      assert.equal((await subscribe(server.url, type, { topic: server.open, type: name })).status, 200, name);
    }
  });

  it('take and give Turtle', async () => {
    const { status, headers, text } = await request('POST', service,
      { 'content-type': 'text/turtle', accept: 'text/turtle' },
      `[] a <${notify}${type}>; <${notify}topic> <${server.open}>; <${notify}rate> "PT1S".`);
    assert.equal(status, 200, text);
    assert.equal(headers['content-type'], 'text/turtle');
    const store = new Store(new Parser({ baseIRI: service }).parse(text));
    const [channel] = store.getSubjects('http://www.w3.org/1999/02/22-rdf-syntax-ns#type', `${notify}${type}`, null);
    assert.match(store.getObjects(channel!, `${notify}receiveFrom`, null)[0]!.value, /^ws:/);
  });

  it('refuse other media types with 415, and profiles that they do not know '
    + '[subscription-server-subscription-request-profile-unrecognised]', async () => {
    const body = JSON.stringify({ '@context': context, type, topic: server.open });
    for (const [contentType, status] of [
      ['application/json', 415], ['text/plain', 415], ['application/n-triples', 415],
      [`${jsonLd}; profile="https://example.org/profile"`, 415],
      [`${jsonLd}; profile="${context} https://example.org/profile"`, 415],
      [`${jsonLd}; profile="${context}"`, 200],
      [`${jsonLd}; profile="http://www.w3.org/ns/json-ld#compacted ${context}"`, 200],
      [`${jsonLd}; charset=utf-8`, 200], [`${jsonLd}; profile=""`, 200],
    ] as const) {
      const { status: found, text } = await request('POST', service, { 'content-type': contentType }, body);
      assert.equal(found, status, `${contentType}: ${text}`);
    }
  });

  describe('refuse with 422 what they cannot do [subscription-server-subscription-request-unprocessable-entity]', () => {
    const topic = (): string => server.open;
    const cases: readonly (readonly [what: string, asked: () => object])[] = [
      ['another context', () => ({ '@context': 'https://example.org/context', topic: topic() })],
      ['no context', () => ({ '@context': [], topic: topic() })],
      ['another type', () => ({ type: 'LDNChannel2023', topic: topic() })],
      ['a type of another service', () => ({ type: 'StreamingHTTPChannel2023', topic: topic() })],
      ['two channels', () => ({ '@graph': [{ type, topic: topic() }, { type, topic: topic() }] })],
      ['no topic', () => ({})],
      ['two topics', () => ({ topic: [topic(), `${topic()}a`] })],
      ['a topic elsewhere', () => ({ topic: 'https://elsewhere.example/a' })],
      ['a topic that is of the server itself', () => ({ topic: service })],
      ['a topic in a pod that there is not', () => ({ topic: `${server.url}nobody/a` })],
      ['a topic that is the storage description', () => ({ topic: `${server.pod}.well-known/solid` })],
      ['a topic with a fragment', () => ({ topic: `${topic()}a#it` })],
      ['a topic with a query', () => ({ topic: `${topic()}a?b` })],
      ['a topic that is no path', () => ({ topic: `${topic()}a//b` })],
      ['a feature that there is not', () => ({ topic: topic(), 'notify:filter': 'x' })],
      ['a malformed startAt', () => ({ topic: topic(), startAt: 'tomorrow' })],
      ['a startAt without a zone', () => ({ topic: topic(), startAt: '2026-01-01T00:00:00' })],
      ['a malformed rate', () => ({ topic: topic(), rate: '10' })],
      ['a rate of more than a day', () => ({ topic: topic(), rate: 'P1DT1S' })],
      ['a rate in months', () => ({ topic: topic(), rate: 'P1M' })],
      ['a form that messages have not', () => ({ topic: topic(), accept: 'application/n-triples' })],
    ];
    for (const [what, asked] of cases) {
      it(what, async () => {
        const { status, problem } = await subscribe(server.url, type, asked());
        assert.equal(status, 422, JSON.stringify(problem));
      });
    }
  });

  it('refuse what is malformed with 400, and what is too large with 413', async () => {
    const post = async (body: string): Promise<number> =>
      (await request('POST', service, { 'content-type': jsonLd }, body)).status;
    assert.equal(await post('{'), 400);
    const body = JSON.stringify({ '@context': context, type, topic: server.open });
    assert.equal(await post(body + ' '.repeat(16 * 1024 - body.length)), 200);
    assert.equal(await post(body + ' '.repeat(16 * 1024 - body.length + 1)), 413);
  });

  it('need Read on the topic, and say the same whether it exists or not', async () => {
    const made = await request('PUT', `${server.pod}hidden.ttl`,
      { 'content-type': 'text/turtle', ...as(server.owner) }, '');
    assert.equal(made.status, 201);
    for (const topic of [`${server.pod}hidden.ttl`, `${server.pod}not-there.ttl`]) {
      const anybody = await subscribe(server.url, type, { topic });
      assert.equal(anybody.status, 401);
      assert.match(anybody.headers['www-authenticate']!, /^DPoP/);
      assert.equal((await subscribe(server.url, type, { topic }, as(bob))).status, 403);
      assert.equal((await subscribe(server.url, type, { topic }, as(server.owner))).status, 200);
    }
    const [there, missing] = await Promise.all([`${server.pod}hidden.ttl`, `${server.pod}not-there.ttl`]
      .map((topic) => subscribe(server.url, type, { topic }, as(bob))));
    assert.deepEqual(there!.problem, missing!.problem);
  });

  it('need Control for the topic that is an access control list', async () => {
    const topic = `${server.open}.acl`;
    assert.equal((await subscribe(server.url, type, { topic }, as(bob))).status, 403);
    assert.equal((await subscribe(server.url, type, { topic }, as(server.owner))).status, 200);
  });

  it('serve scripts of other origins', async () => {
    const preflight = await request('OPTIONS', service, {
      origin: 'https://app.example',
      'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type, dpop',
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
    const { headers } = await subscribe(server.url, type, { topic: server.open }, { origin: 'https://app.example' });
    assert.equal(headers['access-control-allow-origin'], 'https://app.example');
  });

  it('have nothing at other addresses', async () => {
    for (const path of ['', 'LDNChannel2023/', type, `${type}/a/b`]) {
      assert.equal((await request('GET', `${server.url}.notifications/${path}`)).status, 404, path);
    }
  });
});
