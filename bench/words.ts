/** The works in words, in the order of the report. */
const works: Readonly<Record<string, string>> = {
  'get-turtle': 'Public GET of 1 KB Turtle, 32 connections',
  'get-jsonld': 'Public GET of the same as JSON-LD, 32 connections',
  'get-proof': 'GET of 1 KB with a fresh DPoP proof each, 32 connections',
  'put-proof': 'PUT of new 1 KB with proof, 16 connections',
  'patch-many': 'N3 Patch with proof of many documents, 16 connections',
  'patch-one': 'N3 Patch with proof of one document, 16 connections',
  'acl-deep': 'GET with proof, in the tenth container with rules',
  'acl-group': 'GET with proof, allowed to a group of 100',
  'listing-100': 'Listing of 100 members',
  'listing-10000': 'Listing of 10,000 members',
  'listing-100000': 'Listing of 100,000 members',
  'listing-1000000': 'Listing of 1,000,000 members',
  'large-down': 'Download of 512 MiB',
  'large-up': 'Upload of 512 MiB',
  'mixed': '1,000 pods of 100 resources, 90 % reads and 10 % writes, few of them asked for most',
  'login': 'Logins at the token endpoint',
  'start-empty': 'Start to first answer, empty store',
  'start-1000000': 'Start to first answer, 1,000,000 resources',
  'idle': 'Memory of an idle server',
  'growth': 'As it grows: with 1,000 and with 1,000,000 resources',
};

/** The servers in words with their colours, in the order of the report; colours differ in lightness too. */
const servers: Readonly<Record<string, { readonly name: string; readonly colour: string }>> = {
  'freehold': { name: 'Freehold', colour: '#0072b2' },
  'bare-http': { name: 'bare http', colour: '#8c959f' },
  'bare-koa': { name: 'bare Koa', colour: '#afb8c1' },
  'bare-streaming': { name: 'bare streaming', colour: '#8c959f' },
  'ceiling': { name: 'the ceiling', colour: '#57606a' },
  'jss': { name: 'JSS', colour: '#e69f00' },
  'css': { name: 'CSS', colour: '#d55e00' },
  'nss': { name: 'NSS', colour: '#9a4d8e' },
};

export function titleOf(work: string): string {
  return works[work] ?? work;
}

export function nameOf(server: string): string {
  return servers[server]?.name ?? server;
}

export function colourOf(server: string): string {
  return servers[server]?.colour ?? '#57606a';
}

/** Those that are there, without repetition: the known ones in the order of the report, others behind them. */
export const worksIn = (found: readonly { readonly work: string }[]): string[] =>
  ordered(Object.keys(works), found.map(({ work }) => work));

export const serversIn = (found: readonly { readonly server: string }[]): string[] =>
  ordered(Object.keys(servers), found.map(({ server }) => server));

function ordered(known: readonly string[], found: readonly string[]): string[] {
  const all = new Set(found);
  return [...known.filter((name) => all.has(name)), ...[...all].filter((name) => !known.includes(name))];
}

/** A number as people read it: three digits that count. */
export function numberOf(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 20 });
}
