import assert from 'node:assert/strict';
import type { ChildServer } from '../../clients/child-server.ts';
import { communityServer, startNode } from './nodes.ts';
import { makeContainer, makeMember, share, write } from './shared-access.ts';
import type { Member } from './shared-access.ts';

/** Two nodes of ours and a Community Solid Server. Everyone logs in where they have their own pod. */
const nodeNames = ['ours', 'another of ours', 'a Community Solid Server'] as const;
type NodeName = typeof nodeNames[number];

describe('federation', () => {
  const ours: ChildServer[] = [];
  /** On each node: someone who shares a container, and someone whom others let in. */
  const members = new Map<NodeName, { owner: Member; visitor: Member }>();

  before(async function () {
    this.timeout(120_000);
    const [one, two, community] = await Promise.all([startNode(), startNode(), communityServer()]);
    ours.push(one, two);
    for (const [i, { url }] of [one, two, community].entries()) {
      const [owner, visitor] = [await makeMember(url, `owner${i}`), await makeMember(url, `visitor${i}`)];
      members.set(nodeNames[i]!, { owner, visitor });
    }
  });
  after(async () => { await Promise.all(ours.map((server) => server.stop())); });

  for (const host of nodeNames) {
    for (const home of nodeNames) {
      it(`a user of ${home} writes into a pod of ${host}, once and as long as its owner lets them`, async function () {
        this.timeout(20_000);
        const { owner } = members.get(host)!;
        const { visitor } = members.get(home)!;
        const others = nodeNames.filter((name) => name !== home).map((name) => members.get(name)!.visitor);
        const container = await makeContainer(owner, `for-${nodeNames.indexOf(home)}`);
        const url = `${container}note.txt`;
        assert.equal(await write(visitor.user, url, 'too early'), 403);

        await share(owner, container, [visitor.webId]);
        assert.equal(await write(visitor.user, url, `from ${visitor.webId}`), 201);
        assert.equal(await (await owner.user.fetch(url)).text(), `from ${visitor.webId}`);
        assert.equal(await (await visitor.user.fetch(url)).text(), `from ${visitor.webId}`);
        for (const other of others) assert.equal((await other.user.fetch(url)).status, 403, other.webId);
        assert.equal((await fetch(url)).status, 401);

        await share(owner, container, []);
        assert.equal(await write(visitor.user, url, 'too late'), 403);
        assert.equal((await visitor.user.fetch(url)).status, 403);
      });
    }
  }
});
