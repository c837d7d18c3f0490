import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import { newSecret } from '../accounts/secret.ts';
import type { Way } from '../accounts/admission.ts';
import type { From } from '../accounts/security-log.ts';
import type { Session } from '../accounts/sessions.ts';
import { Problem } from '../problem.ts';
import type { Parts } from './parts.ts';

/** As Community Solid Server calls it; scripts know it by that. */
const sessionCookie = 'css-account';
/** Holds what the tokens in forms are made of while nobody is logged in. */
const formCookie = 'form';
/** How long a browser keeps the cookie of a session that is to be remembered; the session itself may end earlier. */
const rememberedSeconds = 365 * 86_400;

/** Who sent a request, and the session it belongs to. */
export class Visit {
  readonly #ctx: Context;
  readonly #parts: Parts;
  /** What was sent as the secret of a session, whether it is one or not. */
  readonly #presented: string | undefined;
  /** Whether it came in a header that only the program itself adds, never a browser. */
  readonly byToken: boolean;
  #found: { readonly session: Session; readonly account: Account } | undefined;
  #formSecret: string | undefined;

  private constructor(ctx: Context, parts: Parts) {
    this.#ctx = ctx;
    this.#parts = parts;
    const [, token] = /^CSS-Account-Token +(\S{1,200})$/i.exec(ctx.get('Authorization')) ?? [];
    this.byToken = token !== undefined;
    this.#presented = token ?? cookieOf(ctx, this.#name(sessionCookie));
  }

  /** Finds out who visits, by the header `Authorization: CSS-Account-Token …`, or else by the cookie. */
  static async of(ctx: Context, parts: Parts): Promise<Visit> {
    const visit = new Visit(ctx, parts);
    visit.#found = visit.#presented === undefined
      ? undefined : await parts.people.sessions.find(visit.#presented, visit.from.address);
    return visit;
  }

  /** The account that is logged in, as it was when the request came. */
  get account(): Account | undefined {
    return this.#found?.account;
  }

  /** From where the request came. */
  get from(): From {
    return { address: this.#parts.addressOf(this.#ctx), agent: this.#ctx.get('User-Agent') };
  }

  get session(): Session | undefined {
    return this.#found?.session;
  }

  /** The secret of the session. */
  get secret(): string | undefined {
    return this.#found === undefined ? undefined : this.#presented;
  }

  /**
   * Logs in to an account, in a new session: the one before ends, so that nobody goes on in a session that somebody
   * else began. `how`: by what somebody showed that the account is theirs; without, by making it. Gives the secret.
   */
  async logIn(account: Account, remember = false, how?: Way): Promise<string> {
    const { sessions } = this.#parts.people;
    const { agent, address } = this.from;
    const secret = await sessions.begin(account.id, agent, { address, how });
    if (this.#presented !== undefined) await sessions.end(this.#presented);
    this.#setCookie(sessionCookie, secret, remember ? rememberedSeconds : undefined);
    this.#found = await sessions.find(secret);
    return secret;
  }

  /** Ends the session. */
  async logOut(): Promise<void> {
    if (this.#presented !== undefined) await this.#parts.people.sessions.end(this.#presented);
    this.#setCookie(sessionCookie, '', 0);
  }

  /**
   * Throws `forbidden` when a browser sends this for a page of another origin (also a pod's, on a host of its own), in
   * the name of a person who has not asked for it. A program that adds the token itself knows what it does; and what is
   * no browser says nothing of origins.
   */
  refuseOtherOrigins(): void {
    if (this.byToken) return;
    const origin = this.#ctx.get('Origin');
    const site = this.#ctx.get('Sec-Fetch-Site');
    const own = origin === '' || origin === new URL(this.#parts.baseUrl).origin;
    if (own && ['', 'same-origin', 'none'].includes(site)) return;
    throw new Problem('forbidden', 'A page of another server sent this. Nothing was changed.');
  }

  /**
   * A secret of this browser that only our own pages can know: tokens in forms are made of it. That of the session when
   * there is one, so that a form is good for whoever it was made for.
   */
  formSecret(): string {
    if (this.secret !== undefined) return this.secret;
    this.#formSecret ??= cookieOf(this.#ctx, this.#name(formCookie));
    if (this.#formSecret === undefined || !/^[\w-]{43}$/.test(this.#formSecret)) {
      this.#formSecret = newSecret();
      this.#setCookie(formCookie, this.#formSecret, undefined);
    }
    return this.#formSecret;
  }

  get #secure(): boolean {
    return this.#parts.baseUrl.startsWith('https:');
  }

  /** With the prefix, which browsers take on https, no other host of the domain can set it (RFC 6265bis, 4.1.3.2). */
  #name(cookie: string): string {
    return `${this.#secure ? '__Host-' : ''}${cookie}`;
  }

  #setCookie(cookie: string, value: string, seconds: number | undefined): void {
    const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
    this.#ctx.append('Set-Cookie',
      `${this.#name(cookie)}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${this.#secure ? '; Secure' : ''}`);
  }
}

function cookieOf(ctx: Context, name: string): string | undefined {
  for (const pair of ctx.get('Cookie').split(';')) {
    const [key = '', value] = pair.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
