import assert from 'node:assert/strict';
import { createSolidLdoDataset } from '@ldo/connected-solid';
import type { SolidContainer, SolidLeaf } from '@ldo/connected-solid';
import { createDataset } from '@ldo/dataset';
import { DataFactory } from 'n3';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild } from '../clients/child-server.ts';
import type { ChildServer } from '../clients/child-server.ts';

const { namedNode, literal, quad } = DataFactory;

/** What an app begins with: nothing loaded. */
function openDataset(): ReturnType<typeof createSolidLdoDataset> {
  const dataset = createSolidLdoDataset();
  dataset.setContext('solid', { fetch });
  return dataset;
}

function container(url: string): SolidContainer {
  return openDataset().getResource(url) as SolidContainer;
}

function leaf(url: string): SolidLeaf {
  return openDataset().getResource(url) as SolidLeaf;
}

describe('@ldo/connected-solid', () => {
  let server: ChildServer;
  before(async function () {
    this.timeout(60_000);
    server = await startChild({ data: await temporaryDirectory() });
  });
  after(() => server.stop());

  it('makes containers and documents by POST under the names it chose, and lists them', async () => {
    const made = await container(server.open).createChildAndOverwrite('ldo%20box/');
    assert(made.type === 'createSuccess', made.type);
    const box = container(`${server.open}ldo%20box/`);
    for (const child of ['a.ttl', '%C3%A9.ttl']) {
      assert.equal((await box.createChildIfAbsent(child)).type, 'createSuccess');
    }
    const uploaded = await box.uploadChildAndOverwrite('b.txt', new Blob(['hi'], { type: 'text/plain' }), 'text/plain');
    assert.equal(uploaded.type, 'createSuccess', uploaded.type);
    assert.equal((await box.read()).type, 'containerReadSuccess');
    assert.deepEqual(box.children().map(({ uri }: { uri: string }) => uri).sort(),
      ['%C3%A9.ttl', 'a.ttl', 'b.txt'].map((name) => `${server.open}ldo%20box/${name}`));
  });

  it('changes a document by the difference, and reads it back', async () => {
    const url = `${server.open}ldo/changed.ttl`;
    const resource = leaf(url);
    assert.equal((await resource.createIfAbsent()).type, 'createSuccess');
    const [it, name] = [namedNode(`${url}#it`), namedNode('https://schema.org/name')];
    const names = (text: string) => createDataset([quad(it, name, literal(text))]);
    for (const changes of [
      { added: names('one "1"\n') },
      { removed: names('one "1"\n'), added: names('two') },
    ]) {
      const updated = await resource.update(changes);
      assert(updated.type === 'updateSuccess', updated.type);
    }
    assert.equal(await (await fetch(url, { headers: { accept: 'application/n-triples' } })).text(),
      `<${url}#it> <https://schema.org/name> "two" .\n`);

    const dataset = openDataset();
    assert.equal((await (dataset.getResource(url) as SolidLeaf).read()).type, 'dataReadSuccess');
    assert.deepEqual([...dataset.match(namedNode(`${url}#it`))].map(({ object }) => object.value), ['two']);
  });

  it('deletes a document, and knows that it is gone', async () => {
    const resource = leaf(`${server.open}ldo/deleted.ttl`);
    assert.equal((await resource.createIfAbsent()).type, 'createSuccess');
    // What it gives is not looked at: it takes 205 alone for success, where RFC 9110 section 9.3.5 has 204.
    await resource.delete();
    const gone = leaf(resource.uri);
    await gone.read();
    assert.equal(gone.isAbsent(), true);
  });
});
