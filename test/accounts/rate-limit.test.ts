import assert from 'node:assert/strict';
import { networkOf, RateLimits } from '../../src/accounts/rate-limit.ts';
import { Problem } from '../../src/problem.ts';
import { problem } from '../pods/open-pod.ts';
import { options } from './open-room.ts';

const edges = [
  ['loginAccount', 10, 15 * 60], ['loginAddress', 100, 15 * 60], ['registration', 10, 3600],
  ['resetAccount', 5, 3600], ['resetAddress', 20, 3600], ['token', 1000, 15 * 60], ['client', 200, 3600], ['link', 20, 3600],
  ['code', 10, 3600], ['challenge', 300, 15 * 60],
] as const;

describe('rate limits', () => {
  for (const [group, most, seconds] of edges) {
    it(`let ${most} pass in ${seconds} seconds in the group ${group}, and say when there are more`, () => {
      let now = 1e12;
      const limits = new RateLimits(options, () => now);
      const all = (): void => { for (let i = 0; i < most; i += 1) limits.take(group, 'a'); };
      all();
      now += seconds * 1000 - 1500;
      assert.throws(() => limits.take(group, 'a'), (error) => {
        assert.ok(error instanceof Problem);
        assert.deepEqual([error.kind, error.headers], ['too-many', { 'retry-after': '2' }]);
        return true;
      });
      limits.take(group, 'b');
      now += 1500;
      all();
      assert.throws(() => limits.take(group, 'a'), problem('too-many'));
    });
  }

  it('take back what was no try', () => {
    const limits = new RateLimits(options);
    for (let i = 0; i < 50; i += 1) {
      limits.take('loginAccount', 'a');
      limits.giveBack('loginAccount', 'a');
    }
    limits.giveBack('loginAccount', 'a');
    for (let i = 0; i < 10; i += 1) limits.take('loginAccount', 'a');
    assert.throws(() => limits.take('loginAccount', 'a'), problem('too-many'));
  });

  it('remember those that go on trying, however many others there are', () => {
    const limits = new RateLimits(options);
    for (let i = 0; i < 10; i += 1) limits.take('loginAccount', 'victim');
    for (let i = 0; i < 150_000; i += 1) {
      limits.take('loginAccount', String(i));
      if (i % 50_000 === 0) assert.throws(() => limits.take('loginAccount', 'victim'), problem('too-many'));
    }
    assert.throws(() => limits.take('loginAccount', 'victim'), problem('too-many'));
  });

  const networks: [string, string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::9', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['not an address', 'not an address'],
  ];
  for (const [address, network] of networks) {
    it(`count ${address} as ${network}`, () => assert.equal(networkOf(address), network));
  }
});
