import assert from 'node:assert/strict';
import { createSolidLdoDataset } from '@ldo/connected-solid';
import type { SolidContainer, SolidLeaf } from '@ldo/connected-solid';
import { SubscriptionClient } from '@solid-notifications/subscription';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { Inbox, connect } from '../notifications/subscribe.ts';

const notify = 'http://www.w3.org/ns/solid/notifications#';

describe('Clients of notifications', () => {
  let server: TestServer;
  const { setTimeout: own } = globalThis;
  before(async () => {
    server = await startServer();
    // LDO connects again, after five seconds each, also when it closed a connection itself: not beyond the tests.
    globalThis.setTimeout = Object.assign((...given: Parameters<typeof own>) => {
      const timer = own(...given);
      return given[1] === 5000 ? timer.unref() : timer;
    }, own);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    globalThis.setTimeout = own;
  });

  const put = (url: string, body = ''): Promise<Response> =>
    fetch(url, { method: 'PUT', headers: { 'content-type': 'text/turtle' }, body });

  describe('@solid-notifications/subscription', () => {
    for (const type of ['WebSocketChannel2023', 'StreamingHTTPChannel2023'] as const) {
      it(`finds the service for ${type}, subscribes, and gets what it is told`, async () => {
        const topic = `${server.open}${type}.ttl`;
        await put(topic);
        const client = new SubscriptionClient(fetch);
        const channel = await client.subscribe(topic, `${notify}${type}` as never);
        assert.equal(channel.topic, topic);
        assert.equal(channel.type, `${notify}${type}`);
        if (type === 'WebSocketChannel2023') {
          using listening = await connect(channel.receiveFrom ?? '');
          await put(topic, '# changed');
          assert.equal((await listening.next()).type, 'Update');
        } else {
          const aborting = new AbortController();
          const response = await fetch(channel.receiveFrom ?? '', { signal: aborting.signal });
          await put(topic, '# changed');
          const { value } = await response.body!.getReader().read();
          assert.equal((JSON.parse(Buffer.from(value ?? []).toString()) as { type: string }).type, 'Update');
          aborting.abort();
        }
      });
    }
  });

  describe('@ldo/connected-solid', () => {
    it('reads a document anew when it changes, and a container when something comes', async () => {
      const dataset = createSolidLdoDataset();
      dataset.setContext('solid', { fetch });
      const document = dataset.getResource(`${server.open}ldo-live.ttl`) as SolidLeaf;
      const container = dataset.getResource(server.open) as SolidContainer;
      await put(document.uri, '<> <https://example.org/p> "one".');
      await document.read();
      await container.read();
      const news = new Inbox<string>();
      const subscriptions = [
        await document.subscribeToNotifications({ onNotification: ({ type }: { type: string }) => news.put(`document ${type}`) }),
        await container.subscribeToNotifications({ onNotification: ({ type }: { type: string }) => news.put(`container ${type}`) }),
      ];
      await put(document.uri, '<> <https://example.org/p> "two".');
      assert.equal(await news.next(), 'document Update');
      await put(`${server.open}ldo-new.ttl`);
      assert.equal(await news.next(), 'container Add');
      await document.unsubscribeFromNotifications(subscriptions[0]!);
      await container.unsubscribeFromNotifications(subscriptions[1]!);
    });
  });
});
