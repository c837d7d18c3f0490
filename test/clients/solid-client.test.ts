import assert from 'node:assert/strict';
import {
  FetchError, buildThing, createContainerAt, createContainerInContainer, createSolidDataset, createThing,
  deleteContainer, deleteFile, deleteSolidDataset, getBoolean, getContainedResourceUrlAll, getContentType, getDate,
  getDatetime, getDecimal, getEffectiveAccess, getFile, getInteger, getLinkedResourceUrlAll, getPodUrlAll,
  getProfileAll, getResourceInfo, getSolidDataset, getSourceUrl, getStringNoLocale, getStringWithLocale, getThing,
  getThingAll, getTime, getUrl, getWellKnownSolid, isContainer, isRawData, overwriteFile, removeStringNoLocale,
  saveFileInContainer, saveSolidDatasetAt, saveSolidDatasetInContainer, setStringNoLocale, setThing,
  validateContainedResourceAll,
} from '@inrupt/solid-client';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

const schema = 'https://schema.org/';

/** Whether the client was refused with this status. */
function status(expected: number): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof FetchError, String(error));
    assert.equal(error.statusCode, expected, error.message);
    return true;
  };
}

describe('@inrupt/solid-client', () => {
  let server: ChildServer;
  before(async function () {
    this.timeout(60_000);
    server = await startChild({ data: await temporaryDirectory() });
  });
  after(() => server?.stop());

  describe('datasets', () => {
    it('saves a new one with literals of all types, and reads them back', async () => {
      const url = `${server.open}data/all-types.ttl`;
      const when = new Date('2024-02-29T12:34:56.789Z');
      const thing = buildThing(createThing({ name: 'it' }))
        .addStringNoLocale(`${schema}name`, 'A "quoted"\nname with \\ and 😀')
        .addStringWithLocale(`${schema}name`, 'Een naam', 'nl-be')
        .addInteger(`${schema}size`, -42)
        .addDecimal(`${schema}price`, 13.37)
        .addBoolean(`${schema}isFamilyFriendly`, true)
        .addDatetime(`${schema}dateCreated`, when)
        .addDate(`${schema}birthDate`, new Date('2024-02-29'))
        .addTime(`${schema}doorTime`, { hour: 13, minute: 37, second: 42 })
        .addUrl(`${schema}url`, 'https://example.org/ü?q=1#here')
        .build();
      const saved = await saveSolidDatasetAt(url, setThing(createSolidDataset(), thing));
      assert.equal(getSourceUrl(saved), url);

      const read = getThing(await getSolidDataset(url), `${url}#it`)!;
      assert.equal(getStringNoLocale(read, `${schema}name`), 'A "quoted"\nname with \\ and 😀');
      assert.equal(getStringWithLocale(read, `${schema}name`, 'nl-be'), 'Een naam');
      assert.equal(getInteger(read, `${schema}size`), -42);
      assert.equal(getDecimal(read, `${schema}price`), 13.37);
      assert.equal(getBoolean(read, `${schema}isFamilyFriendly`), true);
      assert.deepEqual(getDatetime(read, `${schema}dateCreated`), when);
      assert.equal(getDate(read, `${schema}birthDate`)?.toISOString().slice(0, 10), '2024-02-29');
      assert.deepEqual(getTime(read, `${schema}doorTime`), { hour: 13, minute: 37, second: 42 });
      assert.equal(getUrl(read, `${schema}url`), 'https://example.org/ü?q=1#here');
    });

    it('saves what changed in one that was read, and only that', async () => {
      const url = `${server.open}data/changed.ttl`;
      await fetch(url, {
        method: 'PUT', headers: { 'content-type': 'text/turtle' },
        body: `# Kept.
<#a> <https://schema.org/name> "one"; <https://schema.org/size> 5 .
<#b> <https://schema.org/name> "two".
`,
      });
      const dataset = await getSolidDataset(url);
      const thing = setStringNoLocale(getThing(dataset, `${url}#a`)!, `${schema}name`, 'uno');
      const saved = await saveSolidDatasetAt(url, setThing(dataset, thing));
      assert.equal(getStringNoLocale(getThing(saved, `${url}#a`)!, `${schema}name`), 'uno');

      const again = await getSolidDataset(url);
      assert.deepEqual(getThingAll(again).map((each) => getStringNoLocale(each, `${schema}name`)), ['uno', 'two']);
      assert.equal(getInteger(getThing(again, `${url}#a`)!, `${schema}size`), 5);
      assert.match(await (await fetch(url)).text(), /^# Kept\.\n/);

      // A dataset that was saved can be changed and saved once more.
      const nameless = removeStringNoLocale(getThing(saved, `${url}#a`)!, `${schema}name`, 'uno');
      await saveSolidDatasetAt(url, setThing(saved, nameless));
      assert.equal(getStringNoLocale(getThing(await getSolidDataset(url), `${url}#a`)!, `${schema}name`), null);
    });

    it('is refused (409) a change to what somebody else has changed meanwhile, and nothing is lost', async () => {
      const url = `${server.open}data/raced.ttl`;
      const thing = buildThing({ name: 'a' }).addStringNoLocale(`${schema}name`, 'one').build();
      await saveSolidDatasetAt(url, setThing(createSolidDataset(), thing));
      const [mine, theirs] = [await getSolidDataset(url), await getSolidDataset(url)];
      const named = (dataset: typeof mine, name: string) =>
        setThing(dataset, setStringNoLocale(getThing(dataset, `${url}#a`)!, `${schema}name`, name));
      await saveSolidDatasetAt(url, named(theirs, 'theirs'));
      await assert.rejects(saveSolidDatasetAt(url, named(mine, 'mine')), status(409));
      assert.equal(getStringNoLocale(getThing(await getSolidDataset(url), `${url}#a`)!, `${schema}name`), 'theirs');
    });

    it('is refused (412) a new one where there is one', async () => {
      const url = `${server.open}data/taken.ttl`;
      await saveSolidDatasetAt(url, createSolidDataset());
      await assert.rejects(saveSolidDatasetAt(url, createSolidDataset()), status(412));
    });

    it('is told 404 where there is none, and deletes one', async () => {
      const url = `${server.open}data/deleted.ttl`;
      await assert.rejects(getSolidDataset(url), status(404));
      await saveSolidDatasetAt(url, createSolidDataset());
      await deleteSolidDataset(url);
      await assert.rejects(getSolidDataset(url), status(404));
      await assert.rejects(deleteSolidDataset(url), status(404));
    });

    it('saves one in a container under the name it suggests', async () => {
      const slugSuggestion = 'suggested';
      const saved = await saveSolidDatasetInContainer(`${server.open}data/`, createSolidDataset(), { slugSuggestion });
      assert.equal(getSourceUrl(saved), `${server.open}data/suggested`);
    });
  });

  describe('files', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
    const contentOf = async (file: Blob): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

    it('saves one in a container, overwrites and deletes it', async () => {
      await createContainerAt(`${server.open}files/`);
      const picture = new Blob([bytes], { type: 'image/png' });
      const saved = await saveFileInContainer(`${server.open}files/`, picture, { slug: 'my picture.png' });
      const url = getSourceUrl(saved);
      assert.equal(url, `${server.open}files/my%20picture.png`);
      assert.equal(getContentType(saved), 'image/png');

      const read = await getFile(url);
      assert(isRawData(read));
      assert.equal(getContentType(read), 'image/png');
      assert.deepEqual(await contentOf(read), bytes);

      await overwriteFile(url, new Blob(['text now'], { type: 'text/plain' }));
      const overwritten = await getFile(url);
      assert.equal(getContentType(overwritten), 'text/plain');
      assert.equal(await overwritten.text(), 'text now');

      await deleteFile(url);
      await assert.rejects(getFile(url), status(404));
    });

    it('gives a second file another name than the first', async () => {
      const [first, second] = await Promise.all([1, 2].map(() =>
        saveFileInContainer(server.open, new Blob(['x'], { type: 'text/plain' }), { slug: 'same.txt' })));
      assert.notEqual(getSourceUrl(first!), getSourceUrl(second!));
      assert(getSourceUrl(second!).endsWith('.txt'));
    });

    it('makes one, with the containers above it, by overwriting', async () => {
      const url = `${server.open}files/deep/er/new.bin`;
      await overwriteFile(url, new Blob([bytes], { type: 'application/octet-stream' }));
      assert.deepEqual(await contentOf(await getFile(url)), bytes);
      const deep = await getSolidDataset(`${server.open}files/deep/`);
      assert.deepEqual(getContainedResourceUrlAll(deep), [`${server.open}files/deep/er/`]);
    });
  });

  describe('containers', () => {
    it('makes, lists and deletes one', async () => {
      const url = `${server.open}box/`;
      const made = await createContainerAt(url);
      assert(isContainer(made));
      const inner = await createContainerInContainer(url, { slugSuggestion: 'inner' });
      assert.equal(getSourceUrl(inner), `${url}inner/`);
      await saveSolidDatasetAt(`${url}a.ttl`, createSolidDataset());
      await overwriteFile(`${url}b c.txt`, new Blob(['b'], { type: 'text/plain' }));

      const listed = await getSolidDataset(url);
      assert.deepEqual(getContainedResourceUrlAll(listed), [`${url}a.ttl`, `${url}b%20c.txt`, `${url}inner/`]);
      assert(validateContainedResourceAll(listed).isValid);

      await assert.rejects(deleteContainer(url), status(409));
      for (const member of [`${url}a.ttl`, `${url}b%20c.txt`]) await deleteFile(member);
      await deleteContainer(`${url}inner/`);
      await deleteContainer(url);
      await assert.rejects(getSolidDataset(url), status(404));
    });

    it('is refused (412) a container where there is one', async () => {
      await createContainerAt(`${server.open}once/`);
      await assert.rejects(createContainerAt(`${server.open}once/`), status(412));
    });
  });

  describe('what a client finds out', () => {
    it('reads who may do what, and where the rules and the description are', async () => {
      const url = `${server.open}info.ttl`;
      await saveSolidDatasetAt(url, createSolidDataset());
      const info = await getResourceInfo(url);
      assert.equal(getContentType(info), 'text/turtle');
      assert(!isRawData(info));
      assert.deepEqual(getEffectiveAccess(info), {
        user: { read: true, append: true, write: true }, public: { read: true, append: true, write: true },
      });
      const linked = getLinkedResourceUrlAll(info);
      assert.deepEqual([linked['acl'], linked['describedby']], [[`${url}.acl`], [`${url}.meta`]]);
    });

    it('finds the description of a storage that has a host of its own', async () => {
      await using single = await startChild({ data: await temporaryDirectory(), options: ['--pod-addresses', 'root'] });
      const found = await getWellKnownSolid(`${single.url}playground/`);
      const type = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
      const types = getThingAll(found).map((thing) => getUrl(thing, type));
      assert(types.includes('http://www.w3.org/ns/pim/space#Storage'));
    });

    it('finds a person’s storage from the WebID', async () => {
      const webId = `${server.url}alice/profile/card#me`;
      assert.deepEqual(await getPodUrlAll(webId), [`${server.url}alice/`]);
      const { webIdProfile } = await getProfileAll(webId);
      assert.equal(getStringNoLocale(getThing(webIdProfile, webId)!, 'http://xmlns.com/foaf/0.1/name'), 'alice');
    });

    it('is told 401 where only the owner may look, whether or not there is something', async () => {
      for (const path of ['', 'settings/prefs.ttl', 'settings/nothing.ttl']) {
        await assert.rejects(getSolidDataset(`${server.url}alice/${path}`), status(401));
      }
    });
  });
});
