import assert from 'node:assert/strict';
import { Store, Parser } from 'n3';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { ownerOf, until } from './owner.ts';
import type { Owner } from './owner.ts';
import { connect, context, listen, receiveFrom, refusal, sequenceOf, subscribe } from './subscribe.ts';
import type { Message } from './subscribe.ts';

const turtle = { 'content-type': 'text/turtle' };
const bob = 'https://bob.example/#me';

describe('WebSocketChannel2023', () => {
  let server: TestServer;
  let owner: Owner;
  before(async () => {
    server = await startServer();
    owner = ownerOf(server);
  });
  after(() => server[Symbol.asyncDispose]());

  it('tells what happens to a resource, in order, with its state [notification-sender-notification-message-data-model]',
    async () => {
      const topic = `${server.open}told.ttl`;
      using channel = await listen(server.url, { topic });
      const made = await request('PUT', topic, turtle, '<> a <#A>.');
      const changed = await request('PUT', topic, turtle, '<> a <#B>.');
      await request('DELETE', topic);

      const messages = [await channel.next(), await channel.next(), await channel.next()];
      assert.deepEqual(messages.map(({ type, object, state }) => [type, object, state]), [
        ['Create', topic, made.headers.etag], ['Update', topic, changed.headers.etag], ['Delete', topic, undefined],
      ]);
      for (const message of messages) {
        assert.deepEqual(message['@context'], ['https://www.w3.org/ns/activitystreams', context]);
        assert.match(message.id, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(new Date(message.published).toISOString(), message.published);
      }
      assert.equal(new Set(messages.map(({ id }) => id)).size, 3);
    });

  it('gives a message in Turtle when that was asked for', async () => {
    const topic = `${server.open}in-turtle.ttl`;
    using channel = await listen(server.url, { topic, accept: 'text/turtle' });
    const { headers } = await request('PUT', topic, turtle, '<> a <#A>.');
    const store = new Store(new Parser().parse(await channel.inbox.next()));
    const as2 = 'https://www.w3.org/ns/activitystreams#';
    const [message] = store.getSubjects('http://www.w3.org/1999/02/22-rdf-syntax-ns#type', `${as2}Create`, null);
    assert.match(message!.value, /^urn:uuid:/);
    assert.deepEqual(store.getObjects(message!, `${as2}object`, null).map(({ value }) => value), [topic]);
    assert.deepEqual(store.getObjects(message!, 'http://www.w3.org/ns/solid/notifications#state', null)
      .map(({ value }) => value), [headers.etag]);
  });

  it('tells of a container what came and went, and what changes in its description; not what its members become', async () => {
    const topic = await owner.box(bob);
    using channel = await listen(server.url, { topic }, as(bob));
    await owner.put(`${topic}a.ttl`, '<> a <#A>.');
    await owner.put(`${topic}a.ttl`, '<> a <#B>.');
    await owner.put(`${topic}inner/deep.ttl`, '');
    await owner.put(`${topic}.meta`, '<> a <#C>.');
    await owner.remove(`${topic}a.ttl`);
    const messages = [await channel.next(), await channel.next(), await channel.next(), await channel.next()];
    assert.deepEqual(messages.map(({ type, object, target }) => [type, object, target]), [
      ['Add', `${topic}a.ttl`, topic], ['Add', `${topic}inner/`, topic], ['Update', topic, undefined],
      ['Remove', `${topic}a.ttl`, topic],
    ]);
    assert.equal(messages[3]!.state, (await request('GET', topic, as(server.owner))).headers.etag);
  });

  it('refuses "depth" for what is no container, and other depths, with 422', async () => {
    for (const [topic, depth] of [[`${server.open}a.ttl`, 'infinity'], [server.open, '1']]) {
      assert.equal((await subscribe(server.url, 'WebSocketChannel2023', { topic, 'notify:depth': depth })).status, 422);
    }
  });

  it('tells what happened between the subscription and the connection', async () => {
    const topic = `${server.open}between.ttl`;
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic });
    await request('PUT', topic, turtle, '');
    using channel = await connect(address);
    assert.equal((await channel.next()).type, 'Create');
  });

  it('has an address that is good for one connection, and that nobody can guess', async () => {
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open });
    assert.match(address, /^ws:\/\/localhost:\d+\/\.notifications\/WebSocketChannel2023\/[\w-]{43}$/);
    using _ = await connect(address);
    assert.equal(await refusal(address), 404);
    assert.equal(await refusal(`${address.slice(0, -1)}${address.endsWith('A') ? 'B' : 'A'}`), 404);
    assert.equal(await refusal(address.replace(/[\w-]{43}$/, '')), 404);
    const id = address.replace('ws:', 'http:');
    assert.equal((await request('GET', id)).status, 404, 'nor for anything else');
  });

  it('ends a channel that was not used yet when its address is deleted', async () => {
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open });
    const id = address.replace('ws:', 'http:');
    assert.equal((await request('GET', id)).status, 405);
    assert.equal((await request('DELETE', id)).status, 204);
    assert.equal(await refusal(address), 404);
  });

  it('goes on after the message whose id "since" names, or after the change of that number', async () => {
    const topic = await owner.box(bob);
    const asked = { topic, 'notify:depth': 'infinity' };
    using first = await listen(server.url, asked, as(bob));
    await owner.put(`${topic}a`, '');
    await owner.put(`${topic}b`, '');
    const all = [await first.next(), await first.next(), await first.next(), await first.next()];
    for (const [i, { id }] of all.entries()) {
      using again = await connect(`${await receiveFrom(server.url, 'WebSocketChannel2023', asked, as(bob))}?since=${id}`);
      const [rest, marker] = [all.slice(i + 1), `${topic}marker${i}`];
      for (const message of rest) assert.deepEqual(await again.next(), message);
      await owner.put(marker, '');
      await until(again, marker);
    }
    const sequence = sequenceOf(all[1]!);
    using again = await connect(
      `${await receiveFrom(server.url, 'WebSocketChannel2023', asked, as(bob))}?since=${sequence}`);
    assert.deepEqual(await again.next(), all[2]);
  });

  it('refuses a "since" that is no message, or has not happened, and the address stays good', async () => {
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.open });
    for (const since of ['', 'yesterday', '99999999', '-1', 'urn:uuid:00000000-0000-4000-8000-000000000000']) {
      assert.equal(await refusal(`${address}?since=${since}`), 400, since);
    }
    using _ = await connect(address);
  });

  it('shows a client that drops at random, and goes on, every change once', async () => {
    const topic = await owner.box(bob);
    const seen: Message[] = [];
    // Behind the rules of the container, of whose change nobody is told here.
    await owner.put(`${topic}0`, '# first');
    const writing = (async () => {
      for (let i = 0; i < 120; i += 1) await owner.put(`${topic}${i % 7}`, `# ${i}`);
      await owner.put(`${topic}last`, '');
    })();
    let since = '';
    const asked = { topic, 'notify:depth': 'infinity' };
    const before = (await request('GET', topic, as(server.owner))).headers.etag!;
    // The first subscription may come after the first changes: it begins with the number that the container had.
    since = `?since=${Number.parseInt(/-([0-9a-z]+)-/.exec(before)![1]!, 36)}`;
    const start = Number.parseInt(since.slice(7), 10);
    for (let done = false; !done;) {
      using channel = await connect(`${await receiveFrom(server.url, 'WebSocketChannel2023', asked, as(bob))}${since}`);
      for (let i = Math.ceil(Math.random() * 30); i > 0 && !done; i -= 1) {
        const message = await channel.next();
        seen.push(message);
        since = `?since=${message.id}`;
        done = message.type === 'Add' && message.object === `${topic}last`;
      }
    }
    await writing;
    assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length, 'each once');
    const sequences = [...new Set(seen.map(sequenceOf))];
    assert.deepEqual(sequences, Array.from(sequences, (_, i) => start + 1 + i), 'in order, none missing');
  });

  it('begins with a message when the topic is in another state than the subscriber knows ("state")', async () => {
    const topic = `${server.open}state.ttl`;
    const { headers: { etag } } = await request('PUT', topic, turtle, '');
    const { headers: { etag: jsonLd } } = await request('GET', topic, { accept: 'application/ld+json' });
    const same = await Promise.all([etag!, etag!.replaceAll('"', ''), jsonLd!, `W/${etag}`]
      .map((state) => listen(server.url, { topic, state })));
    using other = await listen(server.url, { topic, state: '"another"' });
    assert.deepEqual((({ type, object, state }) => [type, object, state])(await other.next()), ['Update', topic, etag]);
    const { headers: { etag: next } } = await request('PUT', topic, turtle, '# changed');
    for (const channel of [...same, other]) {
      assert.equal((await channel.next()).state, next);
      channel[Symbol.dispose]();
    }
  });

  it('is silent before "startAt"', async () => {
    const topic = `${server.open}start.ttl`;
    using later = await listen(server.url, { topic, startAt: new Date(Date.now() + 3_600_000).toISOString() });
    using now = await listen(server.url, { topic, startAt: new Date(Date.now() - 3_600_000).toISOString() });
    await request('PUT', topic, turtle, '');
    await now.next();
    assert.deepEqual(later.inbox.rest, []);
  });

  it('ends the connection at "endAt", and at the latest when the life of a channel is over', async () => {
    const topic = `${server.open}end.ttl`;
    const soon = new Date(Date.now() + 1000).toISOString();
    using channel = await listen(server.url, { topic, endAt: soon });
    assert.equal(await channel.closed, 1000);
    const past = await subscribe(server.url, 'WebSocketChannel2023', { topic, endAt: soon });
    assert.equal(past.status, 422);
    const { text } = await subscribe(server.url, 'WebSocketChannel2023', { topic, endAt: '2999-01-01T00:00:00Z' });
    const { endAt } = JSON.parse(text) as { endAt: string };
    assert(Math.abs(Date.parse(endAt) - Date.now() - 14 * 86_400_000) < 60_000, endAt);
  });

  it('tells within the time of "rate" no more than one message, the last', async () => {
    const topic = `${server.open}rate.ttl`;
    using hourly = await listen(server.url, { topic, rate: 'PT1H' });
    using often = await listen(server.url, { topic, rate: 'PT0.3S' });
    using all = await listen(server.url, { topic });
    for (let i = 0; i < 10; i += 1) await request('PUT', topic, turtle, `# ${i}`);
    const every = (await all.inbox.take(10)).map((text) => (JSON.parse(text) as Message).id);
    assert.equal((await hourly.next()).id, every[0]);
    const seen: string[] = [];
    while (seen.at(-1) !== every[9]) seen.push((await often.next()).id);
    assert.deepEqual(seen, every.filter((id) => seen.includes(id)), 'in order, each once');
    assert.deepEqual(hourly.inbox.rest, []);
  });

  it('closes when the pod is gone', async () => {
    const { people, pods, notifications } = server.app;
    const account = (await people.accounts.accounts.byEmail('alice@example.org'))!;
    const { pod } = await people.accounts.accounts.addPod(account.id, { name: 'gone', open: ['open/'] });
    using channel = await listen(server.url, { topic: `${pod.base}open/` });
    await pods.destroy(pod.id);
    notifications.core.feed.wake(pod.id);
    assert.equal(await channel.closed, 1000);
  });

  it('closes on what a subscriber sends that is too long', async () => {
    using channel = await listen(server.url, { topic: server.open });
    channel.socket.send('x'.repeat(8 * 1024));
    channel.socket.send('x'.repeat(8 * 1024 + 1));
    assert.equal(await channel.closed, 1009);
  });
});
