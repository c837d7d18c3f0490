import assert from 'node:assert/strict';
import { mayConnect, parseAddressRanges } from '../../src/remote/address.ts';

const closed = { allow: [], localhost: false };

describe('An address of the public Internet', () => {
  const global = [
    '1.1.1.1', '93.184.216.34', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255',
    '223.255.255.255', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '::ffff:1.1.1.1', '::ffff:101:101',
    '64:ff9b::1.1.1.1', '64:ff9b::5db8:d822',
  ];
  for (const address of global) {
    it(`may be connected to with TLS, and only so: ${address}`, () => {
      assert.equal(mayConnect(address, false, closed), true);
      assert.equal(mayConnect(address, true, closed), false);
      assert.equal(mayConnect(address, true, { allow: [], localhost: true }), false);
    });
  }
});

/** Addresses of every kind that is not global, by the name of the kind. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.1.2.3', '::'],
  'loopback': ['127.0.0.1', '127.255.255.255', '::1'],
  'private': ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  'link-local': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'reserved': ['192.0.0.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '240.0.0.1', '255.255.255.255', '4000::1', '5f00::1'],
  'documentation': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'multicast': ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'unique local': ['fc00::1', 'fd12:3456:789a::1'],
  'site-local': ['fec0::1'],
  'mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:c0a8:1'],
  'compatible, translated': ['::127.0.0.1', '::1.1.1.1', '::101:101', '::ffff:0:127.0.0.1'],
  'NAT64 of a private one': ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::a9fe:a9fe'],
  'local NAT64': ['64:ff9b:1::1.1.1.1', '64:ff9b:1::7f00:1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:101:101::1'],
  'Teredo': ['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'discard, benchmarking, ORCHID': ['100::1', '2001:2::1', '2001:10::1', '2001:20::1'],
  'no address at all': ['', 'localhost', '1.1.1', '0x7f.1', '1.1.1.1.', '[::1]', '1.1.1.1/8'],
};

describe('Any other address', () => {
  for (const [kind, addresses] of Object.entries(kinds)) {
    it(`may not be connected to: ${kind}`, () => {
      const found = addresses.filter((address) => [true, false].some((plain) => mayConnect(address, plain, closed)));
      assert.deepEqual(found, []);
    });
  }

  it('may be connected to if it is loopback, in development', () => {
    const development = { allow: [], localhost: true };
    const may = Object.values(kinds).flat().filter((address) => mayConnect(address, true, development));
    assert.deepEqual(may, ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']);
  });
});

describe('Ranges of addresses that are allowed', () => {
  const allow = parseAddressRanges('10.1.0.0/16, fd00::/8,192.168.0.7')!;
  const cases: [address: string, may: boolean][] = [
    ['10.1.0.0', true], ['10.1.255.255', true], ['10.2.0.0', false], ['::ffff:10.1.2.3', true], ['192.168.0.7', true],
    ['192.168.0.8', false], ['fd12::1', true], ['fc12::1', false], ['64:ff9b::10.1.0.1', false], ['127.0.0.1', false],
  ];
  for (const [address, may] of cases) {
    it(`${may ? 'hold' : 'do not hold'} ${address}`, () => {
      assert.equal(mayConnect(address, true, { allow, localhost: false }), may);
      assert.equal(mayConnect(address, false, { allow, localhost: false }), may);
    });
  }

  for (const text of ['', '10.0.0.0/33', 'fd00::/129', '10.0.0/8', '10.0.0.0/', '10.0.0.0/8,', 'pod.test', '010.0.0.0/8',
    '0x0a.0.0.0/8', '10.0.0.0/8 fd00::/8', '10.0.0.0/-1', 'fe80::1%eth0/64']) {
    it(`are not '${text}'`, () => assert.equal(parseAddressRanges(text), undefined));
  }
});
