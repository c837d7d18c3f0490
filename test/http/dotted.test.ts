import assert from 'node:assert/strict';
import { dotted } from '../../src/http/dotted.ts';
import { serve } from './loopback.ts';

describe('What the node answers itself', () => {
  const cases: readonly [path: string, asked: boolean][] = [
    ['/.account/', true],
    ['/.well-known/openid-configuration', true],
    ['/alice/.notifications/', true],
    ['/.account?x', true],
    ['/alice/notes.ttl', false],
    ['/alice/a.b/c..d', false],
    ['/%2Eaccount/', false],
    ['/', false],
  ];
  for (const [path, asked] of cases) {
    it(`is ${asked ? '' : 'not '}asked about ${path}`, async () => {
      await using server = await serve(dotted((ctx) => { ctx.body = 'the node'; }));
      const { status } = await fetch(new URL(path, server.url));
      assert.equal(status === 200, asked);
    });
  }
});
