import assert from 'node:assert/strict';
import { decodeProtectedHeader } from 'jose';
import { TokenBearer } from '../../clients/dpop.ts';
import type { ChildServer } from '../../clients/child-server.ts';
import { FrailNode } from './frail-node.ts';
import { measure, measureBelow } from './latency.ts';
import type { Latency, Reading } from './latency.ts';
import { communityServer, startNode } from './nodes.ts';
import { makeContainer, makeMember, share, write } from './shared-access.ts';
import type { Member } from './shared-access.ts';

/** How an issuer fails, and what those of its users see of it of whom our node does not know anything yet. */
interface Trouble {
  readonly name: string;
  readonly sees: 401 | 503;
  begin(node: FrailNode): void | Promise<void>;
  end(node: FrailNode): void | Promise<void>;
}

const pass = ({ proxy }: FrailNode): void => { proxy.conduct = 'pass'; };

const troubles: readonly Trouble[] = [
  {
    name: 'is killed', sees: 503,
    async begin(node) {
      await node.stop('SIGKILL');
      await node.proxy.close();
    },
    async end(node) {
      await node.restart();
      await node.proxy.reopen();
    },
  },
  { name: 'hangs', sees: 503, begin: (node) => node.freeze(), end: (node) => node.thaw() },
  { name: 'answers 500', sees: 503, begin: ({ proxy }) => { proxy.conduct = 'error'; }, end: pass },
  { name: 'answers a byte now and then', sees: 503, begin: ({ proxy }) => { proxy.conduct = 'drip'; }, end: pass },
  { name: 'answers garbage', sees: 401, begin: ({ proxy }) => { proxy.conduct = 'garbage'; }, end: pass },
  { name: 'answers with what is not its own', sees: 401, begin: ({ proxy }) => { proxy.conduct = 'lie'; }, end: pass },
];

/** An issuer that will fail, and its users: one whom our node knows well, and one whom it has never seen. */
interface Issuer {
  readonly node: FrailNode;
  readonly known: Member;
  /** A token of the same user that our node has not seen. */
  readonly another: TokenBearer;
  readonly stranger: Member;
}

async function startIssuer(name: string): Promise<Issuer> {
  const node = await FrailNode.start();
  const known = await makeMember(node.url, `${name}-known`);
  return {
    node, known,
    another: await TokenBearer.login(known.issuer, known.credential),
    stranger: await makeMember(node.url, `${name}-stranger`),
  };
}

/** Longer than anything that another node has told ours is fresh (`remote/freshness.ts`), in milliseconds. */
const fresh = 31_000;
/** For how long our node waits for a document of another server. */
const remoteSeconds = 2;
/** For how long it may take to answer, when it waits for one document. */
const patience = remoteSeconds * 1_000 + 2_000;
/** The same for three: of the WebID, of the issuer, and of its keys. */
const longPatience = 3 * remoteSeconds * 1_000 + 2_000;
/** For how long our node does not fetch keys again that it has just fetched. */
const recent = 11_000;
/** How many requests a latency is measured over. */
const count = 300;
/** How much longer than before others may wait, in milliseconds. */
const tolerance = 50;

/** RFC 9449, section 7.1 */
const whyInvalid = /^DPoP .*error="invalid_token", error_description=".+"/;

