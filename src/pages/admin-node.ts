import { statfs } from 'node:fs/promises';
import { spanNames } from '../admin/figures.ts';
import type { Span } from '../admin/figures.ts';
import type { ListName } from '../admin/blocks.ts';
import type { AuditEntry } from '../admin/audit.ts';
import type { SettingChanges, SettingName } from '../admin/settings.ts';
import type { Usage } from '../admin/usage.ts';
import { Problem } from '../problem.ts';
import { podAbout, refuseGreater } from './admin-people.ts';
import type { AdminParts, AdminRequest } from './admin-row.ts';
import { FieldProblem } from './body-fields.ts';

const pageSize = 50;
/** Up to so many people and pods are counted whenever somebody looks, if they were not just before. */
const smallNode = 2_000;
const freshMilliseconds = 2_000;

/** What of a node one wants to see first. */
export async function showOverview({ parts, who }: AdminRequest): Promise<object> {
  const { admin, people, version } = parts;
  const [usage, disk] = await Promise.all([usageNow(parts), parts.disk()]);
  const { signUp } = admin.settings.current;
  const failed = admin.jobs.list().filter(({ outcome }) => outcome === 'failed');
  const hints = [
    ...(people.mail.works
      ? [] : [{ sentence: 'There is no mail server: links for new passwords are only in the log.' }]),
    ...(disk !== undefined && disk.free < disk.total / 10
      ? [{ sentence: 'Less than a tenth of the disk is free.' }] : []),
    ...failed.map(({ name, error = '' }) => ({ sentence: `The job "${name}" failed: ${error}` })),
  ];
  return {
    role: who.role, node: { version, signUp, mailWorks: people.mail.works, ...(disk && { disk }) },
    people: usage?.people ?? 0, pods: usage?.pods ?? 0, bytes: usage?.bytes ?? 0, hints,
  };
}

/** What was counted last; on a small node, or on one that was never counted, not long ago. */
async function usageNow({ admin }: AdminParts): Promise<Usage | undefined> {
  const last = await admin.usage.last();
  const isSmall = (last?.pods ?? 0) + (last?.people ?? 0) < smallNode;
  const runs = admin.jobs.list().some(({ name }) => name === 'usage');
  if (!isSmall || !runs || (last !== undefined && last.asOf > Date.now() - freshMilliseconds)) return last;
  await admin.jobs.run('usage');
  return admin.usage.last();
}

/** How much room there is on the disk of a folder, in bytes. */
export async function diskOf(folder: string): Promise<{ free: number; total: number } | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined; // Where nothing is on a disk, or the system does not tell.
  }
}

export async function showFigures({ parts, query }: AdminRequest): Promise<object> {
  const span = query.get('span') ?? 'day';
  if (!spanNames.includes(span as Span)) throw new Problem('invalid', `A span is one of ${spanNames.join(', ')}.`);
  return { span, ...await parts.admin.figures.read(span as Span) };
}

export async function listInvites({ parts }: AdminRequest): Promise<object> {
  const invites: object[] = [];
  for await (const invite of parts.people.invites.list()) invites.push(invite);
  return { invites };
}

export async function createInvite(
  { parts }: AdminRequest, wish: { note?: string | undefined; uses?: number | undefined; days?: number | undefined },
): Promise<object> {
  const { note, uses, days } = wish;
  const { code, invite } = await parts.people.invites.create({
    ...(note !== undefined && { note }), ...(uses !== undefined && { uses }), ...(days !== undefined && { days }),
  });
  return { code, id: invite.id };
}

export async function removeInvite({ parts, ids }: AdminRequest): Promise<object> {
  if (!await parts.people.invites.remove(ids['invite']!)) throw new Problem('missing', 'There is no such invite.');
  return {};
}

/** The largest pods, in the order in which they were when they were counted last. */
export async function listPods(request: AdminRequest): Promise<object> {
  const { parts, query } = request;
  const usage = await usageNow(parts);
  const from = Number(query.get('after') ?? 0) || 0;
  const largest = usage?.largest.slice(from, from + pageSize) ?? [];
  const sizes = await parts.admin.usage.sizes(largest.map(({ id }) => id));
  const accounts = new Map(largest.map(({ id, account }) => [id, account]));
  return {
    pods: sizes.map((size) => ({ ...podAbout(request, size), account: accounts.get(size.id) })),
    ...(usage && { asOf: usage.asOf }),
    ...((usage?.largest.length ?? 0) > from + pageSize && { next: String(from + pageSize) }),
  };
}

