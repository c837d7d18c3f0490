import assert from 'node:assert/strict';
import { Fetcher, UpdateManager, graph, lit, sym } from 'rdflib';
import { WebSocket } from 'ws';
import { startServer } from '../server.ts';
import { Inbox } from './subscribe.ts';

/** The sockets that it opens, which it would open again for ever. */
const opened: WebSocket[] = [];
class KnownWebSocket extends WebSocket {
  constructor(address: string) {
    super(address);
    opened.push(this);
  }
}

describe('The live updates of rdflib', () => {
  const { WebSocket: own } = globalThis as { WebSocket?: unknown };
  before(() => { Object.assign(globalThis, { WebSocket: KnownWebSocket }); });
  after(() => {
    for (const socket of opened) {
      socket.onclose = null;
      socket.terminate();
    }
    if (own === undefined) delete (globalThis as { WebSocket?: unknown }).WebSocket;
    else Object.assign(globalThis, { WebSocket: own });
  });

  it('show in a store what another store changed', async () => {
    await using server = await startServer();
    const document = sym(`${server.open}rdflib-live.ttl`);
    const [me, name] = [sym(`${document.value}#me`), sym('http://xmlns.com/foaf/0.1/name')];
    const headers = { 'content-type': 'text/turtle' };
    await fetch(document.value, { method: 'PUT', headers, body: '<#me> <http://xmlns.com/foaf/0.1/name> "Ann".' });

    const store = graph();
    const fetcher = new Fetcher(store, { fetch: globalThis.fetch, timeout: 3000 });
    const updater = new UpdateManager(store);
    await fetcher.load(document);
    const changes = new Inbox<null>();
    updater.addDownstreamChangeListener(document, () => changes.put(null));
    const [socket] = opened;
    await new Promise<void>((resolve) => {
      socket!.addEventListener('message', ({ data }) => { if ((data as string).startsWith('ack')) resolve(); });
    });

    const response = await fetch(document.value, {
      method: 'PATCH', headers: { 'content-type': 'application/sparql-update' },
      body: `DELETE DATA { <#me> <${name.value}> "Ann" }; INSERT DATA { <#me> <${name.value}> "Bea" }`,
    });
    assert(response.ok, await response.text());
    await changes.next();
    assert(store.holds(me, name, lit('Bea'), document));
    assert(!store.holds(me, name, lit('Ann'), document));
    for (const one of opened) {
      one.onclose = null;
      one.terminate();
    }
  });
});
