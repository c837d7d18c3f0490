import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { connect } from './subscribe.ts';
import type { Listening } from './subscribe.ts';

const turtle = { 'content-type': 'text/turtle' };

describe('Live updates (solid-0.1)', () => {
  let server: TestServer;
  let address: string;
  before(async () => {
    server = await startServer();
    address = String((await request('GET', server.open)).headers['updates-via']);
  });
  after(() => server[Symbol.asyncDispose]());

  const put = (url: string, body = ''): Promise<unknown> =>
    request('PUT', url, { ...turtle, ...as(server.owner) }, body);

  async function open(...urls: string[]): Promise<Listening> {
    const listening = await connect(address, ['solid-0.1']);
    assert.equal(await listening.inbox.next(), 'protocol solid-0.1');
    for (const url of urls) {
      listening.socket.send(`sub ${url}`);
      assert.equal(await listening.inbox.next(), `ack ${url}`);
    }
    return listening;
  }

  it('has an address that every resource names (Updates-Via)', async () => {
    assert.equal(address, `${server.url.replace('http:', 'ws:')}.notifications/solid-0.1`);
    assert.equal((await request('GET', `${server.open}not-there`)).headers['updates-via'], address);
  });

  it('follows once what was asked for many times at once, and ends with whoever asks for too much', async () => {
    const url = `${server.open}often.ttl`;
    using one = await open();
    // In one piece, as who means harm sends it.
    const { _socket: tcp } = one.socket as unknown as { _socket: Socket };
    tcp.cork();
    for (let i = 0; i < 100; i += 1) one.socket.send(`sub ${url}`);
    tcp.uncork();
    await one.inbox.take(100);
    await put(url);
    assert.equal(await one.inbox.next(), `pub ${url}`);
    await put(url, '# changed');
    assert.deepEqual([await one.inbox.next(), one.inbox.rest], [`pub ${url}`, []]);

    using other = await open();
    const { _socket: another } = other.socket as unknown as { _socket: Socket };
    another.cork();
    for (let i = 0; i < 800; i += 1) other.socket.send(`sub ${url}`);
    another.uncork();
    assert.equal(await other.closed, 1013);
  });

  it('publishes what anybody may read: the resource, and its container when something comes or goes', async () => {
    const url = `${server.open}live.ttl`;
    using resource = await open(url);
    using container = await open(server.open);
    assert.equal(resource.socket.protocol, 'solid-0.1');
    await put(url);
    assert.equal(await resource.inbox.next(), `pub ${url}`);
    assert.equal(await container.inbox.next(), `pub ${server.open}`);
    await put(url, '# changed');
    assert.equal(await resource.inbox.next(), `pub ${url}`);
    await request('DELETE', url);
    assert.equal(await resource.inbox.next(), `pub ${url}`);
    assert.equal(await container.inbox.next(), `pub ${server.open}`);
  });

  it('refuses what not everybody may read, what is elsewhere, and what it does not understand', async () => {
    using socket = await open();
    const secret = `${server.pod}private.ttl`;
    await put(secret);
    const elsewhere = 'https://elsewhere.example/a';
    for (const url of [secret, `${server.pod}nothing-there`, elsewhere, `${server.open}a//b`, 'nonsense']) {
      socket.socket.send(`sub ${url}`);
      assert.match(await socket.inbox.next(), new RegExp(`^err ${url.replace('.', '\\.')} `));
    }
    for (const line of ['', 'hello', 'auth token', 'sub', `sub ${server.open} more`]) {
      socket.socket.send(line);
      assert.match(await socket.inbox.next(), /^err /, line);
    }
  });

  it('publishes nothing of what is no more for everybody', async () => {
    const container = `${server.open}later-private/`;
    await put(`${container}.acl`, '');
    await request('DELETE', `${container}.acl`, as(server.owner));
    const url = `${container}a.ttl`;
    await put(url);
    using resource = await open(url);
    using witness = await open(server.open);
    const acl = 'http://www.w3.org/ns/auth/acl#';
    await put(`${url}.acl`, `<#o> a <${acl}Authorization>; <${acl}accessTo> <${url}>; <${acl}agent> <${server.owner}>; `
      + `<${acl}mode> <${acl}Read>, <${acl}Write>, <${acl}Control>.`);
    await put(url, '# private');
    await put(`${server.open}marker.ttl`);
    assert.equal(await witness.inbox.next(), `pub ${server.open}`);
    assert.deepEqual(resource.inbox.rest, []);
  });

  it('follows up to 200 resources on one socket', async () => {
    using socket = await open(...Array.from({ length: 200 }, (_, i) => `${server.open}n${i}`));
    socket.socket.send(`sub ${server.open}n200`);
    assert.match(await socket.inbox.next(), /^err \S+ no more than 200 resources$/);
    socket.socket.send(`sub ${server.open}n199`);
    assert.equal(await socket.inbox.next(), `ack ${server.open}n199`);
  });

  it('takes so many sockets from one address', async () => {
    await using small = await startServer({ maxChannelsPerAgent: 1 });
    const via = String((await request('GET', small.open)).headers['updates-via']);
    const first = await connect(via);
    await assert.rejects(connect(via), /429/);
    first.socket.close();
    await first.closed;
    using _ = await connect(via);
  });
});

describe('A request that offers another protocol', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  /** Sends requests over one connection, each when the answer to the one before has come; gives the answers. */
  async function exchange(...requests: readonly (readonly [text: string, complete: RegExp])[]): Promise<string[]> {
    const socket = connectTcp(Number(new URL(server.url).port), '127.0.0.1');
    const answers: string[] = [];
    for (const [text, complete] of requests) {
      socket.write(text);
      let answer = '';
      while (!complete.test(answer)) answer += String((await once(socket, 'data'))[0]);
      answers.push(answer);
    }
    socket.destroy();
    return answers;
  }

  it('is answered as if it had not, also with a body, and so is the next on the connection (RFC 9110 section 7.8)', async () => {
    const path = new URL(`${server.open}offered.ttl`).pathname;
    const at = new URL(server.url).host;
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n';
    const body = '<> a <#Offered>.';
    const put = `PUT ${path} HTTP/1.1\r\nHost: ${at}\r\n${offer}Content-Type: text/turtle\r\n`
      + `Content-Length: ${body.length}\r\n\r\n${body}`;
    const get = `GET ${path} HTTP/1.1\r\nHost: ${at}\r\n${offer}\r\n`;
    const [made, got] = await exchange([put, /\r\n\r\n/], [get, /#Offered/]);
    assert.match(made!, /^HTTP\/1\.1 201 /);
    assert.match(got!, /^HTTP\/1\.1 200 /);
  });

  it('is answered so when there is no WebSocket at the address', async () => {
    const at = new URL(server.url).host;
    const get = `GET ${new URL(server.open).pathname} HTTP/1.1\r\nHost: ${at}\r\nConnection: upgrade\r\n`;
    const offer = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const [answer] = await exchange([get + offer, /\r\n\r\n/]);
    assert.match(answer!, /^HTTP\/1\.1 200 /);
  });
});
