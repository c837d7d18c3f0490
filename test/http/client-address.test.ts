import assert from 'node:assert/strict';
import type { Context } from 'koa';
import { clientAddress } from '../../src/http/client-address.ts';

describe('the address that a request came from', () => {
  const rows: [proxies: number, forwarded: string[], address: string][] = [
    [0, [], '10.0.0.9'],
    [0, ['203.0.113.7'], '10.0.0.9'],
    [1, [], '10.0.0.9'],
    [1, ['203.0.113.7'], '203.0.113.7'],
    [1, ['198.51.100.1, 203.0.113.7'], '203.0.113.7'],
    [1, ['198.51.100.1', '203.0.113.7'], '203.0.113.7'],
    [2, ['198.51.100.1, 203.0.113.7, 10.0.0.8'], '203.0.113.7'],
    [2, ['203.0.113.7'], '203.0.113.7'],
    [1, [' , '], '10.0.0.9'],
  ];
  for (const [proxies, forwarded, address] of rows) {
    it(`is ${address} behind ${proxies} proxies that say ${JSON.stringify(forwarded)}`, () => {
      const req = { socket: { remoteAddress: '10.0.0.9' }, headersDistinct: { 'x-forwarded-for': forwarded } };
      assert.equal(clientAddress(proxies)({ req } as unknown as Context), address);
    });
  }
});
