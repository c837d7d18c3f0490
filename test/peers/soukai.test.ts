import assert from 'node:assert/strict';
import { FieldType, bootModels, setEngine } from 'soukai';
import { SolidContainer, SolidEngine, bootSolidModels, defineSolidModelSchema } from 'soukai-solid';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild } from '../clients/child-server.ts';
import type { ChildServer } from '../clients/child-server.ts';

class Movie extends defineSolidModelSchema({
  rdfContexts: { schema: 'https://schema.org/' },
  rdfsClasses: ['schema:Movie'],
  timestamps: true,
  fields: {
    name: { type: FieldType.String, required: true, rdfProperty: 'schema:name' },
    released: { type: FieldType.Date, rdfProperty: 'schema:datePublished' },
    keywords: { type: FieldType.Array, items: { type: FieldType.String }, rdfProperty: 'schema:keywords' },
  },
}) {}

describe('soukai-solid', () => {
  let server: ChildServer;
  before(async function () {
    this.timeout(60_000);
    server = await startChild({ data: await temporaryDirectory() });
    bootSolidModels();
    bootModels({ Movie });
    setEngine(new SolidEngine(fetch));
  });
  after(() => server.stop());

  it('makes a container, describes it, and gives it another name', async () => {
    const container = await SolidContainer.at(server.open).create({ name: 'My movies' });
    assert.equal(container.url, `${server.open}my-movies/`);
    await container.update({ name: 'Films' });
    assert.equal((await SolidContainer.find(container.url))?.name, 'Films');
  });

  it('makes a model, finds it again, changes it and deletes it', async () => {
    const container = `${server.open}my-movies/`;
    const released = new Date('2001-07-20T00:00:00.000Z');
    const made = await Movie.at(container).create({ name: 'Spirited Away', released, keywords: ['bath', 'dragon'] });
    await made.update({ name: 'Sen to Chihiro', keywords: ['dragon', 'train'] });

    const [found, ...others] = await Movie.at(container).all();
    assert.equal(others.length, 0);
    assert.equal(found!.url, made.url);
    assert.equal(found!.name, 'Sen to Chihiro');
    assert.deepEqual(found!.released, released);
    assert.deepEqual((found!.keywords as string[]).toSorted((a, b) => a.localeCompare(b)), ['dragon', 'train']);

    await found!.delete();
    assert.equal((await fetch(made.url)).status, 404);
    assert.deepEqual(await Movie.at(container).all(), []);
  });

  it('makes one model only when two are made at one address at once', async () => {
    const url = `${server.open}my-movies/same#it`;
    const outcomes = await Promise.allSettled(['one', 'two'].map((name) => new Movie({ url, name }).save()));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });
});
