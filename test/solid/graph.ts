import { Readable } from 'node:stream';
import type { Quad } from '@rdfjs/types';
import { JsonLdParser } from 'jsonld-streaming-parser';
import { Parser } from 'n3';
import type { Answer } from './request.ts';

/** The statements of an answer in Turtle or JSON-LD, as sorted lines, so that equal graphs without blank nodes are equal. */
export async function graph(answer: Answer, url: string): Promise<string[]> {
  return lines(await statements(answer, url));
}

/** The same for Turtle that a test expects. The prefixes that this server deals with are declared. */
export function turtle(text: string, url: string): string[] {
  return lines(new Parser({ baseIRI: url }).parse(prefixes + text));
}

async function statements({ headers, text }: Answer, url: string): Promise<Quad[]> {
  if (/^application\/(ld\+)?json/.test(headers['content-type'] ?? '')) {
    const parsed = Readable.from([text]).pipe(new JsonLdParser({ baseIRI: url }));
    return await parsed.toArray() as Quad[];
  }
  return new Parser({ baseIRI: url, format: headers['content-type'] ?? '' }).parse(text);
}

function lines(quads: readonly Quad[]): string[] {
  return quads.map((quad) => [quad.subject, quad.predicate, quad.object].map((term) => {
    if (term.termType === 'NamedNode') return `<${term.value}>`;
    if (term.termType !== 'Literal') throw new Error(`${term.termType} cannot be compared`);
    return `${JSON.stringify(term.value)}${term.language ? `@${term.language}` : `^^<${term.datatype.value}>`}`;
  }).join(' ')).sort();
}

const prefixes = `
@prefix acl: <http://www.w3.org/ns/auth/acl#>.
@prefix dct: <http://purl.org/dc/terms/>.
@prefix foaf: <http://xmlns.com/foaf/0.1/>.
@prefix iana: <http://www.w3.org/ns/iana/media-types/>.
@prefix ldp: <http://www.w3.org/ns/ldp#>.
@prefix pim: <http://www.w3.org/ns/pim/space#>.
@prefix posix: <http://www.w3.org/ns/posix/stat#>.
@prefix schema: <http://schema.org/>.
@prefix solid: <http://www.w3.org/ns/solid/terms#>.
@prefix xsd: <http://www.w3.org/2001/XMLSchema#>.
`;

/** An access control list that gives each agent, or `foaf:Agent`, its modes, to a resource and, for a container, below it. */
export function aclText(resource: string, rules: Readonly<Record<string, string>>): string {
  return prefixes + Object.entries(rules).map(([agent, modes], i) => `<#rule${i}> a acl:Authorization;
    ${agent.includes('://') ? `acl:agent <${agent}>` : `acl:agentClass ${agent}`};
    acl:accessTo <${resource}>;${resource.endsWith('/') ? ` acl:default <${resource}>;` : ''}
    acl:mode ${modes.split(' ').map((mode) => `acl:${mode}`).join(', ')}.`).join('\n');
}
