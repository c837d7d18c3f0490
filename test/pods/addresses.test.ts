import assert from 'node:assert/strict';
import { isReachable, locate, podBase } from '../../src/pods/addresses.ts';
import type { PodAddresses } from '../../src/pods/addresses.ts';
import { problem } from './open-pod.ts';

describe('which pod a request target speaks of', () => {
  type Row = [addresses: PodAddresses, base: string, host: string, target: string, found: [base: string, path: string] | undefined];
  const plain = 'http://localhost:3000/';
  const secure = 'https://pods.example/';
  const rows: Row[] = [
    ['path', plain, 'localhost:3000', '/alice/', [`${plain}alice/`, '/']],
    ['path', plain, 'localhost:3000', '/alice/a%2Fb/c', [`${plain}alice/`, '/a%2Fb/c']],
    ['path', plain, 'localhost:3000', '/alice', [`${plain}alice/`, '']],
    ['path', plain, 'LOCALHOST:3000', '/alice/', [`${plain}alice/`, '/']],
    ['path', plain, 'localhost:3000', '/', undefined],
    ['path', plain, 'localhost:3000', '*', undefined],
    ['path', plain, 'localhost:3000', '/Alice/', undefined],
    ['path', plain, 'localhost:3000', '/-alice/', undefined],
    ['path', plain, 'localhost:3000', '/.well-known/openid-configuration', undefined],
    ['path', plain, 'localhost:3000', '/login/', undefined],
    ['path', secure, 'pods.example', '/alice/x', [`${secure}alice/`, '/x']],
    ['path', secure, 'pods.example:443', '/alice/x', [`${secure}alice/`, '/x']],
    ['path', 'http://pods.example/', 'pods.example:80', '/alice/', ['http://pods.example/alice/', '/']],
    ['path', `${secure}solid/`, 'pods.example', '/solid/alice/x', [`${secure}solid/alice/`, '/x']],
    ['path', `${secure}solid/`, 'pods.example', '/alice/x', undefined],
    ['path', `${secure}solid/`, 'pods.example', '/solid', undefined],
    ['root', plain, 'localhost:3000', '/alice/', [plain, '/alice/']],
    ['root', plain, 'localhost:3000', '/', [plain, '/']],
    ['root', `${secure}me/`, 'pods.example', '/me/card', [`${secure}me/`, '/card']],
    ['root', `${secure}me/`, 'pods.example', '/other', undefined],
    ['subdomain', secure, 'alice.pods.example', '/a/b', ['https://alice.pods.example/', '/a/b']],
    ['subdomain', secure, 'Alice.Pods.Example:443', '/', ['https://alice.pods.example/', '/']],
    ['subdomain', plain, 'alice.localhost:3000', '/', ['http://alice.localhost:3000/', '/']],
    ['subdomain', secure, 'pods.example', '/alice/', undefined],
    ['subdomain', secure, 'www.pods.example', '/', undefined],
    ['subdomain', secure, 'a.b.pods.example', '/', undefined],
    ['subdomain', secure, '.pods.example', '/', undefined],
    ['subdomain', secure, `${'a'.repeat(5000)}.pods.example`, '/', undefined],
  ];
  for (const [addresses, base, host, target, found] of rows) {
    it(`${addresses} at ${base}: ${host.slice(0, 30)} ${target} is ${found?.join(' ') ?? 'of no pod'}`, () => {
      const address = locate(addresses, base, host, target);
      assert.deepEqual(address && [address.base, address.path], found);
    });
  }

  const elsewhere: [PodAddresses, string, string | undefined][] = [
    ['path', plain, 'localhost'],
    ['path', plain, 'localhost:3001'],
    ['path', plain, 'alice.localhost:3000'],
    ['path', plain, undefined],
    ['path', secure, 'pods.example:80'],
    ['root', secure, 'pods.example.evil'],
    ['subdomain', secure, 'evilpods.example'],
    ['subdomain', secure, 'alice.pods.example:8443'],
  ];
  for (const [addresses, base, host] of elsewhere) {
    it(`${addresses} at ${base}: refuses the host ${host ?? '(none)'} and says which it is`, () => {
      assert.throws(() => locate(addresses, base, host, '/alice/'), problem('missing', new RegExp(new URL(base).host)));
    });
  }
});

describe('the base URL of a new pod', () => {
  const rows: [PodAddresses, string, string, string][] = [
    ['path', 'http://localhost:3000/', 'alice', 'http://localhost:3000/alice/'],
    ['path', 'https://h/solid/', 'a-1', 'https://h/solid/a-1/'],
    ['subdomain', 'https://h:8443/', 'alice', 'https://alice.h:8443/'],
    ['root', 'https://h/me/', 'whatever', 'https://h/me/'],
    ['path', 'https://h/', 'a'.repeat(63), `https://h/${'a'.repeat(63)}/`],
  ];
  for (const [addresses, base, name, made] of rows) {
    it(`${addresses} at ${base}: ${name} is at ${made}, and is found there`, () => {
      assert.equal(podBase(addresses, base, name), made);
      assert.equal(locate(addresses, base, new URL(made).host, new URL(made).pathname)?.base, made);
    });
  }

  for (const name of ['', 'Alice', 'a b', 'a.b', '-a', 'a-', 'ä', 'a/b', '..', 'a'.repeat(64)]) {
    it(`refuses ${JSON.stringify(name)} as a name`, () => {
      for (const addresses of ['path', 'subdomain'] as const) {
        assert.throws(() => podBase(addresses, 'https://h/', name), problem('invalid', /letters, digits and hyphens/));
      }
    });
  }

  it('refuses names that people would take for the node itself', () => {
    assert.throws(() => podBase('path', 'https://h/', 'login'), problem('invalid', /reserved/));
  });
});

describe('whether a pod is where its node answers', () => {
  const rows: [addresses: PodAddresses, base: string, pod: string, reachable: boolean][] = [
    ['path', 'http://localhost:3000/', 'http://localhost:3000/alice/', true],
    ['path', 'http://localhost:4000/', 'http://localhost:3000/alice/', false],
    ['path', 'https://localhost:3000/', 'http://localhost:3000/alice/', false],
    ['path', 'https://pods.example/solid/', 'https://pods.example/alice/', false],
    ['path', 'https://pods.example/', 'https://alice.pods.example/', false],
    ['subdomain', 'https://pods.example/', 'https://alice.pods.example/', true],
    ['subdomain', 'https://pods.example/', 'https://pods.example/alice/', false],
    ['root', 'https://pods.example/', 'https://pods.example/', true],
    ['root', 'https://pods.example/', 'https://pods.example/alice/', false],
  ];
  for (const [addresses, base, pod, reachable] of rows) {
    it(`${pod} is ${reachable ? '' : 'not '}below ${base} with addresses by ${addresses}`, () => {
      assert.equal(isReachable(addresses, base, pod), reachable);
    });
  }
});
