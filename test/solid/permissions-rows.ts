import { callers } from './permissions-callers.ts';
import type { Caller } from './permissions-callers.ts';
import { lines, operations, places } from './permissions-table.ts';
import type { Line, Operation } from './permissions-table.ts';

/** Somebody attempts something, where the rules give these modes (`RWC`) on the target and on its container. */
export interface Attempt {
  readonly operation: Operation;
  readonly line: Line;
  readonly rules: 'own' | 'inherited';
  readonly caller: Caller;
  readonly target: string;
  readonly container: string;
}

/** An attempt, and what it shall be answered by the table; nothing of that is asked of the code that is tested. */
export interface Row extends Attempt {
  readonly status: number;
  /** What `WAC-Allow` shall say, the modes in alphabetical order. */
  readonly privileges: { readonly user: string; readonly public: string };
}

export const isAcl = ({ target }: Line): boolean => places[target]!.at.endsWith('.acl');
export const isRoot = ({ target }: Line): boolean => /^(\.acl)?$/.test(places[target]!.at);

/** `W` with the `A` that it implies. */
const spelled = (modes: string): string => modes.replace('W', 'WA');
const includes = (modes: string, wanted: string): boolean => wanted.split('').every((mode) => spelled(modes).includes(mode));
const common = (one: string, other: string): string => spelled(one).split('').filter((mode) => includes(other, mode)).join('');

/** The modes that the caller has, where the rules give these and the app leaves those. */
function held({ unnamed, always = '', everybody = '' }: Caller, given: string, kept: string): string {
  return common((unnamed ? '' : given) + always, kept) + everybody;
}

function rowOf(attempt: Attempt): Row {
  const { line, operation, caller } = attempt;
  const keeps = (isRoot(line) ? caller.keepsAtRoot : undefined) ?? caller.keeps ?? 'RWC';
  const [keptOnTarget = '', keptOnContainer = keptOnTarget] = keeps.split('/');
  const target = held(caller, attempt.target, keptOnTarget);
  const container = held(caller, attempt.container, keptOnContainer);
  const anybodys = caller.isPublic ? attempt.target : caller.everybody ?? '';
  return {
    ...attempt,
    status: statusIn(line.cells[operation.column]!, target, container) ?? (caller.webId === undefined ? 401 : 403),
    privileges: { user: names(target, line), public: names(anybodys, line) },
  };
}

/** The answer to whoever has these modes; `undefined` when they are refused. */
function statusIn(cell: string, target: string, container: string): number | undefined {
  for (const answer of cell.split(' ')) {
    const [status, needs = ''] = answer.split(':').toReversed();
    const [onTarget = '', onContainer = ''] = needs.split('/');
    const met = needs === '?' ? includes(target, 'R') || includes(container, 'R')
      : includes(target, onTarget) && includes(container, onContainer);
    if (met) return Number(status);
  }
  return undefined;
}

/** On an ACL, Control of its subject is worth Read and Write, and nothing else is worth anything. */
function names(modes: string, line: Line): string {
  const there = isAcl(line) ? (includes(modes, 'C') ? 'RW' : '') : modes;
  return [['append', 'A'], ['control', 'C'], ['read', 'R'], ['write', 'W']]
    .filter(([, mode]) => includes(there, mode!)).map(([name]) => name).join(' ');
}

const each = ['', 'R', 'A', 'W', 'C', 'RWC'];
const modesOnTarget = [...each, 'RA', 'RW'];
const modesOnContainer = ['', 'R', 'A', 'W', 'RWC'];

/** What is tried: in full, with each mode, and in few cases. */
const inFull = ['GET', 'PUT', 'POST', 'PATCH insert', 'PATCH if', 'PATCH insert if', 'PATCH delete', 'DELETE'];
const withEach = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH insert', 'PATCH delete', 'DELETE'];
const inFew = ['GET', 'PUT', 'PATCH insert', 'DELETE'];
const targetsWithEach = ['document', 'new document', 'container', 'new container', 'root container', 'container without its slash',
  'ACL', 'missing ACL', 'ACL of the root', 'description', 'missing description'];
const targetsInFew = ['document', 'new document', 'container', 'root container', 'ACL', 'missing ACL'];

/** The modes, on target and container, that are tried. */
function combinations(caller: Caller, { name, column }: Operation, { target, cells }: Line): (readonly [string, string])[] {
  const same = each.map((modes) => [modes, modes] as const);
  switch (caller.rows) {
    case 'few': return inFew.includes(name) && targetsInFew.includes(target) ? [['RWC', 'RWC'], ['R', 'W']] : [];
    case 'each': return withEach.includes(name) && targetsWithEach.includes(target) ? same : [];
    case 'all': {
      if (!inFull.includes(name)) return same;
      const cell = cells[column]!;
      // Where the table says nothing of the container, its modes make no difference: none, or all.
      const onContainer = cell.includes('/') ? modesOnContainer : cell.includes('?') ? ['', 'R', 'WC'] : ['', 'RWC'];
      return modesOnTarget.flatMap((modes) => onContainer.map((container) => [modes, container] as const));
    }
  }
}

function attemptsOf(line: Line, operation: Operation, caller: Caller): Attempt[] {
  const combined = combinations(caller, operation, line);
  const attempts = (rules: Attempt['rules']): Attempt[] => isRoot(line)
    ? [...new Set(combined.map(([target]) => target))].map((target) => ({ operation, line, rules, caller, target, container: '' }))
    : combined.map(([target, container]) => ({ operation, line, rules, caller, target, container }));
  if (line.rules !== 'both') return attempts(line.rules === 'own' ? 'own' : 'inherited');
  return [...caller.rows === 'few' ? [] : attempts('own'), ...caller.rows === 'each' ? [] : attempts('inherited')];
}

/** All rows that there are. */
export const rows: readonly Row[] = lines.flatMap((line) => operations.flatMap((operation) =>
  line.cells[operation.column] === '.' ? [] : callers.flatMap((caller) => attemptsOf(line, operation, caller).map(rowOf))));
