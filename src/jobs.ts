import { sweepExpired } from './accounts/expiry.ts';
import type { Job } from './admin/jobs.ts';
import type { Counted } from './admin/usage.ts';
import type { House } from './house.ts';
import { log } from './log.ts';
import type { People } from './people.ts';
import { finishDestroyed } from './pods/destroy.ts';
import { sweep } from './pods/sweep.ts';

/** The most entries of the index that one sweep deals with before it looks whether it shall stop. */
const maxPerSweep = 10_000;

/** What a server does by itself, beside answering requests. */
export function jobsOf({ database, blobs, options }: House, people: People): readonly Job[] {
  const { audit, figures, usage } = people.admin;
  return [
    { name: 'expiry', everySeconds: 60,
      about: 'Ends what has come to its end: sessions, tokens, invites, accounts that were to be deleted.',
      work: async (signal) => {
        let seen: number;
        do seen = await sweepExpired(database, Date.now(), maxPerSweep, people.ends, signal);
        while (seen === maxPerSweep && !signal.aborted);
      } },
    { name: 'blobs', everySeconds: 600,
      about: 'Deletes contents that no resource holds any more, and finishes pods that are being deleted.',
      work: async (signal) => {
        await finishDestroyed(database, signal);
        const deleted = await sweep(database, blobs, options.blobGraceSeconds, signal);
        if (deleted > 0) log.info({ deleted }, 'swept away blobs that nothing refers to');
      } },
    { name: 'usage', everySeconds: 600,
      about: 'Counts people, pods and bytes.',
      work: async (signal) => {
        const counted = await usage.count(everybody(people), signal);
        if (counted === undefined) return;
        figures.measure({ bytes: counted.bytes, people: counted.people, pods: counted.pods });
      } },
    { name: 'figures', everySeconds: 60, about: 'Keeps what was counted of requests and logins.',
      work: () => figures.flush() },
    { name: 'trim', everySeconds: 3_600,
      about: 'Deletes old entries of the audit log, and old figures.',
      work: async (signal) => {
        await audit.trim(options.auditDays, signal);
        await figures.trim(signal);
      } },
  ];
}

async function * everybody({ accounts: { accounts }, issuer }: People): AsyncIterable<Counted> {
  for await (const { id, pods } of accounts.list()) {
    const apps: Counted['apps'][number][] = [];
    for await (const { client, clientName: name, lastUsed } of issuer.grants(id)) apps.push({ client, name, lastUsed });
    yield { id, pods, apps };
  }
}