export async function setQuota(
  request: AdminRequest, { quota }: { quota?: string | number | undefined },
): Promise<object> {
  const { parts, ids } = request;
  const pod = ids['pod']!;
  const [size] = await parts.admin.usage.sizes([pod]);
  if (size === undefined) throw new Problem('missing', 'There is no such pod.');
  const account = await parts.people.accounts.byPod(size.base);
  if (account !== undefined) refuseGreater(request, account);
  await parts.pods.limit(pod, quota === undefined ? undefined : sizeIn(parts, 'quota', quota));
  return {};
}

/** Apps that people let in, and those that are blocked. */
export async function listApps(request: AdminRequest): Promise<object> {
  const { parts, parts: { admin } } = request;
  const used = (await usageNow(parts))?.apps ?? [];
  const blocked = new Map(admin.lists.of('blocked-app').map(({ what, at, note }) =>
    [what, { since: at, ...(note !== undefined && { reason: note }) }]));
  const unused = [...blocked.keys()].filter((client) => !used.some((app) => app.client === client));
  return {
    apps: [...used, ...unused.map((client) => ({ client, people: 0 }))].map((app) => ({
      ...app, ...(blocked.has(app.client) && { blocked: blocked.get(app.client) }),
      resource: resource(request, 'apps', app.client),
    })),
  };
}

export async function blockApp(
  { parts }: AdminRequest, { client, reason }: { client: string; reason?: string | undefined },
): Promise<object> {
  await parts.admin.lists.add('blocked-app', client, reason);
  return {};
}

export async function unblockApp({ parts, ids }: AdminRequest): Promise<object> {
  await parts.admin.lists.remove('blocked-app', unnamed(ids['app']!));
  return {};
}

export async function listIssuers(request: AdminRequest): Promise<object> {
  const of = (list: ListName): object[] => request.parts.admin.lists.of(list).map(({ what, at, note }) => ({
    issuer: what, at, ...(note !== undefined && { note }),
    resource: resource(request, 'issuers', `${list} ${what}`),
  }));
  return { allowed: of('allowed-issuer'), blocked: of('blocked-issuer') };
}

export async function addIssuer(
  { parts }: AdminRequest,
  { issuer, list, note }: { issuer: string; list: 'allow' | 'block'; note?: string | undefined },
): Promise<object> {
  await parts.admin.lists.add(list === 'allow' ? 'allowed-issuer' : 'blocked-issuer', issuer, note);
  return {};
}

export async function removeIssuer({ parts, ids }: AdminRequest): Promise<object> {
  const [list = '', issuer = ''] = unnamed(ids['issuer']!).split(' ', 2);
  if (list !== 'allowed-issuer' && list !== 'blocked-issuer') throw new Problem('missing', 'That is not on the list.');
  await parts.admin.lists.remove(list, issuer);
  return {};
}

/** All settings; of a secret only whether there is one. `pods`: whether addresses are settled, as pods have them. */
export async function showSettings({ parts: { admin } }: AdminRequest): Promise<object> {
  const { settings } = admin;
  const { current } = settings;
  const settled = await admin.usage.hasPods();
  const names: readonly SettingName[] = [
    'signUp', 'mailUrl', 'mailFrom', 'podAddresses', 'quotaBytes', 'maxPodsPerAccount', 'message', 'termsUrl',
    'privacyUrl',
  ];
  return { settings: Object.fromEntries(names.map((name) => [name, {
    fixed: settings.isFixed(name) || (name === 'podAddresses' && settled),
    ...(name === 'mailUrl' ? { set: current.mailUrl !== undefined }
      : current[name] !== undefined && { value: current[name] }),
  }])) };
}

/** `null` for what is not to be set any more. */
export interface SettingsGiven extends Omit<SettingChanges, 'quotaBytes'> {
  readonly quotaBytes?: string | number | null | undefined;
}

