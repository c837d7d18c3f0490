import { rootPath } from '../../src/pods/path.ts';
import { as } from '../server.ts';
import type { TestServer } from '../server.ts';
import { app, member, owner } from './permissions-callers.ts';
import type { Detail } from './permissions-callers.ts';
import type { Row } from './permissions-rows.ts';
import { isAcl, isRoot } from './permissions-rows.ts';
import { places, text } from './permissions-table.ts';
import { request } from './request.ts';
import type { Answer } from './request.ts';

/** Asks for what a row says, in a pod where it is as the row says; gives a line for each thing that is wrong. */
export async function mistakesIn(server: TestServer, row: Row): Promise<string[]> {
  const { operation, status, caller } = row;
  const base = await podFor(server, row);
  const before = await lastChange(server, base);
  const answer = await ask(base, row);
  const mistakes: string[] = [];
  if (answer.status !== status) mistakes.push(`${status} became ${answer.status}: ${answer.problem?.detail ?? ''}`);
  if (!mayChange(row) && await lastChange(server, base) !== before) mistakes.push('something changed in the pod');
  if (operation.column === 'GET') {
    const allowed = privilegesIn(answer);
    const { user, public: anybody } = row.privileges;
    if (allowed !== `user="${user}" public="${anybody}"`) {
      mistakes.push(`WAC-Allow should be user="${user}" public="${anybody}", and is ${allowed}`);
    }
  }
  const where = `${row.line.target} (${row.rules} rules)`;
  return mistakes.map((mistake) =>
    `${operation.name.padEnd(24)} ${where.padEnd(48)} ${`${row.target || '-'}/${row.container || '-'}`.padEnd(8)} ${caller.who}: ${mistake}`);
}

/** `WAC-Allow`, the groups and the modes in alphabetical order. */
function privilegesIn({ headers }: Answer): string {
  const groups = [...String(headers['wac-allow']).matchAll(/(user|public)="([a-z ]*)"/g)];
  return groups.map(([, group, modes = '']) => `${group}="${modes.split(' ').sort().join(' ')}"`).join(' ');
}

async function lastChange({ app: { pods } }: TestServer, base: string): Promise<number | undefined> {
  return (await pods.look(base, rootPath))?.tally.sequence;
}

function ask(base: string, { operation, line, caller }: Row): Promise<Answer> {
  const { at } = places[line.target]!;
  const { client, issuer, origin, token } = caller;
  const authority = token?.map((detail) => written(detail, base, subjectOf(at)));
  const who = caller.webId === undefined ? {}
    : as(caller.webId, { ...client && { client }, ...issuer && { issuer }, ...authority && { authority } });
  const { name, type, link } = operation;
  const body = operation.body ?? (isAcl(line) ? rule(`acl:agent <${owner}>`, base + subjectOf(at), 'RWC') : text);
  return request(name.split(' ', 1)[0]!, base + at, {
    ...who, ...origin && { origin }, ...link && { link }, ...type && { 'content-type': type },
  }, type && body);
}

/** By what is in them, the pods that are shared by rows that change nothing. */
const shared = new Map<string, Promise<string>>();
let made = 0;

/** Whether the answer to a row may be to change something. */
function mayChange({ operation, status }: Row): boolean {
  return status < 300 && !['GET', 'OPTIONS'].includes(operation.column);
}

/** The base URL of a pod in which it is as a row says. */
function podFor(server: TestServer, row: Row): Promise<string> {
  if (mayChange(row)) return makePod(server, row);
  const key = [row.line.target, row.rules, row.caller.who, row.target, row.container].join();
  const known = shared.get(key) ?? makePod(server, row);
  shared.set(key, known);
  return known;
}

async function makePod({ app: { pods, access }, url }: TestServer, { line, caller, ...row }: Row): Promise<string> {
  const base = `${url}pod${made += 1}/`;
  const { at, there = [] } = places[line.target]!;
  const files = { ...Object.fromEntries(there.map((path) => [path, text])), ...rulesIn(base, { line, caller, ...row }) };
  const contents = Object.entries(files).map(([path, said]) => ({ path, mediaType: 'text/turtle', bytes: Buffer.from(said) }));
  const pod = await pods.create({ base, owners: [owner] }, contents);
  const { granted } = caller;
  if (granted === undefined) return base;
  await pods.restrictApps(pod, 'granted');
  if (granted === 'nothing') return base;
  const details = typeof granted === 'string' ? undefined : granted.map((detail) => written(detail, '', subjectOf(at)));
  await access.apps.grant(pod, app, details);
  if (granted === 'withdrawn') await access.apps.withdraw(pod, app);
  return base;
}

/** The ACL documents, and the group that they may name. What must not count says much: all to everybody. */
function rulesIn(base: string, { line, caller, rules, target, container }: Row): Record<string, string> {
  const give = (to: string, on: string, below: string): string => [
    rule(caller.rule.replace('POD', base), on, to), rule(caller.rule.replace('POD', base), on, below, 'default'),
    rule('acl:agentClass foaf:Agent', on, caller.everybody ?? ''), rule('acl:agentClass foaf:Agent', on, caller.everybody ?? '', 'default'),
    rule('acl:agent <https://somebody.example/#me>', on, 'RWC'), text,
  ].join('\n');
  const subject = subjectOf(places[line.target]!.at);
  if (isRoot(line)) return { ...group(base, caller.rule), '.acl': give(target, base, 'RWC') };
  return {
    ...group(base, caller.rule),
    '.acl': rule('acl:agentClass foaf:Agent', base, 'RWC') + rule('acl:agentClass foaf:Agent', base, 'RWC', 'default'),
    'box/.acl': give(container, `${base}box/`, rules === 'own' ? 'RWC' : target),
    ...rules === 'own' ? { [`${subject}.acl`]: give(target, base + subject, 'RWC') } : {},
  };
}

/** A group document that is private. */
function group(base: string, named: string): Record<string, string> {
  return named.includes('acl:agentGroup') ? {
    'groups/friends': `<#us> <http://www.w3.org/2006/vcard/ns#hasMember> <${member}>.`,
    'groups/.acl': rule(`acl:agent <${owner}>`, `${base}groups/`, 'RWC', 'default'),
  } : {};
}

/** An authorization in Turtle; nothing where there are no modes to give. */
function rule(named: string, resource: string, modes: string, to = 'accessTo'): string {
  if (modes === '') return '';
  const given = modes.split('').map((mode) => `acl:${{ R: 'Read', A: 'Append', W: 'Write', C: 'Control' }[mode]}`);
  return `@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.
    [] a acl:Authorization; ${named}; acl:${to} <${resource}>; acl:mode ${given.join(', ')}.\n`;
}

/** A detail as in `authorization_details`. */
function written({ at, actions, expired }: Detail, base: string, target: string): object {
  return {
    type: 'solid', locations: [base + (at === 'target' ? target : at)], actions,
    ...expired ? { exp: Math.floor(Date.now() / 1000) - 60 } : {},
  };
}

function subjectOf(at: string): string {
  return at.replace(/\.(acl|meta)$/, '');
}
