import type { Quad, Term } from '@rdfjs/types';
import { Parser } from 'n3';
import { podBase, prefixes, upwards } from './sight-of.ts';
import { textsOf } from './worlds.ts';
import type { Detail, World } from './worlds.ts';

const acl = 'http://www.w3.org/ns/auth/acl#';
const type = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const everybody = 'http://xmlns.com/foaf/0.1/Agent';

const modes = ['Read', 'Write', 'Append', 'Control'] as const;
type Mode = typeof modes[number];

/**
 * What the one who asks, and anybody, may do, from the text of the specifications alone and without a thought for speed.
 * It shares nothing with `src/`.
 */
export function slowlyJudged(world: World): { user: string[]; public: string[] } {
  const { origin, ...named } = world.agent;
  const stranger: World = { ...world, agent: origin === undefined ? {} : { origin } };
  const quads = rulesOf(world);
  const anybody = given(stranger, quads);
  const own = named.webId === undefined ? [] : given(world, quads);
  if (named.webId !== undefined && world.owners.includes(named.webId)) own.push('Control');
  const user = modes.filter((mode) => anybody.includes(mode) || (own.includes(mode) && isLeft(world, mode)));
  return { user: user.map((mode) => mode.toLowerCase()), public: anybody.map((mode) => mode.toLowerCase()) };
}

/** The path of what the ACL document that decides belongs to (WAC, Effective ACL Resource). */
function deciding({ path, acls }: World): string | undefined {
  return upwards(path).find((candidate) => candidate in acls);
}

function rulesOf(world: World): Quad[] {
  const at = deciding(world);
  if (at === undefined || world.acls[at] === 'cannot be parsed') return [];
  return new Parser({ baseIRI: `${podBase + at}.acl` }).parse(prefixes + textsOf(world)[at]);
}

/** WAC, Authorization Evaluation. */
function given(world: World, quads: readonly Quad[]): Mode[] {
  const { path, agent } = world;
  const at = deciding(world)!;
  const matching = quads.filter(({ subject, predicate, object }) => {
    if (predicate.value !== type || object.value !== `${acl}Authorization`) return false;
    const origins = objects(quads, subject, `${acl}origin`).map(({ value }) => value);
    // WAC, Access Objects
    const about = at === path ? hasIri(quads, subject, `${acl}accessTo`, podBase + path)
      : hasIri(quads, subject, `${acl}default`, podBase + at) || hasIri(quads, subject, `${acl}defaultForNew`, podBase + at);
    return about && areAmong(world, quads, subject, 'agent', agent.webId)
      && (agent.origin === undefined || origins.length === 0 || origins.includes(agent.origin))
      && objects(quads, subject, `${acl}condition`).every((condition) => holds(world, quads, condition));
  }).map(({ subject }) => subject);
  // WAC, Access Modes: Write implies Append
  return modes.filter((mode) => matching.some((subject) => hasIri(quads, subject, `${acl}mode`, acl + mode)
    || (mode === 'Append' && hasIri(quads, subject, `${acl}mode`, `${acl}Write`))));
}

/** WAC, Access Conditions: those of a type that is not signalled are not used. */
function holds(world: World, quads: readonly Quad[], condition: Term): boolean {
  const { client, issuer } = world.agent;
  const onClient = hasIri(quads, condition, type, `${acl}ClientCondition`);
  const onIssuer = hasIri(quads, condition, type, `${acl}IssuerCondition`);
  return (!onClient || areAmong(world, quads, condition, 'client', client))
    && (!onIssuer || areAmong(world, quads, condition, 'issuer', issuer));
}

/** WAC, Access Subjects, and what conditions say in the same way: by IRI, by class, by group. */
function areAmong(
  { members }: World, quads: readonly Quad[], node: Term, kind: 'agent' | 'client' | 'issuer', name: string | undefined,
): boolean {
  if (hasIri(quads, node, `${acl}${kind}Class`, everybody)) return true;
  if (name === undefined) return false;
  return hasIri(quads, node, acl + kind, name) || hasIri(quads, node, `${acl}${kind}Class`, `${acl}AuthenticatedAgent`)
    || Object.entries(members).some(([group, those]) => those.includes(name) && hasIri(quads, node, `${acl}${kind}Group`, group));
}

function objects(quads: readonly Quad[], node: Term, predicate: string): Term[] {
  return quads.filter(({ subject, predicate: { value } }) => subject.equals(node) && value === predicate).map(({ object }) => object);
}

function hasIri(quads: readonly Quad[], node: Term, predicate: string, iri: string): boolean {
  return objects(quads, node, predicate).some(({ termType, value }) => termType === 'NamedNode' && value === iri);
}

/** Whether the token and the owners leave this to the app that does it for the agent (RFC 9396, section 2; `parseAuthority`). */
function isLeft({ path, agent, details, policy, grants }: World, mode: Mode): boolean {
  if (details !== undefined && !details.some((detail) => grantsIt(detail, path, mode))) return false;
  if (policy === 'everyone') return true;
  const own = agent.client === undefined ? undefined : grants[agent.client];
  if (own === undefined) return false;
  return own === 'everything' || own.some((detail) => grantsIt(detail, path, mode, podBase));
}

function grantsIt(detail: Detail, path: string, mode: Mode, base?: string): boolean {
  if (detail.type !== 'solid' || detail.datatypes !== undefined) return false;
  if (detail.exp !== undefined && new Date(detail.exp * 1000) <= new Date()) return false;
  const actions = mode === 'Append' ? ['append', 'write'] : [mode.toLowerCase()];
  if (!actions.some((action) => detail.actions.includes(action))) return false;
  const absolute = detail.locations.filter((location) => base !== undefined || location.startsWith('https:'))
    .map((location) => new URL(location, base).href);
  // The resource itself, or a container that it is in.
  return upwards(path).some((at) => (at === path || at === '' || at.endsWith('/')) && absolute.includes(podBase + at));
}
