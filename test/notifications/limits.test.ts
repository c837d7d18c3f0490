import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { as, startServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { connect, listen, receiveFrom, refusal, subscribe } from './subscribe.ts';
import type { Listening } from './subscribe.ts';

const bob = 'https://bob.example/#me';
const carol = 'https://carol.example/#me';

describe('The limits of WebSockets', () => {
  it('are so many at once, beside those of connections for requests', async () => {
    await using server = await startServer({ maxSockets: 3, maxConnections: 2 });
    const open: Listening[] = [];
    const connections = async (): Promise<number> => (await request('GET', server.open)).status;
    const addresses: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      addresses.push(await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open }));
    }
    for (const address of addresses.slice(0, 3)) open.push(await connect(address));
    assert.equal(await refusal(addresses[3]!), 503);
    assert.equal(await connections(), 200);
    open[0]!.socket.close();
    await open[0]!.closed;
    using _ = await connect(addresses[3]!);
    for (const one of open) one.socket.terminate();
  });

  it('are so many channels of one agent: by WebID, or by the address of those without', async () => {
    await using server = await startServer({ maxChannelsPerAgent: 2 });
    const ask = async (headers = {}): Promise<number> =>
      (await subscribe(server.url, 'WebSocketChannel2023', { topic: server.open }, headers)).status;
    for (const headers of [{}, as(bob)]) {
      assert.deepEqual([await ask(headers), await ask(headers), await ask(headers)], [200, 200, 429]);
    }
  });

  it('give the place free of a channel whose WebSocket did not come about', async () => {
    await using server = await startServer({ maxChannelsPerAgent: 1 });
    const address = new URL(await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open }));
    const socket = connectTcp(Number(address.port), '127.0.0.1');
    socket.write(`GET ${address.pathname} HTTP/1.1\r\nHost: ${address.host}\r\nConnection: upgrade\r\n`
      + 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: too short\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    assert.equal((await subscribe(server.url, 'WebSocketChannel2023', { topic: server.open })).status, 200);
  });

  it('are so many channels in all', async () => {
    await using server = await startServer({ maxChannels: 2 });
    const ask = async (headers = {}): Promise<number> =>
      (await subscribe(server.url, 'WebSocketChannel2023', { topic: server.open }, headers)).status;
    assert.deepEqual([await ask(), await ask(as(bob)), await ask(as(carol))], [200, 200, 503]);
  });

  it('is a time in which an address has to be used; its place is free then', async () => {
    await using server = await startServer({ channelUnusedSeconds: 0.000_1, maxChannelsPerAgent: 1 });
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open });
    assert.equal(await refusal(address), 404);
    assert.equal((await subscribe(server.url, 'WebSocketChannel2023', { topic: server.open })).status, 200);
  });

  it('is a time in which what was sent is read: who does not is dropped, and the others go on', async function () {
    this.timeout(30_000);
    await using server = await startServer({ slowReaderSeconds: 0.2 });
    const long = `${server.open}${'long-name-'.repeat(180)}`;
    using slow = await listen(server.url, { topic: server.open, 'notify:depth': 'infinity' });
    slow.socket.pause();
    using quick = await listen(server.url, { topic: server.open, 'notify:depth': 'infinity' });
    const { connections } = server.app.notifications.core;
    const { pods } = server.app;
    const { pod } = (await pods.look(server.pod, pods.parsePath('/')))!;
    for (let i = 0; i < 1500; i += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, j) => pods.put(pod,
        pods.parsePath(new URL(`${long}${i + j}`).pathname.replace('/alice', '')), () => undefined,
        { mediaType: 'text/plain', content: { bytes: Buffer.from('') } })));
    }
    await quick.inbox.take(3000);
    while (connections.count > 1) await setTimeout(20);
    assert.equal(quick.socket.readyState, quick.socket.OPEN);
  });

  it('closes what gives no sign of life', async () => {
    await using server = await startServer({ pingSeconds: 0.1 });
    using alive = await listen(server.url, { topic: server.open });
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open });
    using dead = await connect(address, [], { autoPong: false });
    assert.equal(await dead.closed, 1006);
    assert.equal(alive.socket.readyState, alive.socket.OPEN);
  });

  it('tells the subscribers that the server stops', async () => {
    const server = await startServer();
    const channel = await listen(server.url, { topic: server.open });
    await server[Symbol.asyncDispose]();
    assert.equal(await channel.closed, 1001);
  });
});
