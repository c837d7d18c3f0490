import assert from 'node:assert/strict';
import { parseAcl, type AclDocument } from '../../src/access/acl.ts';
import { append, none, read, write } from '../../src/access/modes.ts';
import { Problem } from '../../src/problem.ts';

const prefixes = '@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>. ';

function document(text: string, mediaType = 'text/turtle'): AclDocument {
  return {
    url: 'https://pod.example/notes/.acl', subject: 'https://pod.example/notes/',
    mediaType, bytes: Buffer.from(text), version: '1',
  };
}

async function parse(turtle: string) {
  return parseAcl(document(prefixes + turtle));
}

describe('ACL documents', () => {
  it('give all of an authorization, with IRIs resolved against the ACL document and normalised', async () => {
    const [authorization] = await parse(`<#one> a acl:Authorization; acl:mode acl:Read, acl:Append;
      acl:accessTo <./>, <HTTPS://POD.example:443/%7eann/%e9>; acl:default <./>; acl:agent <../card#me>;
      acl:agentClass foaf:Agent; acl:agentGroup <groups#friends>; acl:origin <https://app.example>.`);
    assert.deepEqual(authorization, {
      iri: 'https://pod.example/notes/.acl#one',
      accessTo: ['https://pod.example/notes/', 'https://pod.example/~ann/%E9'],
      default: ['https://pod.example/notes/'],
      modes: read | append,
      agents: {
        iris: ['https://pod.example/card#me'],
        classes: ['http://xmlns.com/foaf/0.1/Agent'],
        groups: ['https://pod.example/notes/groups#friends'],
      },
      origins: ['https://app.example/'],
      conditions: [],
      ignoredConditions: [],
    });
  });

  it('count only what is typed acl:Authorization, blank nodes too (WAC, Authorization Conformance)', async () => {
    const authorizations = await parse(`[] a acl:Authorization; acl:mode acl:Write.
      <#untyped> acl:mode acl:Read. <#other> a foaf:Agent; acl:mode acl:Read. <#text> a "acl:Authorization".`);
    assert.deepEqual(authorizations.map(({ modes }) => modes), [write]);
  });

  it('may hold modes, conditions and other statements that are not known (WAC, Extensions)', async () => {
    const authorizations = await parse(`<#one> a acl:Authorization, <#Special>; acl:mode <#Fly>, acl:Read;
      acl:condition [ a <#Weather> ]; <#colour> "blue". <#two> a acl:Authorization; acl:mode <#Fly>. <a> <b> <c>.`);
    assert.deepEqual(authorizations.map(({ modes }) => modes), [read, none]);
  });

  it('take a literal for an origin, which narrows, but for nothing that widens', async () => {
    const [authorization] = await parse(`<#one> a acl:Authorization; acl:origin "https://app.example";
      acl:agent "https://ann.example/#me"; acl:agentClass "http://xmlns.com/foaf/0.1/Agent"; acl:mode "acl:Read".`);
    assert.deepEqual(authorization!.origins, ['https://app.example/']);
    assert.deepEqual(authorization!.agents, { iris: [], classes: [], groups: [] });
    assert.equal(authorization!.modes, 0);
  });

  it('may be JSON-LD, of which only the default graph counts', async () => {
    const node = (id: string) => ({
      '@id': id, '@type': 'acl:Authorization', 'acl:mode': { '@id': 'acl:Read' }, 'acl:accessTo': { '@id': './' },
    });
    const authorizations = await parseAcl(document(JSON.stringify({
      '@context': { acl: 'http://www.w3.org/ns/auth/acl#' },
      '@graph': [node('#one'), { '@id': '#other', '@graph': [node('#hidden')] }],
    }), 'application/ld+json'));
    assert.equal(authorizations.length, 1);
    assert.deepEqual(authorizations[0]!.accessTo, ['https://pod.example/notes/']);
  });

  it('give the conditions that are evaluated, and the types of those that are not (WAC, Access Conditions)', async () => {
    const [authorization] = await parse(`<#one> a acl:Authorization; acl:condition <#only>, <#weather>, [], "text".
      <#only> a acl:ClientCondition, acl:IssuerCondition; acl:client <https://APP.example>; acl:clientClass foaf:Agent;
        acl:clientGroup <groups#apps>; acl:issuer <https://id.example>. <#weather> a <#Weather>, <#Season>.`);
    assert.deepEqual(authorization!.conditions, [
      { on: 'client', iris: ['https://app.example/'], classes: ['http://xmlns.com/foaf/0.1/Agent'],
        groups: ['https://pod.example/notes/groups#apps'] },
      { on: 'issuer', iris: ['https://id.example/'], classes: [], groups: [] },
    ]);
    const here = 'https://pod.example/notes/.acl';
    assert.deepEqual(authorization!.ignoredConditions, [`${here}#Weather`, `${here}#Season`, '', '']);
  });

  const groups = (count: number) => Array.from({ length: count }, (_, i) => `<https://g.example/${i}#us>`).join(', ');
  it('may name 32 groups', async () => {
    const [authorization] = await parse(`<#one> a acl:Authorization; acl:agentGroup ${groups(32)}.`);
    assert.equal(authorization!.agents.groups.length, 32);
  });

  const unreadable = [
    ['text that is no Turtle', document('<#one> a acl:Authorization'), 'invalid'],
    ['JSON-LD cut off', document('{ "@id": ', 'application/ld+json'), 'invalid'],
    ['no RDF at all', document('hello', 'text/plain'), 'unsupported'],
    ['more than 32 groups', document(`${prefixes} <#one> a acl:Authorization; acl:agentGroup ${groups(33)}.`), 'too-large'],
    ['more than 10,000 statements', document('<a> <b> 1' + ', 2'.repeat(10_001) + '.'), 'too-large'],
  ] as const;
  for (const [what, acl, kind] of unreadable) {
    it(`are refused as ${kind}: ${what}`, async () => {
      await assert.rejects(parseAcl(acl), (error) => error instanceof Problem && error.kind === kind);
    });
  }
});
