import assert from 'node:assert/strict';
import { OwnDocuments } from '../../src/identity/own-documents.ts';
import { locateUrl } from '../../src/pods/addresses.ts';
import { createPod } from '../../src/pods/new-pod.ts';
import { Problem } from '../../src/problem.ts';
import { newAccess } from '../access/new-access.ts';

describe('documents of this node', () => {
  const host = 'https://host.example/';
  const { access, pods } = newAccess({ baseUrl: host });
  const own = new OwnDocuments({
    pods, locate: (url) => locateUrl('path', host, url), isPublic: (sight) => access.isPublic(sight),
  });
  before(() => createPod(pods, 'path', host, { name: 'ann' }));

  const rows: [webId: string, issuers: string[] | undefined][] = [
    [`${host}ann/profile/card#me`, [host]],
    [`${host}ann/profile/card#other`, []],
    [`${host}ann/profile/none#me`, []],
    [`${host}ann/profile/#me`, []],
    [`${host}ann/a//b#me`, []],
    [`${host}ann/%00#me`, []],
    [`${host}nobody/profile/card#me`, []],
    ['https://elsewhere.example/ann/profile/card#me', undefined],
    ['urn:example:ann', undefined],
  ];
  for (const [webId, issuers] of rows) {
    it(`name ${issuers?.join() || (issuers === undefined ? 'nothing that is known here' : 'no issuer')} for <${webId}>`, async () => {
      assert.deepEqual(await own.issuers(webId), issuers);
    });
  }

  it('are given to those who ask for them by their address when they are public, and else are missing', async () => {
    assert.equal((await own.document(`${host}ann/profile/card`))!.mediaType, 'text/turtle');
    assert.equal(await own.document('https://elsewhere.example/app'), undefined);
    for (const path of ['ann/settings/prefs.ttl', 'ann/none', 'ann/a//b']) {
      await assert.rejects(own.document(host + path), (error) => error instanceof Problem && error.kind === 'missing', path);
    }
  });
});
