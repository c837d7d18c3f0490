import assert from 'node:assert/strict';
import { Fetcher, Namespace, UpdateManager, graph, lit, st, sym } from 'rdflib';
import type { NamedNode } from 'rdflib';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

const foaf = Namespace('http://xmlns.com/foaf/0.1/');
const vcard = Namespace('http://www.w3.org/2006/vcard/ns#');
const xsd = Namespace('http://www.w3.org/2001/XMLSchema#');
const ldp = Namespace('http://www.w3.org/ns/ldp#');

/** What an app starts with: an empty store that can load and change documents. */
function openStore(): { store: ReturnType<typeof graph>; fetcher: Fetcher; updater: UpdateManager } {
  const store = graph();
  // Its timers outlive what they time, and keep this process from ending.
  const fetcher = new Fetcher(store, { fetch: globalThis.fetch, timeout: 3000 });
  return { store, fetcher, updater: new UpdateManager(store) };
}

describe('rdflib', () => {
  let server: ChildServer;
  before(async function () {
    this.timeout(60_000);
    server = await startChild({ data: await temporaryDirectory() });
  });
  after(() => server?.stop());

  const turtle = async (document: NamedNode): Promise<string> => (await fetch(document.value)).text();

  it('puts statements as a document, which another store then loads', async () => {
    const document = sym(`${server.open}rdflib/put.ttl`);
    const me = sym(`${document.value}#me`);
    const { store, updater, fetcher } = openStore();
    const statements = [st(me, foaf('name'), lit('Zoë', 'nl'), document), st(me, foaf('age'), lit('42'), document)];
    await updater.put(document, statements, 'text/turtle', (_, ok, message) => assert(ok, message));
    await fetcher.load(document);
    assert.equal(store.any(me, foaf('name'), null, document)?.value, 'Zoë');

    const other = openStore();
    await other.fetcher.load(document);
    assert.equal(other.store.any(me, foaf('name'), null, document)?.value, 'Zoë');
    assert.equal(other.store.statementsMatching(null, null, null, document).length, 2);
  });

  it('finds a document editable by SPARQL, also one that is not there yet, and a picture not', async () => {
    const { updater, fetcher } = openStore();
    const document = `${server.open}rdflib/editable.ttl`;
    await assert.rejects(fetcher.load(document), /Not Found/);
    assert.equal(updater.editable(document), 'SPARQL');

    await fetcher.webOperation('PUT', document, { contentType: 'text/turtle', data: '<#a> <#b> <#c>.' });
    assert.equal(await openStore().updater.checkEditable(document), 'SPARQL');

    const picture = `${server.open}rdflib/picture.gif`;
    await fetcher.webOperation('PUT', picture, { contentType: 'image/gif', data: 'GIF89a' });
    assert(!await openStore().updater.checkEditable(picture));
  });

  it('finds what it may not write not editable', async () => {
    assert.equal(await openStore().updater.checkEditable(`${server.url}alice/profile/card`), false);
  });

  for (const method of ['SPARQL', 'N3PATCH'] as const) {
    describe(`UpdateManager, by ${method}`, () => {
      /** With N3 Patch as with a server that knows no SPARQL: rdflib prefers that when it can choose. */
      const openUpdater = (): ReturnType<typeof openStore> => {
        const opened = openStore();
        if (method === 'N3PATCH') opened.updater.editable = () => 'N3PATCH';
        return opened;
      };

      it('makes a document by inserting into it, then changes it', async () => {
        const { store, fetcher, updater } = openUpdater();
        const document = sym(`${server.open}rdflib/${method}/new.ttl`);
        const me = sym(`${document.value}#me`);
        await fetcher.load(document).catch(() => undefined);
        const name = (text: string) => st(me, foaf('name'), lit(text), document);
        const nick = st(me, foaf('nick'), lit('Al'), document);
        await updater.update([], [name('Alice'), nick]);
        await updater.update([name('Alice')], [name('Alice "A" Smith\n')]);
        await updater.updateMany([nick]);
        assert.equal(store.any(me, foaf('name'), null, document)?.value, 'Alice "A" Smith\n');

        const other = openStore();
        await other.fetcher.load(document);
        const statements = other.store.statementsMatching(null, null, null, document);
        assert.deepEqual(statements.map(({ object }) => object.value), ['Alice "A" Smith\n']);
      });

      it('leaves the rest of the text as its author wrote it', async () => {
        const { fetcher, updater } = openUpdater();
        const document = sym(`${server.open}rdflib/${method}/text.ttl`);
        const text = (age: number): string => `@prefix foaf: <http://xmlns.com/foaf/0.1/>.

# Who this is about.
<#me> foaf:name "Alice"; foaf:age ${age}.   # Never ask.
<#you> foaf:name "Bob".
`;
        await fetcher.webOperation('PUT', document.value, { contentType: 'text/turtle', data: text(41) });
        await fetcher.load(document);
        const me = sym(`${document.value}#me`);
        const age = (years: number) => st(me, foaf('age'), lit(String(years), undefined, xsd('integer')), document);
        await updater.update([age(41)], [age(42)]);
        const changed = await turtle(document);
        assert.match(changed, /# Who this is about\.\n/);
        assert.match(changed, /foaf:age 42/);
        assert.match(changed, /\n<#you> foaf:name "Bob"\.\n/);
      });

      it('deletes and inserts around a blank node that it finds by what is said of it', async () => {
        const { store, fetcher, updater } = openUpdater();
        const document = sym(`${server.open}rdflib/${method}/blank.ttl`);
        const me = sym(`${document.value}#me`);
        await fetcher.webOperation('PUT', document.value, {
          contentType: 'text/turtle',
          data: `@prefix vcard: <http://www.w3.org/2006/vcard/ns#>.
<#me> vcard:hasAddress [ vcard:locality "Ghent"; vcard:region "Flanders" ], [ vcard:locality "Paris" ].
`,
        });
        await fetcher.load(document);
        const address = store.statementsMatching(null, vcard('locality'), lit('Ghent'), document)[0]!.subject;
        await updater.update(
          [st(address, vcard('region'), lit('Flanders'), document)],
          [st(address, vcard('region'), lit('East Flanders'), document)]);

        const other = openStore();
        await other.fetcher.load(document);
        const same = other.store.statementsMatching(null, vcard('locality'), lit('Ghent'), document)[0]!.subject;
        const regions = other.store.each(same, vcard('region'), null, document);
        assert.deepEqual(regions.map(({ value }) => value), ['East Flanders']);
        assert.equal(other.store.each(me, vcard('hasAddress'), null, document).length, 2);
      });

      it('is told when what it deletes is not there, and nothing changes', async () => {
        const { fetcher, updater } = openUpdater();
        const document = sym(`${server.open}rdflib/${method}/conflict.ttl`);
        const put = (text: string): Promise<Response> => fetch(document.value, {
          method: 'PUT', headers: { 'content-type': 'text/turtle' }, body: `<#me> <#says> "${text}".`,
        });
        await put('one');
        await fetcher.load(document);
        // Somebody else is faster.
        await put('two');
        const [me, saying] = [sym(`${document.value}#me`), sym(`${document.value}#says`)];
        const says = (text: string) => st(me, saying, lit(text), document);
        await assert.rejects(async () => updater.update([says('one')], [says('three')]), /409/);
        assert.equal(await turtle(document), '<#me> <#says> "two".');
      });
    });
  }

  it('inserts a blank node of its own', async () => {
    const { store, fetcher, updater } = openStore();
    const document = sym(`${server.open}rdflib/fresh.ttl`);
    await fetcher.load(document).catch(() => undefined);
    const address = store.bnode();
    await updater.update([], [
      st(sym(`${document.value}#me`), vcard('hasAddress'), address, document),
      st(address, vcard('locality'), lit('Ghent'), document),
    ]);
    const other = openStore();
    await other.fetcher.load(document);
    const found = other.store.any(sym(`${document.value}#me`), vcard('hasAddress'), null, document);
    assert.equal(other.store.any(found as NamedNode, vcard('locality'), null, document)?.value, 'Ghent');
  });

  it('makes a container and lists it', async () => {
    const { store, fetcher } = openStore();
    const made = await fetcher.createContainer(`${server.open}rdflib/`, 'box', '');
    assert.equal(made.status, 201);
    assert.equal(made.headers.get('location'), `${server.open}rdflib/box/`);
    await fetcher.createIfNotExists(sym(`${server.open}rdflib/box/a.ttl`), 'text/turtle', '');
    const box = sym(`${server.open}rdflib/box/`);
    await fetcher.load(box);
    const listed = store.each(box, ldp('contains'), null, box);
    assert.deepEqual(listed.map(({ value }) => value), [`${server.open}rdflib/box/a.ttl`]);
    assert(store.holds(box, sym('http://www.w3.org/1999/02/22-rdf-syntax-ns#type'), ldp('BasicContainer'), box));
  });

  it('copies a document, puts one back, and deletes it', async () => {
    const { store, fetcher } = openStore();
    const here = `${server.open}rdflib/here.ttl`;
    const there = `${server.open}rdflib/there.ttl`;
    await fetcher.webOperation('PUT', here, { contentType: 'text/turtle', data: '<#a> <#b> "c".' });
    await fetcher.webCopy(here, there, 'text/turtle');
    assert.equal(await turtle(sym(there)), '<#a> <#b> "c".');

    await fetcher.load(here);
    store.add(sym(`${here}#a`), sym(`${here}#b`), lit('d'), sym(here));
    await fetcher.putBack(here);
    assert.match(await turtle(sym(here)), /"c", "d"/);

    assert.equal((await fetcher.delete(here)).status, 204);
    await assert.rejects(openStore().fetcher.load(here), /Not Found/);
  });

  it('reads what may be done, and where the rules and the description are, from the headers', async () => {
    const { store, fetcher } = openStore();
    const document = sym(`${server.open}rdflib/headers.ttl`);
    await fetcher.webOperation('PUT', document.value, { contentType: 'text/turtle', data: '<#a> <#b> "c".' });
    await fetcher.load(document);
    assert.deepEqual(fetcher.getHeader(document, 'wac-allow'), ['user="read write append",public="read write append"']);
    const relation = Namespace('http://www.iana.org/assignments/link-relations/');
    assert.equal(store.any(document, relation('acl'), null)?.value, `${document.value}.acl`);
    assert.equal(store.any(document, relation('describedby'), null)?.value, `${document.value}.meta`);
  });
});
