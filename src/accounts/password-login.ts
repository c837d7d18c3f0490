import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import { inactive, readAccount } from './account.ts';
import { admit } from './admission.ts';
import type { Admission } from './admission.ts';
import { change } from './change.ts';
import { emailKey } from './email.ts';
import { decodeLogin, putLogin } from './login-records.ts';
import type { StoredLogin } from './login-records.ts';
import type { LoginsParts } from './logins.ts';
import { networkOf } from './rate-limit.ts';
import { askForCode, CodeWanted, useCode } from './second-factors.ts';
import type { From } from './security-log.ts';

/** Lets somebody in by password, and by a code where one is asked for: see `Logins.login`. */
export async function logInByPassword(
  parts: LoginsParts, email: string, password: string, from: From, code: string | undefined,
): Promise<Admission> {
  const { passwords, database, limits, securityLog, secondFactors } = parts;
  const key = emailKey(email);
  const network = networkOf(from.address);
  limits.take('loginAddress', network);
  limits.take('loginAccount', key);
  const [entry] = await database.get([keys.passwordLogin(key)]);
  const login = entry && decodeLogin(entry);
  const { right, stale } = await passwords.verify(password, login?.hash);
  if (login === undefined || !right) {
    if (login !== undefined) securityLog.recordLater(login.account, { kind: 'login-failed', about: key }, from);
    throw wrong();
  }
  limits.giveBack('loginAddress', network);
  limits.giveBack('loginAccount', key);
  const hash = stale ? await passwords.hash(password) : undefined;
  const work = () => letIn(parts, key, login, hash, from, code);
  const done = code === undefined ? await work() : await secondFactors.trying(login.account, from, work);
  if ('step' in done) throw new CodeWanted(done.step);
  for (const event of done.events) securityLog.tell(login.account, event, from);
  return done.admission;
}

/** In one commit: does the password count still, and is a code wanted? `hash`: of the same password, made anew. */
function letIn(
  { database, securityLog, now }: LoginsParts, key: string, login: StoredLogin, hash: string | undefined, from: From,
  code: string | undefined,
) {
  return change(database, async (writes) => {
    const [current] = await writes.read([keys.passwordLogin(key)]);
    // Somebody changed it meanwhile: then it is not the password any more.
    if (current === undefined || decodeLogin(current).hash !== login.hash) throw wrong();
    const before = await readAccount(writes, login.account);
    if (hash !== undefined) putLogin(writes, key, { account: before.id, hash });
    if (before.factor === undefined) return admit(writes, securityLog, before, before, 'password', from);
    if (before.state === 'suspended' || before.deleting) throw inactive(before);
    if (code === undefined) return { step: askForCode(writes, before, now()) };
    const { account, how } = useCode(before, code, now());
    return admit(writes, securityLog, before, account, how, from);
  });
}

/** One answer for an address that nobody has and a password that is wrong. */
function wrong(): Problem {
  return new Problem('forbidden', 'The e-mail address or the password is wrong.');
}
