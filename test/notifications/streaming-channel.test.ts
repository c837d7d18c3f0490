import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { Inbox, receiveFrom } from './subscribe.ts';
import type { Message } from './subscribe.ts';

const type = 'StreamingHTTPChannel2023';
const turtle = { 'content-type': 'text/turtle' };

/** A stream that is read by blocks that end in `separator`. */
interface Streaming extends Disposable {
  readonly response: IncomingMessage;
  readonly blocks: Inbox<string>;
  readonly closed: Promise<unknown>;
}

async function open(address: string, headers: Record<string, string> = {}, separator = '\n'): Promise<Streaming> {
  const sent = httpGet(address, { headers, agent: false, lookup: undefined });
  const [response] = await once(sent, 'response') as [IncomingMessage];
  const blocks = new Inbox<string>();
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (let at; (at = text.indexOf(separator)) >= 0; text = text.slice(at + separator.length)) {
      if (at > 0) blocks.put(text.slice(0, at));
    }
  });
  response.on('error', () => undefined);
  return { response, blocks, closed: once(response, 'close'), [Symbol.dispose]: () => sent.destroy() };
}

describe('StreamingHTTPChannel2023', () => {
  let server: TestServer;
  before(async () => { server = await startServer({ pingSeconds: 0.2 }); });
  after(() => server[Symbol.asyncDispose]());

  const put = (url: string, body = ''): Promise<unknown> => request('PUT', url, turtle, body);
  const message = async ({ blocks }: Streaming): Promise<Message> => JSON.parse(await blocks.next()) as Message;

  it('sends one message on each line of an answer that does not end', async () => {
    const topic = `${server.open}lines.ttl`;
    const address = await receiveFrom(server.url, type, { topic });
    assert.match(address, /^http:\/\/localhost:\d+\/\.notifications\/StreamingHTTPChannel2023\/[\w-]{43}$/);
    await put(topic);
    using stream = await open(address);
    assert.equal(stream.response.statusCode, 200);
    assert.equal(stream.response.headers['content-type'], 'application/x-ndjson');
    assert.equal(stream.response.headers['cache-control'], 'no-store');
    await put(topic, '# again');
    assert.deepEqual([(await message(stream)).type, (await message(stream)).type], ['Create', 'Update']);
  });

  it('sends Turtle when that was asked for', async () => {
    const topic = `${server.open}turtle.ttl`;
    using stream = await open(await receiveFrom(server.url, type, { topic, accept: 'text/turtle' }), {}, '\n\n');
    assert.equal(stream.response.headers['content-type'], 'text/turtle');
    await put(topic);
    assert.match((await stream.blocks.take(2)).join('\n'), /<urn:uuid:[^>]+>\s+a as:Create/);
  });

  it('sends server-sent events to who accepts them, and goes on after "Last-Event-ID"', async () => {
    const topic = `${server.open}events.ttl`;
    const address = await receiveFrom(server.url, type, { topic });
    const accept = 'text/event-stream';
    using first = await open(address, { accept }, '\n\n');
    assert.equal(first.response.headers['content-type'], accept);
    for (let i = 0; i < 3; i += 1) await put(topic, `# ${i}`);
    const events = (await first.blocks.take(3)).map((block) => block.replace(/^(:\n)+/, ''));
    const ids = events.map((event) => {
      const [, id, data] = /^id: (\S+)\ndata: (.+)$/.exec(event)!;
      assert.equal((JSON.parse(data!) as Message).id, id);
      return id!;
    });
    first[Symbol.dispose]();
    await put(topic, '# while away');
    using again = await open(address, { accept, 'last-event-id': ids[1]! }, '\n\n');
    const [replayed, missed] = (await again.blocks.take(2)).map((block) => block.replace(/^(:\n)+/, ''));
    assert.equal(replayed, events[2]);
    assert.match(missed!, /^id: urn:uuid:/);
    using third = await open(`${address}?since=${ids[2]}`, { accept }, '\n\n');
    assert.equal((await third.blocks.next()).replace(/^(:\n)+/, ''), missed);
  });

  it('is for one connection at a time: a new one takes over', async () => {
    const address = await receiveFrom(server.url, type, { topic: server.open });
    using first = await open(address);
    using second = await open(address);
    await first.closed;
    await put(`${server.open}taken-over.ttl`);
    assert.equal((await message(second)).type, 'Add');
  });

  it('says now and then that it is alive', async () => {
    using stream = await open(await receiveFrom(server.url, type, { topic: server.open }), {}, 'nothing ends so');
    const [first] = await once(stream.response, 'data');
    assert.equal(String(first), '\n');
  });

  it('ends when its address is deleted, and is no more', async () => {
    const address = await receiveFrom(server.url, type, { topic: server.open });
    using stream = await open(address);
    assert.equal((await request('DELETE', address)).status, 204);
    await stream.closed;
    assert.equal((await request('GET', address)).status, 404);
    assert.equal((await request('DELETE', address)).status, 404);
  });

  it('has an address that nobody can guess, which takes GET and DELETE', async () => {
    const address = await receiveFrom(server.url, type, { topic: server.open });
    assert.equal((await request('GET', `${address.slice(0, -1)}_`)).status, 404);
    assert.equal((await request('POST', address, turtle, '')).status, 405);
    assert.equal((await request('GET', `${address}?since=nonsense`)).status, 400);
  });

  it('ends at "endAt"', async () => {
    const endAt = new Date(Date.now() + 1000).toISOString();
    using stream = await open(await receiveFrom(server.url, type, { topic: server.open, endAt }));
    await stream.closed;
    assert.equal(stream.response.complete, true);
  });

  it('counts among the connections of subscribers', async () => {
    await using small = await startServer({ maxSockets: 1 });
    const one = await receiveFrom(small.url, type, { topic: small.open });
    const two = await receiveFrom(small.url, type, { topic: small.open });
    using _ = await open(one);
    assert.equal((await request('GET', two)).status, 503);
  });
});
