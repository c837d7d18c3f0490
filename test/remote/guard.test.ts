import assert from 'node:assert/strict';
import { parseAddressRanges } from '../../src/remote/address.ts';
import { failure, names, openRemote, serve } from './servers.ts';
import type { TestServer } from './servers.ts';

const any = { accept: '*/*' };

describe('The guard of what goes out', () => {
  let server: TestServer;
  before(async () => { server = await serve((_request, response) => response.end('reached')); });
  after(() => server[Symbol.asyncDispose]());

  const literals = [
    '127.0.0.1', '127.1', '127.0.0.1.', '0x7f000001', '0x7f.0.0.1', '0X7F.1', '2130706433', '017700000001', '0177.0.0.1',
    '%31%32%37.0.0.1', '１２７.0.0.1', '①②⑦.0.0.1', '127。0。0。1', '0', '0.0.0.0', '10.0.0.1', '169.254.169.254',
    '2852039166', '100.64.0.1', '192.168.1.1', '172.16.0.1', '224.0.0.1', '255.255.255.255', '[::]', '[::1]',
    '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]',
    '[64:ff9b:1::1.1.1.1]', '[2002:7f00:1::]', '[2001::1]', '[fe80::1]', '[fc00::1]', '[ff02::1]',
    'localhost', 'LOCALHOST.', 'alice.localhost',
  ];
  for (const host of literals) {
    it(`refuses https://${host}/ without a connection`, async () => {
      await using remote = openRemote({ remoteLocalhost: false });
      const { message } = await failure(remote.get(`https://${host}:${server.port}/`, any), 'refused');
      assert.match(message, /is not at a public address/);
      assert.deepEqual(server.asked, []);
    });
  }

  const answers: [what: string, addresses: string[]][] = [
    ['a loopback address', ['127.0.0.1']],
    ['a private address', ['10.0.0.1']],
    ['the metadata service of a cloud', ['169.254.169.254']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['the address of a private network of IPv6', ['fd00::1']],
    ['NAT64 of a private address', ['64:ff9b::10.0.0.1']],
    ['6to4', ['2002:7f00:1::']],
    ['a public and a private address', ['93.184.216.34', '10.0.0.1']],
    ['a private and a public address', ['127.0.0.1', '93.184.216.34']],
    ['what is no address', ['pod.test']],
  ];
  for (const [what, addresses] of answers) {
    it(`refuses a name that resolves to ${what}`, async () => {
      const { lookup } = names({ 'pod.test': addresses });
      await using remote = openRemote({ remoteLocalhost: false, lookup });
      const { message } = await failure(remote.get(`https://pod.test:${server.port}/`, any), 'refused');
      assert.doesNotMatch(message, /\d/);
    });
  }

  const forms: [what: string, url: string][] = [
    ['http', 'http://93.184.216.34/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a scheme that only looks like one', 'data:text/plain,https://pod.test/'],
    ['a user name', 'https://alice@pod.test/'],
    ['a password', 'https://:secret@pod.test/'],
    ['the port of SSH', 'https://pod.test:22/'],
    ['the port of SMTP', 'https://pod.test:25/'],
    ['port 0', 'https://pod.test:0/'],
    ['the port of IRC', 'https://pod.test:6667/'],
    ['a host that is none', 'https://1.2.3.4.5/'],
    ['no host', 'https://'],
    ['no URL', 'pod.test'],
    ['an endless URL', `https://pod.test/${'a'.repeat(2048)}`],
    ['a URL that grows when it is encoded', `https://pod.test/${'ü'.repeat(500)}`],
  ];
  for (const [what, url] of forms) {
    it(`refuses ${what}, without a lookup`, async () => {
      const { lookup, asked } = names({ 'pod.test': ['127.0.0.1'] });
      await using remote = openRemote({ remoteLocalhost: false, lookup });
      const error = await failure(remote.get(url, any), 'refused');
      assert.equal(error.asked, false);
      assert.deepEqual(asked, []);
      await failure(remote.request(url, { method: 'POST', headers: {} }), 'refused');
    });
  }

  it('shows no query and no password in its messages', async () => {
    await using remote = openRemote();
    const { message } = await failure(remote.get('https://u:secret@pod.test/a?token=secret#secret', any), 'refused');
    assert.equal(message, 'https://pod.test/a is not fetched, because its URL holds a user name or a password.');
  });

  it('refuses http to a public address in development too', async () => {
    await using remote = openRemote({ lookup: names({ 'pod.test': ['93.184.216.34'] }).lookup });
    await failure(remote.get('http://pod.test/', any), 'refused');
    await failure(remote.get('http://93.184.216.34/', any), 'refused');
  });

  it('refuses other private addresses in development too', async () => {
    await using remote = openRemote();
    await failure(remote.get('https://192.168.0.1/', any), 'refused');
  });

  for (const [what, host] of [
    ['literals', '127.0.0.1'], ['mapped ones', '[::ffff:127.0.0.1]'], ['localhost', 'localhost'], ['its subdomains', 'a.localhost'],
    ['names', 'pod.test'],
  ] as const) {
    it(`reaches loopback addresses in development: ${what}`, async () => {
      await using remote = openRemote({ lookup: names({ 'pod.test': ['127.0.0.1'] }).lookup });
      const { bytes } = await remote.get(`http://${host}:${server.port}/`, any);
      assert.equal(Buffer.from(bytes).toString(), 'reached');
    });
  }

  it('reaches what the operator allows, and nothing beside it', async () => {
    const remoteAllow = parseAddressRanges('127.0.0.0/30')!;
    const { lookup } = names({ 'in.test': ['127.0.0.1'], 'out.test': ['127.0.0.4'], 'half.test': ['127.0.0.1', '127.0.0.4'] });
    await using remote = openRemote({ remoteLocalhost: false, remoteAllow, lookup });
    assert.equal((await remote.get(`http://in.test:${server.port}/`, any)).status, 200);
    await failure(remote.get(`http://out.test:${server.port}/`, any), 'refused');
    await failure(remote.get(`http://half.test:${server.port}/`, any), 'refused');
    await failure(remote.get(`https://127.0.0.4:${server.port}/`, any), 'refused');
  });

  it('connects to the very addresses that it has checked, and checks them for each connection', async () => {
    const changing = ['127.0.0.1', '10.0.0.1'];
    let lookups = 0;
    await using remote = openRemote({ lookup: async () => [{ address: changing[lookups++]!, family: 4 }] });
    assert.equal((await remote.get(`http://pod.test:${server.port}/`, any)).status, 200);
    assert.equal(lookups, 1);
    await failure(remote.get(`http://pod.test:${server.port}/`, any), 'refused');
    assert.equal(lookups, 2);
  });

  it('tries the next address of a name when one does not answer', async () => {
    const { lookup } = names({ 'pod.test': ['::1', '127.0.0.1'] });
    await using remote = openRemote({ lookup });
    assert.equal((await remote.get(`http://pod.test:${server.port}/`, any)).status, 200);
  });

  it('cannot reach a name that has no address', async () => {
    await using remote = openRemote({ lookup: names({ 'pod.test': [] }).lookup });
    await failure(remote.get('https://pod.test/', any), 'unreachable');
  });

  it('says the same of all that cannot be reached', async () => {
    await using remote = openRemote({ lookup: names({ 'nobody.test': ['127.0.0.1'] }).lookup });
    const urls = ['http://nowhere.test/', 'http://nobody.test:1025/', `https://nobody.test:${server.port}/`];
    for (const url of urls) {
      const { message } = await failure(remote.get(url, any), 'unreachable');
      assert.equal(message, `${url} cannot be reached.`);
    }
  });
});
