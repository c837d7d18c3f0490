import assert from 'node:assert/strict';
import { normalIri } from '../../src/access/iri.ts';

describe('IRIs in their normal form (RFC 3986, section 6.2)', () => {
  const same = [
    ['HTTPS://Pod.Example/a', 'https://pod.example/a'],
    ['https://pod.example:443/a', 'https://pod.example/a'],
    ['https://pod.example', 'https://pod.example/'],
    ['https://pod.example/a/./b/../c', 'https://pod.example/a/c'],
    ['https://pod.example/%7Eann/%2d%5F', 'https://pod.example/~ann/-_'],
    ['https://pod.example/a%2fb', 'https://pod.example/a%2Fb'],
    ['https://pod.example/café', 'https://pod.example/caf%C3%A9'],
    ['https://pod.example/card#m%65', 'https://pod.example/card#me'],
    ['did:web:pod.example', 'did:web:pod.example'],
    ['null', 'null'],
  ] as const;
  for (const [iri, normal] of same) {
    it(`is ${normal} for ${iri}`, () => {
      assert.equal(normalIri(iri), normal);
      assert.equal(normalIri(normal), normal);
    });
  }

  const different = [
    ['https://pod.example/a', 'https://pod.example/a/'],
    ['https://pod.example/a', 'http://pod.example/a'],
    ['https://pod.example/a/b', 'https://pod.example/a%2Fb'],
    ['https://pod.example/A', 'https://pod.example/a'],
    ['https://pod.example/%2541', 'https://pod.example/%41'],
    ['https://pod.example/card', 'https://pod.example/card#me'],
  ] as const;
  for (const [one, other] of different) {
    it(`keeps ${one} and ${other} apart`, () => assert.notEqual(normalIri(one), normalIri(other)));
  }
});
