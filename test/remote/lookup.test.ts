import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { nameServerLookup } from '../../src/remote/lookup.ts';

const all = { all: true } as const;

/** A name server of a few names; of others it says that there are none, and of `silent.test` nothing. */
async function nameServer() {
  const a = Buffer.from([93, 184, 216, 34]);
  const aaaa = Buffer.from('26064700470000000000000000001111', 'hex');
  const known: Record<string, Record<number, Buffer[]>> = {
    'both.test': { 1: [a, Buffer.from([10, 0, 0, 1])], 28: [aaaa] }, 'four.test': { 1: [a] }, 'six.test': { 28: [aaaa] },
  };
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (message, from) => {
    questions++;
    // RFC 1035, 4.1: a header of 12 bytes, then labels up to an empty one, then the type.
    const end = message.indexOf(0, 12) + 1;
    const labels: string[] = [];
    for (let at = 12; at < end - 1; at += message[at]! + 1) labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!));
    const name = labels.join('.').toLowerCase();
    if (name === 'silent.test') return;
    const type = message.readUInt16BE(end);
    const records = known[name]?.[type] ?? [];
    const header = Buffer.from(message.subarray(0, 12));
    header.writeUInt16BE(0x8180 + (known[name] ? 0 : 3), 2);
    header.writeUInt16BE(records.length, 6);
    header.fill(0, 8);
    const answers = records.map((data) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length]), data]));
    socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions: () => questions,
    [Symbol.dispose]() { socket.close(); },
  };
}

describe('Asking a name server', () => {
  const cases: [name: string, addresses: string[]][] = [
    ['both.test', ['2606:4700:4700::1111', '93.184.216.34', '10.0.0.1']],
    ['four.test', ['93.184.216.34']],
    ['six.test', ['2606:4700:4700::1111']],
  ];
  for (const [name, addresses] of cases) {
    it(`gives every address of ${name}`, async () => {
      using dns = await nameServer();
      const found = await nameServerLookup([dns.server])(name, all);
      assert.deepEqual(found.map(({ address }) => address), addresses);
      assert.deepEqual(found.map(({ family }) => family), addresses.map((address) => (address.includes(':') ? 6 : 4)));
    });
  }

  it('gives none when there is no such name', async () => {
    using dns = await nameServer();
    assert.deepEqual(await nameServerLookup([dns.server])('nowhere.test', all), []);
  });

  it('does not wait long for a server that says nothing, and answers others meanwhile', async () => {
    using dns = await nameServer();
    const lookup = nameServerLookup([dns.server]);
    const start = performance.now();
    const silent = Array.from({ length: 20 }, () => lookup('silent.test', all));
    assert.equal((await lookup('four.test', all)).length, 1);
    assert.ok(performance.now() - start < 500);
    await Promise.all(silent);
    assert.ok(performance.now() - start < 3000, `it took ${performance.now() - start} ms`);
  });
});
