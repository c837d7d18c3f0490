import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** The page on which an account is deleted: what happens, when, and how to keep it. */
export function showLeave(call: OwnCall, trouble?: Trouble): void {
  const { parts, account } = call;
  showPage(call, 'leave', {
    title: 'Delete your account', action: within(call, 'leave'), home: within(call),
    graceDays: parts.accountGraceDays, pods: account.pods.map(({ base }) => base), webIds: account.webIds,
    mailWorks: parts.people.mail.works, email: account.logins[0]?.email, secondFactor: account.secondFactor === true,
  }, trouble);
}
