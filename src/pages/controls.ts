import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import type { Parts } from './parts.ts';
import { at } from './route.ts';
import type { controls } from './schemas.ts';

/**
 * Where whatever can be done is done. Whoever is logged in can do more. The names are those of Community Solid Server;
 * `openapi`, `register`, `verify`, `sessions`, `apps`, `leave`, `security`, `log`, `subscriptions`, `passkey`, `code`
 * and `account.account` are ours.
 */
export function controlsOf(parts: Parts, account: Account | undefined): z.infer<typeof controls> {
  const password = ['login', 'password'] as const;
  const own = account === undefined
    ? undefined : (...segments: string[]): string => at(parts, 'account', account.id, ...segments);
  const create = own && { create: own('login', 'password') };
  return {
    main: { index: at(parts), logins: at(parts, 'login'), openapi: `${at(parts)}openapi.json` },
    account: {
      create: at(parts, 'account'),
      ...(own && {
        account: own(), logout: own('logout'), webId: own('webid'), pod: own('pod'),
        clientCredentials: own('client-credentials'), sessions: own('session'), apps: own('app'), leave: own('leave'),
        security: own('login'), log: own('log'), subscriptions: own('subscription'),
      }),
    },
    password: {
      login: at(parts, ...password), register: at(parts, ...password, 'register'),
      forgot: at(parts, ...password, 'forgot'), reset: at(parts, ...password, 'reset'), verify: at(parts, 'verify'),
      ...create,
    },
    passkey: {
      options: at(parts, 'login', 'passkey', 'options'), login: at(parts, 'login', 'passkey'),
      ...(own && { list: own('login', 'passkey') }),
    },
    code: { login: at(parts, 'login', 'code') },
    html: {
      main: { login: at(parts, 'login') },
      password: {
        login: at(parts, ...password), register: at(parts, ...password, 'register'),
        forgot: at(parts, ...password, 'forgot'), ...create,
      },
      ...(own && {
        account: {
          account: own(), createPod: own('pod'), linkWebId: own('webid'),
          createClientCredentials: own('client-credentials'),
        },
      }),
    },
  };
}