export async function changeSettings(request: AdminRequest, given: SettingsGiven): Promise<object> {
  await request.parts.admin.settings.set(await checkedSettings(request, given));
  return {};
}

/** What may be set, in the form in which it is kept. Throws `forbidden`, and a `FieldProblem` for what will not do. */
export async function checkedSettings({ parts, who }: AdminRequest, given: SettingsGiven): Promise<SettingChanges> {
  const { admin } = parts;
  if ((given.mailUrl !== undefined || given.mailFrom !== undefined) && who.role !== 'owner') {
    throw new Problem('forbidden', 'Only an owner sets the mail server, as links for new passwords go through it.');
  }
  const { quotaBytes, ...others } = given;
  const { current } = admin.settings;
  if (given.podAddresses && given.podAddresses !== current.podAddresses && await admin.usage.hasPods()) {
    throw new FieldProblem(
      { podAddresses: 'There are pods already, and their addresses stay as they are.' }, 'conflict');
  }
  const mailUrl = given.mailUrl === undefined ? current.mailUrl : given.mailUrl ?? undefined;
  const mailFrom = given.mailFrom === undefined ? current.mailFrom : given.mailFrom ?? undefined;
  if (given.mailUrl && !parts.values.isMailUrl(given.mailUrl)) {
    throw new FieldProblem({ mailUrl: 'Write it like smtps://name:password@mail.example:465.' });
  }
  if (given.mailFrom && !parts.values.isSender(given.mailFrom)) {
    throw new FieldProblem({ mailFrom: 'Write an e-mail address, like Pods <pods@example.org>.' });
  }
  if (mailUrl !== undefined && mailFrom === undefined) throw new FieldProblem({ mailFrom: 'Say whom mails are from.' });
  return {
    ...others,
    ...(quotaBytes !== undefined && {
      quotaBytes: quotaBytes === null ? null : sizeIn(parts, 'quotaBytes', quotaBytes),
    }),
  };
}

export async function testMail(
  { parts: { people, baseUrl } }: AdminRequest, { email }: { email: string },
): Promise<object> {
  if (!people.mail.works) throw new FieldProblem({ email: 'There is no mail server to send it with.' }, 'conflict');
  try {
    await people.mail.try({ kind: 'test', values: { server: baseUrl, email, link: `${baseUrl}.admin/settings/` } });
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new FieldProblem({ email: `The mail server did not take it: ${why}` }, 'conflict');
  }
  return { email };
}

export async function listJobs({ parts }: AdminRequest): Promise<object> {
  return { jobs: parts.admin.jobs.list() };
}

export async function runJob({ parts, ids }: AdminRequest): Promise<object> {
  await parts.admin.jobs.run(ids['job']!);
  return {};
}

export async function listAudit({ parts, query }: AdminRequest): Promise<object> {
  const entries: AuditEntry[] = [];
  for await (const entry of parts.admin.audit.list(auditFilter(query), query.get('after') ?? undefined)) {
    entries.push(entry);
    if (entries.length > pageSize) break;
  }
  const page = entries.slice(0, pageSize);
  return { entries: page, ...(entries.length > pageSize && { next: page.at(-1)!.id }) };
}

/** What of the audit log a query asks for. */
export function auditFilter(query: URLSearchParams): Record<'who' | 'whom' | 'action' | 'outcome', string | undefined> {
  const of = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  return { who: of('who'), whom: of('whom'), action: of('action'), outcome: of('outcome') };
}

function sizeIn({ values }: AdminParts, field: string, text: string | number): number {
  const bytes = values.parseBytes(text);
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw new FieldProblem({ [field]: 'Write a size like 500 MB or 10 GB; 0 for no limit.' });
  }
  return bytes;
}

/** The address of something whose name does not fit into one: the name in base64url. */
function resource({ parts }: AdminRequest, kind: string, name: string): string {
  return `${parts.baseUrl}.admin/${kind}/${Buffer.from(name).toString('base64url')}/`;
}

function unnamed(id: string): string {
  return Buffer.from(id, 'base64url').toString();
}
