import assert from 'node:assert/strict';
import { OwnDocuments } from '../../src/identity/own-documents.ts';
import { readTypeIndexes } from '../../src/identity/type-indexes.ts';
import { locateUrl } from '../../src/pods/addresses.ts';
import { createPod } from '../../src/pods/new-pod.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { newAccess } from '../access/new-access.ts';

const host = 'https://host.example/';
const solid = 'http://www.w3.org/ns/solid/terms#';
const webId = `${host}ann/profile/card#me`;

describe('the type indexes of a person', () => {
  const { access, pods } = newAccess({ baseUrl: host });
  const own = new OwnDocuments({ pods, locate: (url) => locateUrl('path', host, url), isPublic: (sight) => access.isPublic(sight) });
  let ann: Pod;
  let eve: Pod;
  before(async () => {
    ann = await createPod(pods, 'path', host, { name: 'ann' });
    eve = await createPod(pods, 'path', host, { name: 'eve' });
  });
  const put = async (pod: Pod, path: string, text: string): Promise<void> => {
    await pods.put(pod, pods.parsePath(path), () => undefined, { mediaType: 'text/turtle', content: { bytes: Buffer.from(text) } });
  };
  const registration = (location: string, ...classes: string[]): string => `
    [] a <${solid}TypeRegistration>; <${solid}forClass> ${classes.map((name) => `<${name}>`).join(', ')}; <${solid}instanceContainer> <${location}>.`;

  it('are found in a new pod, empty', async () => {
    assert.deepEqual(await readTypeIndexes(own, webId, [ann.base]), {
      documents: [`${ann.base}settings/publicTypeIndex.ttl`, `${ann.base}settings/privateTypeIndex.ttl`], places: [],
    });
  });

  it('say where data of which class is, by the last part of its name', async () => {
    await put(ann, '/settings/publicTypeIndex.ttl', `${registration('../bookmarks/', 'http://www.w3.org/2002/01/bookmark#Bookmark')}
      [] a <${solid}TypeRegistration>; <${solid}forClass> <https://schema.org/Movie>; <${solid}instance> <../movies.ttl>.
      [] <${solid}forClass> <https://schema.org/Book>; <${solid}instance> <../no-registration>.`);
    await put(ann, '/settings/privateTypeIndex.ttl', `${registration('../bookmarks/', 'https://schema.org/Thing', 'https://x.example/%E2%9C%93/')}
      ${registration('https://elsewhere.example/', 'https://schema.org/Dataset')}`);
    assert.deepEqual((await readTypeIndexes(own, webId, [ann.base])).places, [
      { location: `${ann.base}bookmarks/`, classes: ['Bookmark', 'Thing', '\u2713'] },
      { location: `${ann.base}movies.ttl`, classes: ['Movie'] },
      { location: 'https://elsewhere.example/', classes: ['Dataset'] },
    ]);
  });

  it('are read in the pods of the person only, whatever a document of theirs names', async () => {
    await put(eve, '/settings/prefs.ttl', `<${webId}> <${solid}publicTypeIndex> <publicTypeIndex.ttl>.`);
    await put(eve, '/settings/privateTypeIndex.ttl', registration('../secret/', 'https://schema.org/Diary'));
    const evil = `${host}eve/profile/card#me`;
    await put(eve, '/profile/card', `<#me> <${solid}privateTypeIndex> <${host}ann/settings/privateTypeIndex.ttl>, <${host}eve/../ann/settings/publicTypeIndex.ttl>,
      <${host}eve/%2e%2e/ann/settings/publicTypeIndex.ttl>, <${host}eve/settings/privateTypeIndex.ttl>.`);
    const { places } = await readTypeIndexes(own, evil, [eve.base]);
    assert.deepEqual(places, [{ location: `${eve.base}secret/`, classes: ['Diary'] }]);
    assert.deepEqual(await readTypeIndexes(own, webId, [eve.base]), { documents: [], places: [] });
    assert.deepEqual(await readTypeIndexes(own, 'https://elsewhere.example/#me', [ann.base]), { documents: [], places: [] });
  });

  it('are read up to four', async () => {
    const prefs = Array.from({ length: 5 }, (_, i) => `<${webId}> <${solid}publicTypeIndex> <../more/${i}>.`).join(' ');
    await put(ann, '/settings/prefs.ttl', prefs);
    const { documents } = await readTypeIndexes(own, webId, [ann.base]);
    assert.deepEqual(documents.map((url) => url.slice(ann.base.length)), ['settings/publicTypeIndex.ttl', 'settings/privateTypeIndex.ttl', 'more/0', 'more/1']);
  });

  it('are told up to fifty places', async () => {
    const many = Array.from({ length: 51 }, (_, i) => registration(`../many/${i}/`, 'https://schema.org/Thing')).join('');
    await put(ann, '/settings/publicTypeIndex.ttl', many);
    await put(ann, '/settings/privateTypeIndex.ttl', '');
    assert.equal((await readTypeIndexes(own, webId, [ann.base])).places.length, 50);
  });
});
