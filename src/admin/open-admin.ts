import type { Log } from '../log.ts';
import type { Database } from '../storage/database.ts';
import type { Signal } from '../storage/signal.ts';
import { AuditLog } from './audit.ts';
import { Lists } from './blocks.ts';
import { Figures } from './figures.ts';
import { Jobs } from './jobs.ts';
import type { NodeSettings } from './settings.ts';
import { SetupLink } from './setup.ts';
import { UsageCount } from './usage.ts';

/** All that those have who run a node. Disposing of it ends the jobs. */
export interface OpenAdmin extends AsyncDisposable {
  readonly settings: NodeSettings;
  readonly audit: AuditLog;
  readonly lists: Lists;
  readonly figures: Figures;
  readonly usage: UsageCount;
  readonly setup: SetupLink;
  readonly jobs: Jobs;
}

/** Builds the room. `listsChanged` is called after this process changed whom the node keeps out. */
export async function openAdmin(
  { database, signal, settings, log }: {
    readonly database: Database; readonly signal: Signal; readonly settings: NodeSettings; readonly log: Log;
  },
  listsChanged: () => Promise<void>,
): Promise<OpenAdmin> {
  const lists = await Lists.open(database, signal, listsChanged);
  const figures = new Figures(database);
  const jobs = new Jobs(log);
  return {
    settings, lists, figures, jobs,
    audit: new AuditLog(database), usage: new UsageCount(database), setup: new SetupLink(database),
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]();
      lists[Symbol.dispose]();
      await figures.flush();
    },
  };
}
