import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { aclText, graph, turtle } from './graph.ts';
import { linked, request } from './request.ts';

describe('auxiliary resources (Solid Protocol, Auxiliary Resources; WAC, ACL Resources)', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const owner = () => as(server.owner);
  const put = (url: string, body: string, type = 'text/turtle') => request('PUT', url, { 'content-type': type, ...owner() }, body);
  const status = async (url: string, headers: Record<string, string> = owner()) => (await request('GET', url, headers)).status;

  it('are found by the links of their subject, and lead back to it [server-link-auxiliary-type] [server-description-resource-max]', async () => {
    await put(`${server.open}subject`, 'x', 'text/plain');
    for (const subject of [`${server.open}subject`, server.open, server.pod, `${server.open}not-there`]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await request(method, subject, owner());
        assert.deepEqual(linked(answer, 'acl'), [`${subject}.acl`]);
        assert.deepEqual(linked(answer, 'describedby'), [`${subject}.meta`]);
      }
    }
    await put(`${server.open}subject.meta`, '<> a <#T>.');
    const meta = await request('HEAD', `${server.open}subject.meta`);
    assert.deepEqual(linked(meta, 'describes'), [`${server.open}subject`]);
    assert.deepEqual(linked(meta, 'acl'), [`${server.open}subject.acl`]);
    assert.deepEqual(linked(meta, 'describedby'), []);
    const acl = await request('HEAD', `${server.pod}.acl`, owner());
    assert.deepEqual([...linked(acl, 'acl'), ...linked(acl, 'describedby')], []);
  });

  it('have none of their own', async () => {
    for (const suffix of ['.acl.acl', '.acl.meta', '.meta.acl', '.meta.meta']) {
      assert.equal((await put(`${server.open}subject${suffix}`, '<> a <#T>.')).status, 404, suffix);
      assert.equal(await status(`${server.open}subject${suffix}`), 404, suffix);
    }
  });

  describe('an ACL', () => {
    it('that is not there is 404 to who may read it, and no empty document ' +
      '[server-acl-without-representation] [server-get-acl-without-representation]', async () => {
      await put(`${server.open}without`, 'x', 'text/plain');
      assert.equal(await status(`${server.open}without.acl`), 404);
      assert.equal(await status(`${server.open}without.acl`, {}), 401);
      assert.equal(await status(`${server.open}without.acl`, as('https://other.example/#me')), 403);
    });

    it('is made and replaced by PUT, changed by PATCH, and counts at once [server-put-patch-auxiliary-resource]', async () => {
      const url = `${server.open}ruled`;
      await put(url, 'x', 'text/plain');
      const put1 = await put(`${url}.acl`, aclText(url, { [server.owner]: 'Read Write Control' }));
      assert.deepEqual([put1.status, put1.headers.location], [201, `${url}.acl`]);
      assert.equal(await status(url, {}), 401);
      assert.equal((await put(`${url}.acl`, aclText(url, { [server.owner]: 'Control', 'foaf:Agent': 'Append' }))).status, 204);
      assert.equal(await status(url, {}), 401);
      const patch = `INSERT DATA { <#rule1> <http://www.w3.org/ns/auth/acl#mode> <http://www.w3.org/ns/auth/acl#Read> }`;
      const patched = await request('PATCH', `${url}.acl`, { 'content-type': 'application/sparql-update', ...owner() }, patch);
      assert.equal(patched.status, 204, patched.text);
      assert.equal(await status(url, {}), 200);
      assert.equal((await request('GET', `${url}.acl`, owner())).headers['content-type'], 'text/turtle');
    });

    it('can be read as Turtle, and as JSON-LD, whatever it was written in [server-get-acl-turtle]', async () => {
      for (const [name, type, text] of [
        ['in-turtle', 'text/turtle', aclText(`${server.open}in-turtle`, { [server.owner]: 'Control' })],
        ['in-json', 'application/ld+json', JSON.stringify({
          '@context': { acl: 'http://www.w3.org/ns/auth/acl#' }, '@id': '#rule0', '@type': 'acl:Authorization',
          'acl:agent': { '@id': server.owner }, 'acl:accessTo': { '@id': 'in-json' }, 'acl:mode': { '@id': 'acl:Control' },
        })],
      ] as const) {
        const url = `${server.open}${name}`;
        await put(url, 'x', 'text/plain');
        assert.equal((await put(`${url}.acl`, text, type)).status, 201);
        for (const accept of ['text/turtle', 'application/ld+json']) {
          const answer = await request('GET', `${url}.acl`, { accept, ...owner() });
          assert.deepEqual([answer.status, answer.headers['content-type']], [200, accept]);
          assert.deepEqual(await graph(answer, `${url}.acl`), turtle(`<#rule0> a acl:Authorization; acl:agent <${server.owner}>;
            acl:accessTo <${name}>; acl:mode acl:Control.`, `${url}.acl`));
          const head = await request('HEAD', `${url}.acl`, { accept, ...owner() });
          assert.deepEqual([head.status, head.headers['content-type']], [200, accept]);
        }
        assert.equal(await status(url, {}), 401);
      }
    });

    it('that could not be read when it is to decide is refused', async () => {
      const agents = Array.from({ length: 10_001 }, (_, i) => `<http://example.org/${i}>`).join();
      const url = `${server.open}crowded.acl`;
      const { status: refused } = await put(url, `<#a> <http://www.w3.org/ns/auth/acl#agent> ${agents}.`);
      assert.equal(refused, 413);
    });

    it('may be made by PATCH, too', async () => {
      const url = `${server.open}patched-acl`;
      await put(url, 'x', 'text/plain');
      const patch = `INSERT DATA { <#o> a <http://www.w3.org/ns/auth/acl#Authorization> }`;
      const made = await request('PATCH', `${url}.acl`, { 'content-type': 'application/sparql-update', ...owner() }, patch);
      assert.equal(made.status, 201, made.text);
      assert.equal(await status(url, {}), 401);
    });

    it('may come before its subject, which it then rules from the first moment', async () => {
      const url = `${server.open}later/`;
      const made = await request('PUT', `${url}doc.acl`, { 'content-type': 'text/turtle', 'if-none-match': '*', ...owner() },
        aclText(`${url}doc`, { [server.owner]: 'Read Write Control' }));
      assert.equal(made.status, 201, made.text);
      assert.equal((await request('PUT', `${url}doc`, { 'content-type': 'text/plain' }, 'x')).status, 401);
      assert.equal((await put(`${url}doc`, 'x', 'text/plain')).status, 201);
      assert.equal(await status(`${url}doc`, {}), 401);
      // The container that it made necessary has what belongs to it, and nothing listed.
      assert.equal(await status(url), 200);
    });

    it('needs Control, and Control is worth nothing else; Read of the subject does not show it', async () => {
      const url = `${server.open}controlled`;
      await put(url, 'x', 'text/plain');
      const [reader, writer, controller] = ['reader', 'writer', 'controller'].map((name) => `https://${name}.example/#me`) as
        [string, string, string];
      await put(`${url}.acl`, aclText(url, { [reader]: 'Read', [writer]: 'Read Write', [controller]: 'Control' }));
      for (const [who, ofAcl, ofSubject] of [[reader, 403, 200], [writer, 403, 200], [controller, 200, 403]] as const) {
        assert.equal(await status(`${url}.acl`, as(who)), ofAcl, who);
        assert.equal(await status(url, as(who)), ofSubject, who);
      }
      const seen = await request('HEAD', `${url}.acl`, as(controller));
      assert.equal(seen.headers['wac-allow'], 'user="read write append",public=""');
      assert.equal((await request('HEAD', `${url}.acl`, as(writer))).headers['wac-allow'], 'user="",public=""');
      assert.equal((await request('HEAD', url, as(controller))).headers['wac-allow'], 'user="control",public=""');
    });

    it('that cannot be read is refused with where, and the old one stays', async () => {
      const url = `${server.open}broken`;
      await put(url, 'x', 'text/plain');
      await put(`${url}.acl`, aclText(url, { [server.owner]: 'Control' }));
      for (const [body, type, expected, kind, says] of [
        ['<#a> <#b>\n <#c', 'text/turtle', 400, 'invalid', /line 2/], ['{"@context": {', 'application/ld+json', 400, 'invalid', /JSON/],
        ['x', 'text/plain', 415, 'unsupported', /text\/plain/], ['<a> <b> <c>', 'application/sparql-update', 415, 'unsupported', /./],
      ] as const) {
        const answer = await put(`${url}.acl`, body, type);
        assert.deepEqual([answer.status, answer.problem?.kind], [expected, kind], answer.text);
        assert.match(answer.problem!.detail, says);
      }
      assert.match((await request('GET', `${url}.acl`, owner())).text, /Control/);
    });

    it('may hold modes and properties that nobody knows yet (WAC, Extensions)', async () => {
      const url = `${server.open}extended`;
      const text = `${aclText(url, { 'foaf:Agent': 'Read' })} <#rule0> acl:mode acl:Fly; acl:condition [ a acl:Moonlight ].`;
      assert.equal((await put(`${url}.acl`, text)).status, 201);
      await put(url, 'x', 'text/plain');
      assert.equal((await request('GET', `${url}.acl`, owner())).text, text);
    });

    it('of the root is always there, and always gives somebody Control ' +
      '[server-root-container-acl] [server-root-container-acl-authorization-control]', async () => {
      const url = `${server.pod}.acl`;
      const before = (await request('GET', url, owner())).text;
      for (const text of ['', '# nobody', aclText(server.pod, { [server.owner]: 'Read Write' }),
        aclText(`${server.pod}other`, { [server.owner]: 'Control' }),
        aclText(server.pod, { 'foaf:Person': 'Control' }),
        '<#nobody> a <http://www.w3.org/ns/auth/acl#Authorization>; <http://www.w3.org/ns/auth/acl#accessTo> <./>; ' +
          '<http://www.w3.org/ns/auth/acl#origin> <https://app.example>; ' +
          '<http://www.w3.org/ns/auth/acl#mode> <http://www.w3.org/ns/auth/acl#Control>.']) {
        const answer = await put(url, text);
        assert.deepEqual([answer.status, answer.problem?.kind], [409, 'conflict'], text);
        assert.match(answer.problem!.detail, /Control/);
      }
      const patch = `DELETE WHERE { ?rule <http://www.w3.org/ns/auth/acl#mode> <http://www.w3.org/ns/auth/acl#Control> }`;
      const patched = await request('PATCH', url, { 'content-type': 'application/sparql-update', ...owner() }, patch);
      assert.equal(patched.status, 409, patched.text);
      assert.equal((await request('GET', url, owner())).text, before);
      assert.equal((await request('DELETE', url, owner())).status, 405);
      assert.equal((await put(url, before)).status, 204);
    });
  });

  describe('a description', () => {
    it('is made and changed by PUT and PATCH, and stays when its subject is replaced [server-put-patch-auxiliary-resource]', async () => {
      const url = `${server.open}described`;
      const patch = (body: string) => request('PATCH', `${url}.meta`, { 'content-type': 'application/sparql-update' }, body);
      assert.equal((await put(`${url}.meta`, '<described> a <#T>.')).status, 409);
      await put(url, 'x', 'text/plain');
      assert.equal(await status(`${url}.meta`), 404);
      assert.equal((await put(`${url}.meta`, '<described> <#title> "One".')).status, 201);
      assert.equal((await patch('INSERT DATA { <> <#seen> true }')).status, 204);
      await put(url, '\0', 'image/png');
      const { text } = await request('GET', `${url}.meta`);
      assert.match(text, /"One"/);
      assert.match(text, /seen/);
      await request('DELETE', `${url}.meta`);
      assert.equal((await patch('INSERT DATA { <> <#seen> true }')).status, 201);
    });

    it('follows the rules of its subject: Read, Append, Write [server-description-resource-authorization]', async () => {
      const url = `${server.open}shared`;
      const agents = ['Read', 'Append', 'Write', 'Control'];
      const webId = (mode: string): string => `https://${mode.toLowerCase()}.example/#me`;
      await put(url, 'x', 'text/plain');
      await put(`${url}.meta`, '<shared> <#n> 0.');
      await put(`${url}.acl`, aclText(url, Object.fromEntries([...agents.map((mode) => [webId(mode), mode]), [server.owner, 'Read Write Control']])));
      const attempts: [mode: string, attempt: (who: Record<string, string>) => ReturnType<typeof request>][] = [
        ['Read', (who) => request('GET', `${url}.meta`, who)],
        ['Append Write', (who) => request('PATCH', `${url}.meta`, { 'content-type': 'application/sparql-update', ...who },
          `INSERT DATA { <> <#n> ${JSON.stringify(who.authorization)} }`)],
        ['Write', (who) => request('PUT', `${url}.meta`, { 'content-type': 'text/turtle', ...who }, '<shared> <#n> 1.')],
        ['Write', (who) => request('DELETE', `${url}.meta`, who)],
      ];
      for (const [modes, attempt] of attempts) {
        for (const mode of agents) {
          await put(`${url}.meta`, '<shared> <#n> 0.');
          const { status: found } = await attempt(as(webId(mode)));
          assert.equal(found < 300, modes.includes(mode), `${modes} is needed, and ${mode} is had: ${found}`);
        }
        assert.equal((await attempt({})).status, 401);
      }
    });
  });
});
