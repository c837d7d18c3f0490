import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { failure, names, openRemote, serve, serveTcp, until } from './servers.ts';

const any = { accept: '*/*' };

describe('The limit of size', () => {
  const full = 'a'.repeat(100);
  const cases: [what: string, fits: boolean, listener: RequestListener][] = [
    ['a body that fills it', true, (_, response) => response.end(full)],
    ['a chunked body that fills it', true, (_, response) => {
      for (const letter of full) response.write(letter);
      response.end();
    }],
    ['an empty body', true, (_, response) => response.end()],
    ['one byte more', false, (_, response) => response.end(`${full}a`)],
    ['one byte more without Content-Length', false, (_, response) => {
      response.write(full);
      response.end('a');
    }],
    ['a Content-Length that is too large, before the body', false, (_, response) => {
      response.writeHead(200, { 'content-length': 101 }).flushHeaders();
    }],
    ['a chunked body without end', false, (_, response) => {
      const timer = setInterval(() => response.write(full), 1);
      response.on('close', () => clearInterval(timer));
    }],
  ];
  for (const [what, fits, listener] of cases) {
    it(`${fits ? 'allows' : 'refuses'} ${what}`, async () => {
      await using server = await serve(listener);
      await using remote = openRemote();
      const getting = remote.get(server.origin, { ...any, maxBytes: 100 });
      if (fits) assert.ok((await getting).bytes.length <= 100);
      else assert.match((await failure(getting, 'unusable')).message, /is larger than 100 bytes/);
      await until(async () => await server.openConnections() === 0);
    });
  }

  it('is that of the Remote where the request has none, and room grows with the body', async () => {
    const sent = Buffer.alloc(100_000, 'abcdefghijk');
    await using server = await serve((_, response) => {
      for (let at = 0; at < sent.length; at += 777) response.write(sent.subarray(at, at + 777));
      response.end();
    });
    await using remote = openRemote({ remoteBytes: 100_000 });
    assert.ok(sent.equals((await remote.get(server.origin, any)).bytes));
    await using narrow = openRemote({ remoteBytes: 99_999 });
    await failure(narrow.get(server.origin, any), 'unusable');
  });

  it('is not got round by compression: what is compressed is not decoded, and of no use', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    await using server = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
    await using remote = openRemote();
    assert.match((await failure(remote.get(server.origin, any), 'unusable')).message, /compressed/);
    const { bytes } = await remote.request(server.origin, { method: 'POST', headers: {} });
    assert.ok(bomb.equals(bytes));
  });

  it('is there for headers too', async () => {
    await using server = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write(`a: ${'a'.repeat(1000)}\r\n`), 1);
      socket.on('close', () => clearInterval(timer));
    });
    await using remote = openRemote();
    await failure(remote.get(`http://127.0.0.1:${server.port}/`, any), 'unreachable');
  });
});

