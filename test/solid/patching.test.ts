import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { aclText, graph, turtle } from './graph.ts';
import { request } from './request.ts';

const n3 = 'text/n3';
const sparql = 'application/sparql-update';
const n3Patch = (body: string): string =>
  `@prefix solid: <http://www.w3.org/ns/solid/terms#>. _:patch a solid:InsertDeletePatch; ${body}.`;

describe('PATCH', () => {
  let server: TestServer;
  let url: string;
  const start = '@prefix schema: <http://schema.org/>.\n\n# About me.\n<#me> schema:name "Ann";   # my name\n  schema:age 30 .\n';

  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    url = `${server.open}doc.ttl`;
    await request('PUT', url, { 'content-type': 'text/turtle' }, start);
  });

  const patch = (type: string, body: string, to = url, headers: Record<string, string> = {}) =>
    request('PATCH', to, { 'content-type': type, ...headers }, body);
  const text = async (of = url): Promise<string> => (await request('GET', of)).text;
  const read = async (of = url): Promise<string[]> => graph(await request('GET', of, { accept: 'text/turtle' }), of);

  /** What clients send, as found in their sources, and the document after it. */
  const forms: [client: string, type: string, body: string, after: string][] = [
    ['an N3 Patch in the order of the specification [server-patch-n3-accept] [server-patch-n3-semantics]', n3,
      `@prefix solid: <http://www.w3.org/ns/solid/terms#>. @prefix schema: <http://schema.org/>.
      _:rename a solid:InsertDeletePatch;
        solid:where   { ?person schema:name "Ann". };
        solid:inserts { ?person schema:name "Anna". };
        solid:deletes { ?person schema:name "Ann". }.`,
      '<#me> schema:name "Anna"; schema:age 30.'],
    ['an N3 Patch as rdflib writes it: the type last, unused prefixes', n3,
      `@prefix  solid: <http://www.w3.org/ns/solid/terms#>.\n@prefix  ex: <http://www.example.org/terms#>.\n
      _:patch

      solid:where {
        ?x <http://schema.org/name> "Ann" .
      };

      solid:inserts {
        ?x <http://schema.org/email> "ann@example.org" .
      };   a solid:InsertDeletePatch .`,
      '<#me> schema:name "Ann"; schema:age 30; schema:email "ann@example.org".'],
    ['SPARQL as @inrupt/solid-client writes it: a sequence with a semicolon at its end', sparql,
      'DELETE DATA {<URL#me> <http://schema.org/name> "Ann" . };\nINSERT DATA {<URL#me> <http://schema.org/name> "Anna" . };',
      '<#me> schema:name "Anna"; schema:age 30.'],
    ['SPARQL as LDO writes it', sparql,
      'DELETE DATA { <URL#me> <http://schema.org/age> "30"^^<http://www.w3.org/2001/XMLSchema#integer> . };\n'
        + 'INSERT DATA { <URL#me> <http://schema.org/age> "31"^^<http://www.w3.org/2001/XMLSchema#integer> . }',
      '<#me> schema:name "Ann"; schema:age 31.'],
    ['SPARQL as solid-utils writes it: relative IRIs', sparql,
      'DELETE DATA { <#me> <http://schema.org/name> "Ann" . } ;\nINSERT DATA { <#me> <http://schema.org/name> "Anna" . <> a <#File> . }',
      '<#me> schema:name "Anna"; schema:age 30. <> a <#File>.'],
    ['SPARQL as rdflib writes it: with patterns', sparql,
      'DELETE { ?x <http://schema.org/name> "Ann" . }\n INSERT { ?x <http://schema.org/name> "Anna" . }\n'
        + ' WHERE { ?x <http://schema.org/name> "Ann" . ?x <http://schema.org/age> 30 . }\n',
      '<#me> schema:name "Anna"; schema:age 30.'],
    ['only insertions', n3, n3Patch('solid:inserts { <#you> <http://schema.org/name> "Bo". }'),
      '<#me> schema:name "Ann"; schema:age 30. <#you> schema:name "Bo".'],
    ['only deletions', n3, n3Patch('solid:deletes { <#me> <http://schema.org/age> 30. }'), '<#me> schema:name "Ann".'],
  ];
  for (const [client, type, body, after] of forms) {
    it(`takes ${client}`, async () => {
      const answer = await patch(type, body.replaceAll('URL', url));
      assert.deepEqual([answer.status, answer.text], [204, ''], answer.text);
      assert.deepEqual(await read(), turtle(after, url));
    });
  }

  it('keeps the text around the change as it was: comments, prefixes, layout and relative IRIs', async () => {
    await patch(n3, n3Patch('solid:deletes { <#me> <http://schema.org/age> 30. }; solid:inserts { <#me> <http://schema.org/age> 31. }'));
    const after = await text();
    for (const kept of ['@prefix schema: <http://schema.org/>.', '# About me.', '<#me> schema:name "Ann"', '# my name']) {
      assert.ok(after.includes(kept), after);
    }
    assert.doesNotMatch(after, /localhost/);
  });

  for (const type of ['application/ld+json', 'application/n-triples', 'application/trig', 'application/n-quads']) {
    it(`changes a document in ${type} and keeps it in that format`, async () => {
      const body = type === 'application/ld+json'
        ? '{"@id": "#me", "http://schema.org/name": "Ann"}' : `<${url}#me> <http://schema.org/name> "Ann" .`;
      await request('PUT', url, { 'content-type': type }, body);
      assert.equal((await patch(sparql, 'INSERT DATA { <#me> <http://schema.org/age> 30 }')).status, 204);
      assert.equal((await request('GET', url)).headers['content-type'], type);
      assert.deepEqual(await read(), turtle('<#me> schema:name "Ann"; schema:age 30.', url));
    });
  }

  it('makes a document that is not there, as Turtle, with the containers it needs [server-put-patch-intermediate-containers]', async () => {
    for (const [name, type, body] of [['new1/a/doc', n3, n3Patch('solid:inserts { <#it> <#is> "here". }')],
      ['new2/a/doc', sparql, 'INSERT DATA { <#it> <#is> "here" }']] as const) {
      const to = server.open + name;
      const { status, headers } = await patch(type, body, to);
      assert.deepEqual([status, headers.location], [201, to]);
      assert.deepEqual(await read(to), turtle('<#it> <#is> "here".', to));
      assert.equal((await request('GET', to)).headers['content-type'], 'text/turtle');
    }
    const { status } = await patch(n3, n3Patch('solid:deletes { <#a> <#b> <#c>. }'), `${server.open}never`);
    assert.equal(status, 409);
    assert.equal((await request('GET', `${server.open}never`)).status, 404);
  });

  it('changes nothing when it asks for nothing, or for what is so already', async () => {
    const before = await request('GET', url);
    for (const [type, body] of [[n3, n3Patch('solid:inserts {}; solid:deletes {}')], [sparql, ''],
      [sparql, 'INSERT DATA { <#me> <http://schema.org/name> "Ann" }'],
      [n3, n3Patch('solid:deletes { <#me> <http://schema.org/age> 30. }; solid:inserts { <#me> <http://schema.org/age> 30. }')],
    ] as const) {
      const { status, headers } = await patch(type, body);
      assert.deepEqual([status, headers.etag], [204, before.headers.etag], body);
    }
    const after = await request('GET', url);
    assert.deepEqual([after.text, after.headers.etag, after.headers['last-modified']],
      [before.text, before.headers.etag, before.headers['last-modified']]);
  });

  const refused: [what: string, type: string, body: string, status: number, kind: string, says: RegExp][] = [
    ['patterns that match nothing [server-patch-n3-semantics-no-mapping]', n3,
      n3Patch('solid:where { ?x <http://schema.org/name> "Zed". }; solid:inserts { ?x <#p> 1. }'), 409, 'conflict', /do not match/],
    ['patterns that match in several ways [server-patch-n3-semantics-no-mapping]', n3,
      n3Patch('solid:where { <#me> ?p ?o. }; solid:inserts { <#you> ?p ?o. }'), 409, 'conflict', /2 ways/],
    ['deletions of what is not there [server-patch-n3-semantics-deletions-non-empty-all-triples]', n3,
      n3Patch('solid:deletes { <#me> <http://schema.org/name> "Ann", "Zed". }'), 409, 'conflict', /"Zed"/],
    ['SPARQL deletions of what is not there', sparql, 'DELETE DATA { <#me> <http://schema.org/name> "Zed" }', 409, 'conflict', /"Zed"/],
    ['a patch document without a patch [server-patch-n3-patches] [server-patch-n3-invalid]', n3, '<#a> <#b> <#c>.', 422, 'unprocessable', /./],
    ['two patches [server-patch-n3-single]', n3,
      n3Patch('solid:inserts { <#a> <#b> 1. }. <#two> a solid:InsertDeletePatch; solid:inserts { <#a> <#b> 2. }'), 422, 'unprocessable', /./],
    ['a patch without its type [server-patch-n3-simple-type]', n3,
      '<> <http://www.w3.org/ns/solid/terms#inserts> { <#a> <#b> 1. }.', 422, 'unprocessable', /InsertDeletePatch/],
    ['two sets of insertions [server-patch-n3-inserts]', n3,
      n3Patch('solid:inserts { <#a> <#b> 1. }; solid:inserts { <#a> <#b> 2. }'), 422, 'unprocessable', /inserts/],
    ['two sets of deletions [server-patch-n3-deletes]', n3,
      n3Patch('solid:deletes { <#a> <#b> 1. }; solid:deletes { <#a> <#b> 2. }'), 422, 'unprocessable', /deletes/],
    ['two sets of conditions [server-patch-n3-where]', n3,
      n3Patch('solid:where { ?a <#b> 1. }; solid:where { ?a <#b> 2. }'), 422, 'unprocessable', /where/],
    ['insertions that are no formula [server-patch-n3-formulae]', n3, n3Patch('solid:inserts <#a>'), 422, 'unprocessable', /inserts/],
    ['nested formulae [server-patch-n3-formulae]', n3, n3Patch('solid:inserts { <#a> <#b> { <#c> <#d> <#e>. }. }'), 422, 'unprocessable', /./],
    ['variables that the conditions do not have [server-patch-n3-variables]', n3,
      n3Patch('solid:where { ?a <#b> 1. }; solid:inserts { ?z <#b> 2. }'), 422, 'unprocessable', /z/],
    ['blank nodes in deletions [server-patch-n3-blank-nodes]', n3,
      n3Patch('solid:deletes { _:b <#b> 2. }'), 422, 'unprocessable', /blank node/],
    ['a blank node in both insertions and conditions [server-patch-n3-blank-nodes-syntax]', n3,
      n3Patch('solid:where { _:b <#b> ?x. }; solid:inserts { _:b <#c> ?x. }'), 422, 'unprocessable', /blank node/],
    ['SPARQL beyond the document', sparql, 'CLEAR ALL', 422, 'unprocessable', /CLEAR/i],
    ['SPARQL that loads from elsewhere', sparql, 'LOAD <http://example.org/>', 422, 'unprocessable', /LOAD/i],
    ['SPARQL with graphs', sparql, 'INSERT DATA { GRAPH <#g> { <#a> <#b> <#c> } }', 422, 'unprocessable', /graph/i],
    ['broken N3', n3, '@prefix solid: <http://www.w3.org/ns/solid/terms#>.\n_:p a solid:Insert ; solid:inserts { <#a> ', 400, 'invalid', /line 2/],
    ['broken SPARQL', sparql, 'INSERT DATA {\n  <#a> <#b> }', 400, 'invalid', /line 2/],
    ['another kind of patch', 'application/json-patch+json', '[]', 415, 'unsupported', /text\/n3, application\/sparql-update/],
  ];
  for (const [what, type, body, status, kind, says] of refused) {
    it(`refuses ${what}, changing nothing`, async () => {
      const answer = await patch(type, body);
      assert.deepEqual([answer.status, answer.problem?.kind], [status, kind], answer.text);
      assert.match(answer.problem!.detail, says);
      if (status === 415) assert.equal(answer.headers['accept-patch'], `${n3}, ${sparql}`);
      assert.equal(await text(), start);
    });
  }

  it('is not taken by a document that is no RDF, which does not offer it [server-method-not-allowed]', async () => {
    await request('PUT', `${server.open}photo`, { 'content-type': 'image/png' }, 'x');
    const { status, headers, problem } = await patch(sparql, 'INSERT DATA { <#a> <#b> <#c> }', `${server.open}photo`);
    assert.deepEqual([status, problem?.kind], [415, 'unsupported']);
    const found = await request('HEAD', `${server.open}photo`);
    assert.equal(found.headers['accept-patch'], undefined);
    assert.doesNotMatch(found.headers.allow!, /PATCH/);
    assert.doesNotMatch(headers.allow!, /PATCH/);
  });

  it('loses nothing when many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => patch(sparql, `INSERT DATA { <#me> <#n> ${i} }`)));
    assert.ok(answers.every(({ status }) => status === 204));
    assert.equal((await read()).length, 52);
  });

  describe('of a container', () => {
    it('changes its description, at the container or at its .meta, with IRIs relative to the container', async () => {
      const folder = `${server.open}folder/`;
      // As Soukai does it: make the container, follow describedby, and patch there what is meant of the container.
      const made = await request('PUT', folder, { link: '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"', 'if-none-match': '*' });
      assert.equal(made.status, 201);
      const described = await request('HEAD', folder);
      const [, meta] = /<([^>]+)>;\s*rel="describedBy"/i.exec(String(described.headers.link)) ?? [];
      const insert = (title: string): string => `INSERT DATA { <> <http://purl.org/dc/terms/title> "${title}" . <#it> <#is> <member> . }`;
      assert.equal((await patch(sparql, insert('One'), new URL(meta!, folder).href)).status, 201);
      assert.equal((await patch(sparql, `DELETE DATA { <> <http://purl.org/dc/terms/title> "One" }; ${insert('Two')}`, folder)).status, 204);
      const lines = await read(folder);
      for (const line of turtle('<> dct:title "Two". <#it> <#is> <member>.', folder)) assert.ok(lines.includes(line), line);
      assert.ok(!lines.some((line) => line.includes('"One"')));
    });

    it('gives it another tag, which the answer tells', async () => {
      const folder = `${server.open}tagged/`;
      const made = await request('PUT', folder);
      for (const title of ['One', 'Two']) {
        const patched = await patch(sparql, `INSERT DATA { <> <http://purl.org/dc/terms/title> "${title}" }`, folder);
        assert.deepEqual([patched.status, patched.headers.location], [204, undefined]);
        assert.notEqual(patched.headers.etag, made.headers.etag);
        assert.equal((await request('HEAD', folder)).headers.etag, patched.headers.etag);
      }
    });

    it('may say that it is a container', async () => {
      await request('PUT', `${server.open}said/`);
      const said = 'INSERT DATA { <> a <http://www.w3.org/ns/ldp#Container>, <http://example.org/Album> }';
      assert.equal((await patch(sparql, said, `${server.open}said/.meta`)).status, 201);
    });

    it('does not make one', async () => {
      const { status, problem } = await patch(sparql, 'INSERT DATA { <> a <#T> }', `${server.open}absent/`);
      assert.deepEqual([status, problem?.kind], [404, 'missing']);
    });
  });

  describe('needs', () => {
    const agents = ['Read', 'Append', 'Read Append', 'Write', 'Read Write', 'Control'];
    const webIdOf = (modes: string): string => `https://${modes.replace(' ', '-').toLowerCase()}.example/#me`;
    const insert = { n3: n3Patch('solid:inserts { <#a> <#b> <#c>. }'), sparql: 'INSERT DATA { <#a> <#b> <#c> }' };
    const remove = { n3: n3Patch('solid:deletes { <#me> <http://schema.org/age> 30. }'), sparql: 'DELETE DATA { <#me> <http://schema.org/age> 30 }' };
    const conditional = {
      n3: n3Patch('solid:where { ?x <http://schema.org/age> 30. }; solid:inserts { ?x <#b> <#c>. }'),
      sparql: 'INSERT { ?x <#b> <#c> } WHERE { ?x <http://schema.org/age> 30 }',
    };
    const nothing = { n3: n3Patch('solid:inserts {}'), sparql: '' };

    before(async () => {
      const rules = Object.fromEntries([...agents.map((modes) => [webIdOf(modes), modes]), [server.owner, 'Read Write Control']]);
      const { status } = await request('PUT', `${server.pod}modes/.acl`, { 'content-type': 'text/turtle', ...as(server.owner) },
        aclText(`${server.pod}modes/`, rules));
      assert.equal(status, 201);
    });
    beforeEach(async () => {
      await request('PUT', `${server.pod}modes/doc`, { 'content-type': 'text/turtle', ...as(server.owner) }, start);
    });

    const table: [what: string, bodies: { n3: string; sparql: string }, to: string, allowed: string[]][] = [
      ['Append to insert [server-n3-patch-insert]', insert, 'doc', ['Append', 'Read Append', 'Write', 'Read Write']],
      ['Read and Write to delete [server-n3-patch-delete]', remove, 'doc', ['Read Write']],
      ['Read for its conditions, and Append to insert [server-n3-patch-where]', conditional, 'doc', ['Read Append', 'Read Write']],
      ['Append on a new document and its container to make it', insert, 'new', ['Append', 'Read Append', 'Write', 'Read Write']],
      ['Append even to do nothing, since it tells whether there is something', nothing, 'doc', ['Append', 'Read Append', 'Write', 'Read Write']],
    ];
    for (const [what, bodies, to, allowed] of table) {
      it(what, async () => {
        for (const [type, body] of [[n3, bodies.n3], [sparql, bodies.sparql]] as const) {
          for (const modes of agents) {
            if (to === 'new') await request('DELETE', `${server.pod}modes/new`, as(server.owner));
            else await request('PUT', `${server.pod}modes/doc`, { 'content-type': 'text/turtle', ...as(server.owner) }, start);
            const { status } = await patch(type, body, `${server.pod}modes/${to}`, as(webIdOf(modes)));
            assert.equal(status < 300 ? 'allowed' : status, allowed.includes(modes) ? 'allowed' : 403, `${modes} ${type}`);
          }
          assert.equal((await patch(type, body, `${server.pod}modes/${to}`)).status, 401);
        }
      });
    }

    it('no reading of a large document for those whom it refuses, or that is no RDF', async () => {
      const video = `${server.pod}modes/video`;
      await request('PUT', video, { 'content-type': 'video/mp4', ...as(server.owner) }, Buffer.alloc(100_000));
      const { contents } = server.app.pods;
      const read = contents.read.bind(contents);
      let reads = 0;
      contents.read = (held) => {
        reads += 1;
        return read(held);
      };
      try {
        assert.equal((await patch(sparql, insert.sparql, video, as(webIdOf('Read')))).status, 403);
        assert.equal((await patch(sparql, insert.sparql, video, as(server.owner))).status, 415);
      } finally {
        contents.read = read;
      }
      assert.equal(reads, 0);
    });

    it('nothing more of the description of a container than of the container', async () => {
      for (const modes of agents) {
        const { status } = await patch(sparql, `INSERT DATA { <> <#by> "${modes}" }`, `${server.pod}modes/`, as(webIdOf(modes)));
        assert.equal(status < 300, ['Append', 'Read Append', 'Write', 'Read Write'].includes(modes), modes);
      }
    });
  });
});
