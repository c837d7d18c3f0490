import { z } from 'zod';

/** What the account API takes and gives. Bounds here are those of a request; what a thing may be, its room says. */

const text = z.string().max(2_000);
const email = z.string().max(254);
const password = z.string().max(1_000);
const invite = z.string().max(200).optional();
/** In JSON a boolean; from forms, and from scripts that send forms, its text. */
export const flag = z.union([z.boolean(), z.enum(['on', 'true', 'false'])])
  .transform((value) => value !== false && value !== 'false').optional();
const url = z.string().max(2_000);
const time = z.int();
/** By what it is, the address of its resource. */
const resources = z.record(z.string(), z.url());
const detail = z.looseObject({ type: z.literal('solid') });

export const nothing = z.object({});
export const newAccount = z.object({ invite });
/** Of an authenticator app, or a recovery code. */
const code = z.string().max(100);
export const credentials = z.object({ email, password, code: code.optional(), remember: flag });
export const registration = z.object({
  email, password, invite, name: z.string().max(100).optional(), remember: flag,
});
export const forgotten = z.object({ email });
export const reset = z.object({ recordId: text, password });
export const verification = z.object({ token: text });
export const newLogin = z.object({ email, password, code: z.string().max(50).optional() });
/** Where codes are asked for, one of them. */
export const loginRemoval = z.object({ code: z.string().max(50).optional() });
export const newPassword = z.object({ oldPassword: password, newPassword: password });
export const leaving = z.object({ email: email.optional(), password, code: code.optional() });
/** As in Community Solid Server; of the further settings for its templates, ours knows the owner's name. */
export const newPod = z.object({
  name: z.string().max(100),
  settings: z.object({ webId: text.optional(), name: z.string().max(200).optional() }).optional(),
});
export const ownerChange = z.object({ webId: text, visible: flag, remove: flag });
export const appsPolicy = z.object({ policy: z.enum(['everyone', 'granted']) });
export const newAppGrant = z.object({ client: text, details: z.array(detail).max(50).optional() });
export const aclReset = z.object({ path: z.string().max(8_000) });
export const webIdLink = z.object({ webId: text });
export const newCredential = z.object({ name: z.string().max(200).optional(), webId: text });

const field = z.object({
  required: z.boolean(), type: z.string(),
  get fields() { return z.record(z.string(), field).optional(); },
});
/** What a GET says of the body that a POST to the same address takes. */
export const fields = z.record(z.string(), field);

export const controls = z.object({
  main: z.object({ index: z.url(), logins: z.url(), openapi: z.url() }),
  account: z.object({
    create: z.url(), account: z.url(), logout: z.url(), webId: z.url(), pod: z.url(), clientCredentials: z.url(),
    sessions: z.url(), apps: z.url(), leave: z.url(), security: z.url(), log: z.url(), subscriptions: z.url(),
  }).partial().required({ create: true }),
  password: z.object({
    login: z.url(), register: z.url(), forgot: z.url(), reset: z.url(), verify: z.url(), create: z.url(),
  }).partial({ create: true }),
  passkey: z.object({ options: z.url(), login: z.url(), list: z.url() }).partial({ list: true }),
  code: z.object({ login: z.url() }),
  html: z.object({
    main: z.object({ login: z.url() }),
    password: z.object({
      login: z.url(), register: z.url(), forgot: z.url(), create: z.url(),
    }).partial({ create: true }),
    account: z.object({
      account: z.url(), createPod: z.url(), linkWebId: z.url(), createClientCredentials: z.url(),
    }).optional(),
  }),
});

/** What an answer has beside all others. */
export const common = z.object({ version: z.literal('0.5'), controls });

export const form = z.object({ fields });
export const logins = z.object({ logins: resources });
export const begun = z.object({ authorization: z.string() });
export const loggedIn = begun.extend({ stayed: z.literal(true).optional() });
export const madePod = z.object({
  pod: z.url(), webId: url, podResource: z.url(), webIdResource: z.url().optional(),
});
export const registered = begun.extend({ ...madePod.partial().shape, message: z.string().optional() });
export const told = z.object({ email });
export const resource = z.object({ resource: z.url() });
export const passwordLogins = form.extend({ passwordLogins: resources });
export const passwordLogin = form.extend({ email, verified: z.boolean(), verify: z.url() });
export const account = z.object({
  id: z.string(), created: time, state: z.enum(['active', 'suspended', 'leaving']), deleteAt: time.optional(),
  webIds: z.array(url), pods: z.array(z.url()), logins: z.array(z.object({ email, verified: z.boolean() })),
  secondFactor: z.literal(true).optional(),
});
export const left = z.object({ deleteAt: time });
export const sessions = z.object({
  sessions: z.array(z.object({
    id: z.string(), about: z.string(), device: z.string(), created: time, lastUsed: time, expires: time,
    firstAddress: z.string().optional(), lastAddress: z.string().optional(), how: z.string().optional(),
    current: z.boolean(), resource: z.url(),
  })),
});
export const pods = form.extend({ pods: resources });
export const pod = form.extend({
  baseUrl: z.url(), label: z.string().optional(), owners: z.array(z.object({ webId: url, visible: z.boolean() })),
  created: time,
  storage: z.object({ bytes: z.int(), quota: z.int().optional(), resources: z.int() }),
  apps: z.url(), acl: z.url(), sharing: z.url(),
});
export const podApps = form.extend({
  policy: appsPolicy.shape.policy,
  granted: z.array(z.object({
    client: z.string(), at: time, details: z.array(z.unknown()).optional(), resource: z.url(),
  })),
});
export const aclOutcome = z.object({ outcome: z.enum(['replaced', 'removed', 'inherited']) });
export const webIdLinks = form.extend({ webIdLinks: resources });
export const linked = z.object({ resource: z.url(), webId: url, oidcIssuer: z.url() });
export const identity = z.object({ webId: url });
export const clientCredentials = form.extend({ clientCredentials: resources });
export const newSecret = z.object({ id: z.string(), secret: z.string(), resource: z.url() });
export const credential = z.object({
  id: z.string(), webId: url, label: z.string(), created: time, lastUsed: time.optional(),
});
export const grants = z.object({
  apps: z.array(z.object({
    id: z.string(), client: z.string(), clientName: z.string().optional(), logo: z.string().optional(),
    webId: url.optional(), scopes: z.array(z.string()), authorizationDetails: z.array(z.unknown()).optional(),
    askedDetails: z.array(z.unknown()), places: z.array(z.string()),
    chosen: z.record(z.string(), z.string()).optional(), since: time, until: time, lastUsed: time.optional(),
    lastAddress: z.string().optional(), lastDevice: z.string().optional(), resource: z.url(),
  })),
});
export const count = z.object({ ended: z.int() });