describe('issuers in trouble', () => {
  let ours: ChildServer;
  let owner: Member;
  let container: string;
  let note: string;
  let open: string;
  const issuers: Issuer[] = [];
  let others: Reading[];
  let usual: Latency;
  /** When our node last fetched what it knows of the issuers that fail. */
  let primed: number;
  let keyed: Issuer;
  /** When our node last fetched the keys of the issuer that changes them. */
  let keysFetched: number;

  before(async function () {
    this.timeout(120_000);
    const community = communityServer();
    ours = await startNode(['--remote-seconds', String(remoteSeconds)]);
    issuers.push(...await Promise.all(troubles.map((_, i) => startIssuer(`issuer${i}`))));
    keyed = await startIssuer('keyed');
    owner = await makeMember(ours.url, 'owner');
    const visitor = await makeMember((await community).url, 'bystander');
    container = await makeContainer(owner, 'shared');
    await share(owner, container,
      [visitor, ...[...issuers, keyed].flatMap(({ known, stranger }) => [known, stranger])].map(({ webId }) => webId));
    note = `${container}note.txt`;
    open = `${ours.open}open.txt`;
    assert.equal(await write(owner.user, note, 'a note'), 201);
    assert.equal(await write(owner.user, open, 'for all'), 201);
    for (const { known } of [...issuers, keyed]) assert.equal((await known.user.fetch(note)).status, 200, known.webId);
    primed = performance.now();
    others = [owner, visitor].map(({ user }) => ({ user, url: note }));
    await measure(others, count);
    usual = await measure(others, count);
  });
  after(async () => {
    await ours?.stop();
    await Promise.all([...issuers, ...(keyed ? [keyed] : [])].map(({ node }) => node[Symbol.asyncDispose]()));
  });

  for (const [i, { name, sees, begin }] of troubles.entries()) {
    it(`one that ${name} costs its new users a ${sees}, known ones nothing, and others no time`, async function () {
      this.timeout(40_000);
      const { node, known, stranger } = issuers[i]!;
      await begin(node);
      const crowd = Promise.all(Array.from({ length: 8 }, () => timed(stranger.user, note)));
      const during = await measureBelow(usual.p99 + tolerance, others, count);
      assert(during.p99 <= usual.p99 + tolerance, `p99 of others: ${usual.p99} ms before, ${during.p99} ms now`);

      for (const { response, time } of await crowd) {
        assert(time < patience, `after ${time} ms`);
        assert.equal(response.status, sees);
        if (sees === 503) assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d?$/);
        else assert.match(response.headers.get('www-authenticate') ?? '', whyInvalid);
      }
      for (let again = 0; again < 5; again += 1) {
        const { response, time } = await timed(known.user, note);
        assert.equal(response.status, 200);
        assert(time < 1_000, `after ${time} ms`);
      }
      // It was asked a moment ago, so it is not asked again, and nobody waits for it.
      const again = await timed(stranger.user, note);
      assert.equal(again.response.status, sees);
      assert(again.time < 1_000, `after ${again.time} ms`);
    });

    it(`one that ${name} does not keep its new users from what is public`, async function () {
      this.timeout(15_000);
      const { response, time } = await timed(issuers[i]!.stranger.user, open);
      assert.equal(response.status, 200);
      if (sees === 401) assert.match(response.headers.get('www-authenticate') ?? '', whyInvalid);
      assert(time < patience, `after ${time} ms`);
    });
  }

  it('one that signs with a new key is believed at once, and what the old one signed too', async function () {
    this.timeout(40_000);
    const { node, known, another } = keyed;
    await until(primed + recent);
    await node.command('keys', 'rotate', '--urgent');
    const signedAnew = await TokenBearer.login(known.issuer, known.credential);
    assert.notEqual(keyOf(signedAnew), keyOf(another));
    for (const user of [signedAnew, known.user]) assert.equal((await timed(user, note)).response.status, 200);
    keysFetched = performance.now();
    await node.command('keys', 'revoke', keyOf(another));
  });

  it('cost users whom we know nothing when nothing we have of them is fresh any more', async function () {
    this.timeout(60_000);
    await until(primed + fresh);
    await Promise.all(issuers.map(async ({ known, another }, i) => {
      const { name, sees } = troubles[i]!;
      if (sees === 401) return;
      const seen = await timed(known.user, note);
      assert.equal(seen.response.status, 200, name);
      assert(seen.time < 1_000, `${name}: after ${seen.time} ms`);
      // Its signature is checked with the keys that we have.
      const { response, time } = await timed(another, note);
      assert.equal(response.status, 200, name);
      assert(time < longPatience, `${name}: after ${time} ms`);
    }));
  });

  it('let their users in again when they are back', async function () {
    this.timeout(90_000);
    for (const [i, { end }] of troubles.entries()) await end(issuers[i]!.node);
    const limit = performance.now() + 70_000;
    for (const [i, { stranger, known, another }] of issuers.entries()) {
      let status: number;
      do {
        await until(performance.now() + 250);
        status = (await timed(stranger.user, note)).response.status;
      } while (status !== 200 && performance.now() < limit);
      const statuses = [status];
      for (const user of [known.user, another]) statuses.push((await timed(user, note)).response.status);
      assert.deepEqual(statuses, [200, 200, 200], troubles[i]!.name);
    }
  });

  it('one that takes back a key is not believed what that signed, once we look at its keys again', async function () {
    this.timeout(60_000);
    const { known, another } = keyed;
    await until(keysFetched + fresh);
    const { response } = await timed(another, note);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate') ?? '', whyInvalid);
    const renewed = await TokenBearer.login(known.issuer, known.credential);
    assert.equal((await timed(renewed, note)).response.status, 200);
  });
});

/** Waits until a time of `performance.now()`. */
async function until(time: number): Promise<void> {
  await new Promise((resolve) => { setTimeout(resolve, time - performance.now()); });
}

/** The name of the key that signed somebody's token. */
function keyOf({ token }: TokenBearer): string {
  return decodeProtectedHeader(token).kid!;
}

async function timed(user: TokenBearer, url: string): Promise<{ response: Response; time: number }> {
  const headers = await user.headers('GET', url);
  const begin = performance.now();
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
  await response.arrayBuffer();
  return { response, time: performance.now() - begin };
}
