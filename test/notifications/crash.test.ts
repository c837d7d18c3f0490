/**
 * A server in a process of its own is killed again and again while clients write, and while it tells a webhook whose
 * receiver fails at random. In the end each change that was acknowledged has arrived, in order.
 * `FREEHOLD_WEBHOOK_KILLS` tells how often it is killed, after 100 changes each time.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { freePort } from '../../src/http/server.ts';
import { makePerson } from '../clients/account-script.ts';
import { startChild } from '../clients/child-server.ts';
import type { ChildServer } from '../clients/child-server.ts';
import { TokenBearer } from '../clients/dpop.ts';
import { request } from '../solid/request.ts';
import type { Answer } from '../solid/request.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { context } from './subscribe.ts';
import type { Message } from './subscribe.ts';

const kills = Number(process.env['FREEHOLD_WEBHOOK_KILLS'] ?? 2);
// The server would take it for an option of its own.
delete process.env['FREEHOLD_WEBHOOK_KILLS'];
const changesPerKill = 100;
const writers = 4;
/** How often the receiver refuses, and how often it breaks the connection. */
const refusing = 0.1;
const breaking = 0.1;

describe('a server that is killed while it tells a webhook', function () {
  this.timeout(60_000 + kills * 30_000);

  it(`tells every change that it acknowledged, in order, after ${kills} kills`, async () => {
    const data = await temporaryDirectory();
    const port = await freePort();
    const start = (): Promise<ChildServer> => startChild({
      data, options: [
        '--port', String(port), '--base-url', `http://localhost:${port}/`, '--log-level', 'error',
        '--remote-localhost', 'yes', '--webhook-pause-seconds', '0.05', '--webhook-give-up-seconds', '3600',
      ],
    });
    await using receiver = await startReceiver();
    const taken = takeAtRandom(receiver);
    const acknowledged: string[] = [];

    let server = await start();
    await subscribe(server, receiver.url);
    for (let kill = 0; kill < kills; kill += 1) {
      const writing = write(server.open, kill, acknowledged);
      const enough = (1 + kill) * changesPerKill;
      await writing.until(() => acknowledged.length >= enough);
      const exit = once(server.process, 'exit');
      server.process.kill('SIGKILL');
      await Promise.all([exit, writing.ended]);
      server = await start();
    }
    const { headers } = await request('PUT', `${server.open}crash/last`, { 'content-type': 'text/plain' }, 'x');
    acknowledged.push(headers.etag!);
    await taken.until(headers.etag!);
    await server.stop();

    const told = taken.first();
    const order = told.map(({ id }) => id.slice(0, 'urn:uuid:'.length + 18));
    assert.deepEqual(order, order.toSorted(), 'in the order of the change log');
    const states = new Set(told.filter(({ target }) => target === undefined).map(({ state }) => state));
    assert.deepEqual(acknowledged.filter((state) => !states.has(state)), [], 'changes that were not told');
    assert(acknowledged.length > kills * changesPerKill && taken.refused > kills);
  });
});

/** Has a receiver fail at random, and keep what it took. */
function takeAtRandom(receiver: Receiver) {
  const taken: Message[] = [];
  let refused = 0;
  let came = (): void => {};
  receiver.answering = (response, { body }) => {
    const fate = Math.random();
    if (fate < refusing + breaking) refused += 1;
    if (fate < refusing) response.writeHead(503).end();
    else if (fate < refusing + breaking) response.destroy();
    else {
      taken.push(JSON.parse(body) as Message);
      response.writeHead(204).end();
      came();
    }
  };
  return {
    get refused() { return refused; },
    /** What was taken, each once, in the order in which it came first. */
    first: () => [...new Map(taken.toReversed().map((message) => [message.id, message])).values()].toReversed()
      .toSorted((one, other) => indexOf(taken, one) - indexOf(taken, other)),
    until: (state: string) => new Promise<void>((resolve) => {
      came = () => { if (taken.at(-1)?.state === state) resolve(); };
      came();
    }),
  };
}

function indexOf(taken: readonly Message[], { id }: Message): number {
  return taken.findIndex((message) => message.id === id);
}

async function subscribe({ url, open }: ChildServer, sendTo: string): Promise<void> {
  const person = await makePerson(url, { email: 'carol@example.org', password: 'correct horse battery', pod: 'carol' });
  const carol = await TokenBearer.login(url, person.credential);
  await request('PUT', `${open}crash/`);
  const answer = await carol.fetch(`${url}.notifications/WebhookChannel2023/`, {
    method: 'POST', headers: { 'content-type': 'application/ld+json' },
    body: JSON.stringify({
      '@context': [context], 'type': 'WebhookChannel2023', 'topic': `${open}crash/`, sendTo, 'notify:depth': 'infinity',
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Several clients write until the server is gone, each one change after the other; their entity tags are noted. */
function write(open: string, round: number, acknowledged: string[]) {
  let check = (): void => {};
  const work = async (writer: number): Promise<void> => {
    for (let count = 0; ; count += 1) {
      let answer: Answer;
      try {
        answer = await request('PUT', `${open}crash/${writer}-${count % 10}`, { 'content-type': 'text/plain' }, `${round} ${count}`);
      } catch {
        return;
      }
      assert([201, 204].includes(answer.status), `${answer.status} ${answer.text}`);
      acknowledged.push(answer.headers.etag!);
      check();
    }
  };
  return {
    ended: Promise.all(Array.from({ length: writers }, (_, writer) => work(writer))),
    until: (enough: () => boolean) => new Promise<void>((resolve) => {
      check = () => { if (enough()) resolve(); };
      check();
    }),
  };
}