describe('The limit of time', () => {
  const slow = { remoteSeconds: 0.3 };
  const cases: [what: string, talk: (socket: net.Socket) => void][] = [
    ['that says nothing', () => {}],
    ['that stops within its headers', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ['that sends informational answers without end', (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    }],
    ['that stops within the body', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na')],
    ['that sends the body by drops', (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n');
      const timer = setInterval(() => socket.write('a'), 5);
      socket.on('close', () => clearInterval(timer));
    }],
  ];
  for (const [what, talk] of cases) {
    it(`ends waiting for a server ${what}, and closes the connection`, async () => {
      let closed = false;
      await using server = await serveTcp((socket) => {
        socket.on('close', () => { closed = true; });
        socket.resume();
        talk(socket);
      });
      await using remote = openRemote(slow);
      await endsInTime(remote.get(`http://127.0.0.1:${server.port}/`, any));
      await until(() => closed);
    });
  }

  it('ends waiting for a server that says nothing when TLS is to begin', async () => {
    await using server = await serveTcp(() => {});
    await using remote = openRemote(slow);
    await endsInTime(remote.get(`https://127.0.0.1:${server.port}/`, any));
  });

  it('ends waiting for a server that never accepts', async function () {
    if (process.platform === 'win32') this.skip();
    const script = "require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data') as [Buffer];
    const port = Number(line);
    child.kill('SIGSTOP');
    const waiting = Array.from({ length: 4 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
    try {
      await pause(50);
      await using remote = openRemote(slow);
      await endsInTime(remote.get(`http://127.0.0.1:${port}/`, any));
    } finally {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('ends waiting for the address of a name', async () => {
    await using remote = openRemote({ ...slow, lookup: () => new Promise(() => {}) });
    await endsInTime(remote.get('https://pod.test/', any));
  });

  it('is one for all redirects together', async () => {
    await using server = await serve((request, response) => {
      setTimeout(() => response.writeHead(302, { location: `${request.url}a` }).end(), 140);
    });
    await using remote = openRemote(slow);
    await endsInTime(remote.get(server.origin, any));
    // No more than fit into the time; on a slow machine fewer do.
    assert.ok(server.asked.length <= 3, String(server.asked.length));
  });

  async function endsInTime(work: Promise<unknown>): Promise<void> {
    const start = performance.now();
    const { message } = await failure(work, 'unreachable');
    assert.match(message, /did not answer within 0\.3 seconds\.$/);
    const took = performance.now() - start;
    assert.ok(took > 250 && took < 800, `it took ${took} ms`);
  }
});

describe('The limits of requests at once', () => {
  /** A server that answers when it is told to, and knows how many wait for that. */
  async function holding() {
    const held: (() => void)[] = [];
    let most = 0;
    const server = await serve((_, response) => {
      held.push(() => response.end('done'));
      most = Math.max(most, held.length);
    });
    return { server, held, most: () => most };
  }

  it('lets as many out for one origin as it has connections; the others wait, and come first as they came', async () => {
    const { server, held, most } = await holding();
    await using _ = server;
    await using remote = openRemote({ remoteConnections: 2 });
    const all = Array.from({ length: 6 }, (_unused, i) => remote.get(`${server.origin}/${i}`, any));
    for (let done = 0; done < 6; done++) {
      await until(() => held.length === Math.min(2, 6 - done));
      held.shift()!();
    }
    await Promise.all(all);
    assert.equal(most(), 2);
    assert.deepEqual(server.asked, ['/0', '/1', '/2', '/3', '/4', '/5']);
  });

  it('keeps nobody waiting for the origin of others', async () => {
    const { server: busy, held } = await holding();
    await using _ = busy;
    await using other = await serve((_request, response) => response.end());
    await using remote = openRemote({ remoteConnections: 1 });
    const waiting = [remote.get(busy.origin, any), remote.get(busy.origin, any)];
    await remote.get(other.origin, any);
    await until(() => held.length === 1);
    held.shift()!();
    await until(() => held.length === 1);
    held.shift()!();
    await Promise.all(waiting);
  });

  it('counts waiting into the limit of time', async () => {
    const { server } = await holding();
    await using _ = server;
    await using remote = openRemote({ remoteConnections: 1, remoteSeconds: 0.2 });
    await Promise.all([1, 2, 3].map(() => failure(remote.get(server.origin, any), 'unreachable')));
    // Where the time of the first is up a moment before that of the second, that still begins; the third never does.
    assert.ok(server.asked.length < 3, String(server.asked.length));
  });

  it('lets only so many wait', async () => {
    const { server } = await holding();
    await using _ = server;
    await using remote = openRemote({ remoteConnections: 1, remoteSeconds: 0.3 });
    const start = performance.now();
    const errors = await Promise.all(Array.from({ length: 70 }, async () => {
      const error = await failure(remote.get(server.origin, any), 'unreachable');
      return { error, at: performance.now() - start };
    }));
    const turnedAway = errors.filter(({ error }) => error.message.startsWith('Too many'));
    assert.equal(turnedAway.length, 5);
    assert.ok(turnedAway.every(({ at }) => at < 200));
  });
});

describe('What is left when a Remote is disposed of', () => {
  it('is no request, no connection, and none to come', async () => {
    await using server = await serve(() => {});
    const { lookup } = names({ 'pod.test': ['127.0.0.1'] });
    const remote = openRemote({ remoteConnections: 1, lookup });
    const running = [1, 2].map(() => failure(remote.get(`http://pod.test:${server.port}/`, any), 'unreachable'));
    await until(() => server.asked.length === 1);
    const start = performance.now();
    await remote[Symbol.asyncDispose]();
    await Promise.all(running);
    assert.ok(performance.now() - start < 500);
    await until(async () => await server.openConnections() === 0);
    assert.equal((await failure(remote.get(server.origin, any), 'unreachable')).asked, false);
    assert.equal(server.asked.length, 1);
  });
});
