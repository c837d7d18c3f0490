import { isIP } from 'node:net';
import { z } from 'zod';
import { parseAddressRanges } from '../remote/address.ts';
import type { AddressRange } from '../remote/address.ts';
import { baseUrlOf, isHost, isMailUrl, isPostgresUrl, isSender, parseBytes, parseNumber } from './values.ts';

/** What a reader of `--help`, of the documentation or of a mistake is told about an option. */
export interface About {
  /** What it is for: one sentence. */
  readonly sentence: string;
  /** A word for its value: `NUMBER`, `SIZE`. */
  readonly form: string;
  /** What it may be, to be read after "must be". */
  readonly expects: string;
  /** As one would write it; absent for an option that is not set unless someone sets it. */
  readonly fallback?: string | number;
  /** Its value is never printed. */
  readonly secret?: true;
}

/** What is known `About` each option of the schema. */
export const about = z.registry<About>();

interface Kind<T> {
  readonly type: z.ZodType<T>;
  readonly form: string;
  readonly expects: string;
}

const file: Kind<string> = { type: z.string().min(1), form: 'FILE', expects: 'the path of a file' };
const folder: Kind<string> = { type: z.string().min(1), form: 'FOLDER', expects: 'the path of a folder' };

const host: Kind<string> = {
  type: z.string().refine(isHost),
  form: 'HOST',
  expects: 'a host name or an IP address, without a port',
};

const baseUrl: Kind<string> = {
  type: z.string().transform((value, context) => {
    const url = baseUrlOf(value);
    if (url === undefined) context.addIssue('not a base URL');
    return url ?? z.NEVER;
  }),
  form: 'URL',
  expects: 'an http or https URL without user name, query or fragment',
};

const postgresUrl: Kind<string> = {
  type: z.string().refine(isPostgresUrl),
  form: 'URL',
  expects: 'like postgres://user:password@host:5432/name, with special characters in the password percent-encoded',
};

const seconds: Kind<number> = {
  // Node's timers hold 31 bits of milliseconds; more would mean at once.
  type: z.preprocess(parseNumber, z.number().positive().max(2_147_483)),
  form: 'SECONDS',
  expects: 'a number of seconds, above 0 and up to 2147483',
};

function wholeNumber(least: number, most: number): Kind<number> {
  return {
    type: z.preprocess(parseNumber, z.int().min(least).max(most)),
    form: 'NUMBER',
    expects: `a whole number from ${least} to ${most}`,
  };
}

function size(least: number): Kind<number> {
  return {
    type: z.preprocess(parseBytes, z.int().min(least)),
    form: 'SIZE',
    expects: `a size from ${least} on, in bytes or like 500kB, 16MiB, 5GB`,
  };
}

const addressRanges: Kind<readonly AddressRange[]> = {
  type: z.string().transform((value, context) => {
    const ranges = parseAddressRanges(value);
    if (ranges === undefined) context.addIssue('not ranges of addresses');
    return ranges ?? z.NEVER;
  }),
  form: 'RANGES',
  expects: 'ranges of IP addresses like 10.0.0.0/8 or fd00::/8, with commas between them',
};

const yesOrNo: Kind<boolean> = {
  type: z.union([z.boolean(), z.enum(['yes', 'no', 'true', 'false'])])
    .transform((value) => value === true || value === 'yes' || value === 'true'),
  form: 'YES|NO',
  expects: 'yes or no',
};

const issuers: Kind<readonly string[]> = {
  type: z.string().transform((value) => value.split(',').map((url) => url.trim()))
    .refine((urls) => urls.every((url) => /^https?:\/\//.test(url) && URL.canParse(url))),
  form: 'URLS',
  expects: 'addresses of issuers like https://login.example/, with commas between them',
};

const mailUrl: Kind<string> = {
  type: z.string().refine(isMailUrl),
  form: 'URL',
  expects: 'like smtp://user:password@host:587 or smtps://…, with special characters in the password percent-encoded',
};

const sender: Kind<string> = {
  type: z.string().refine(isSender),
  form: 'ADDRESS',
  expects: 'an e-mail address, like pods@example.org or Pods of Example <pods@example.org>',
};

function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  return { type: z.enum(values), form: 'NAME', expects: `one of ${values.join(', ')}` };
}

function option<T>({ type, form, expects }: Kind<T>, fallback: string | number, sentence: string) {
  return type.prefault(fallback).register(about, { sentence, form, expects, fallback });
}

function unset<T>({ type, form, expects }: Kind<T>, sentence: string) {
  return type.optional().register(about, { sentence, form, expects });
}

function secret<T>({ type, form, expects }: Kind<T>, sentence: string) {
  return type.optional().register(about, { sentence, form, expects, secret: true });
}

/** Every option there is, under the headings of `--help` and of the documentation. */
export const optionGroups = {
  'Address': {
    host: option(host, 'localhost',
      'Where to listen: localhost for this machine only (IPv4 and IPv6), 0.0.0.0 or :: for every network.'),
    port: option(wholeNumber(0, 65_535), 3000, 'The TCP port to listen on; 0 for any that is free.'),
    baseUrl: unset(baseUrl,
      'The address at which the world reaches this server, through any proxy; when not set, http://localhost:PORT/.'),
    trustedProxies: option(wholeNumber(0, 16), 0,
      'How many proxies of yours are in front, each of which adds to X-Forwarded-For: for limits by address.'),
    podAddresses: unset(oneOf('path', 'subdomain', 'root'),
      'Where pods are: each at a path (/alice/), each at a subdomain (alice.host), or a single one at the root; when '
      + 'not set, what the administrator chose, or else path.'),
  },
  'Storage': {
    data: option(folder, 'storage', 'What holds all data, relative to the working directory.'),
    database: option(oneOf('level', 'postgres', 'memory'), 'level',
      'What keeps the records: level (embedded, one process), postgres (many processes), memory (for trials).'),
    databaseUrl: secret(postgresUrl,
      'Where PostgreSQL is: postgres://user:password@host:5432/name. On a command line, others can see the password.'),
    seed: unset(file, 'Accounts and pods (JSON), of which those that are missing are made at the start.'),
    inlineBytes: option(size(0), '32KiB', 'Contents up to this size are kept in the database, larger ones as blobs.'),
    cacheBytes: option(size(0), '64MiB',
      'How much is kept in memory of what was read from the database last; and as much again of what was answered.'),
    blobGraceSeconds: option(seconds, 600, 'How long a blob is kept once no resource refers to it.'),
  },
  'Limits of a pod': {
    quotaBytes: option(size(0), '10GB', 'What a pod may hold unless it has a quota of its own; 0 for no limit.'),
    maxPathLength: option(wholeNumber(16, 2_500), 2048, 'The longest path within a pod, in characters.'),
    maxPathDepth: option(wholeNumber(1, 1024), 32, 'How deep containers may be nested.'),
    maxWaitingWrites: option(wholeNumber(1, 1_000_000), 1000,
      'Writes of one pod that may wait for the database; more are asked to come again later.'),
  },
  'Limits of a request': {
    maxBodyBytes: option(size(1), '5GB', 'The largest body of any request.'),
    maxRdfBytes: option(size(1), '16MiB', 'The largest RDF document that is parsed, for a check or a conversion.'),
    maxQuads: option(wholeNumber(1, 100_000_000), 1_000_000, 'The most statements in an RDF document that is parsed.'),
    maxPatchBytes: option(size(1), '1MiB', 'The largest patch.'),
    maxAuxiliaryBytes: option(size(1), '64KiB', 'The largest ACL or description.'),
    maxGroupBytes: option(size(1), '1MiB',
      'The largest document of groups that access rules can name, here or elsewhere.'),
    maxConnections: option(wholeNumber(1, 1_000_000), 2000,
      'Connections open at once, per address listened on; more are closed at once.'),
    maxHeaderBytes: option(size(1024), '16KiB', 'The largest set of request headers.'),
    headerSeconds: option(seconds, 15, 'How long a client may take to send its headers.'),
    bodyIdleSeconds: option(seconds, 30, 'How long a client may pause within a body.'),
    minimumBytesPerSecond: option(wholeNumber(0, 1_000_000_000), 100,
      'A body that arrives slower than this on average is cut off; 0 for no limit.'),
    keepAliveSeconds: option(seconds, 75,
      'How long an idle connection is kept open; longer than a proxy in front keeps its own.'),
  },
  'Accounts': {
    signUp: unset(oneOf('open', 'invite', 'closed'),
      'Who may make an account: open (everybody), invite (with a code of the administrator), closed (the administrator '
      + 'only); when not set, what the administrator chose, or else open if baseUrl is on localhost, and invite '
      + 'elsewhere.'),
    mailUrl: secret(mailUrl,
      'The mail server: smtp://user:password@host:587; when not set, links that would be mailed are logged instead.'),
    mailFrom: unset(sender, 'Whom mails are from.'),
    auditDays: option(wholeNumber(1, 36_500), 365,
      'How many days it is kept what those did who run this server.'),
    accountGraceDays: option(wholeNumber(0, 365), 30,
      'How many days an account can still be kept after its owner asked for its deletion.'),
    maxPodsPerAccount: option(wholeNumber(0, 100), 10, 'The most pods of one account.'),
    minPasswordLength: option(wholeNumber(8, 128), 10, 'The shortest password, in characters.'),
    sessionDays: option(wholeNumber(1, 365), 14, 'How many days a session lasts that is not used.'),
    maxLoginsPerAccount: option(wholeNumber(1, 1_000_000), 10,
      'Wrong passwords for one e-mail address in 15 minutes.'),
    maxLoginsPerAddress: option(wholeNumber(1, 1_000_000), 100,
      'Wrong passwords from one IP address (of IPv6: one /64) in 15 minutes.'),
    maxRegistrationsPerAddress: option(wholeNumber(1, 1_000_000), 10,
      'Accounts made from one IP address in an hour, and logins added to one account.'),
    maxResetsPerAccount: option(wholeNumber(1, 1_000_000), 5, 'Mails asked for to one e-mail address in an hour.'),
    maxResetsPerAddress: option(wholeNumber(1, 1_000_000), 20,
      'Mails asked for, and links of mails opened, from one IP address in an hour.'),
    maxTokensPerAddress: option(wholeNumber(1, 1_000_000), 1_000,
      'Tokens asked for by apps from one IP address in 15 minutes.'),
    maxClientsPerAddress: option(wholeNumber(1, 1_000_000), 200,
      'Apps registered from one IP address in an hour.'),
  },
  'Identity provider': {
    accessTokenSeconds: option(wholeNumber(1, 86_400), 900,
      'How long an access token is good; at other servers also after an owner took back what it is from.'),
    refreshTokenDays: option(wholeNumber(1, 365), 30, 'How many days an app that is not used stays logged in.'),
    keyDays: option(wholeNumber(2, 3_650), 90, 'How many days a key signs tokens before the next one takes over.'),
  },
  'Who is asking': {
    dpopSeconds: option(wholeNumber(5, 600), 60,
      'For how many seconds a proof that comes with a token (DPoP) is good, and by how much clocks may differ.'),
    dpopWithoutAth: option(yesOrNo, 'yes',
      'Whether proofs may lack the hash of the token, as those of most Solid apps still do: yes or no.'),
    dpopProofs: option(wholeNumber(1_000, 100_000_000), 1_000_000,
      'The most proofs that a process remembers so that none is used twice; more are asked to come again later.'),
    bearerIssuers: unset(issuers,
      'Other issuers whose tokens are taken without proof, from whoever has them; with commas between them.'),
  },
  'Notifications': {
    maxSockets: option(wholeNumber(0, 1_000_000), 10_000,
      'WebSockets and streams of subscribers open at once, beside maxConnections; more are asked to come again later.'),
    maxChannelsPerAgent: option(wholeNumber(1, 1_000_000), 500,
      'Channels of notifications of one WebID, or from one IP address (of IPv6: one /64) of those without.'),
    maxChannels: option(wholeNumber(1, 10_000_000), 20_000, 'Channels of notifications in all.'),
    channelDays: option(wholeNumber(1, 24), 14, 'How many days a channel of notifications lives at most.'),
    channelUnusedSeconds: option(seconds, 120,
      'How long the address of a WebSocket or stream is good to connect to for the first time.'),
    webhookPauseSeconds: option(seconds, 2,
      'How long a receiver of webhooks that failed is left alone; each time twice as long, up to an hour.'),
    webhookGiveUpSeconds: option(seconds, 86_400,
      'How long the receiver of a webhook may fail before it is told no more.'),
    slowReaderSeconds: option(seconds, 20,
      'How long a message may wait for its subscriber to read it before the connection is ended.'),
    pingSeconds: option(seconds, 30,
      'How often subscribers are asked whether they are there; shorter than a proxy in front waits.'),
  },
  'Other servers': {
    remoteSeconds: option(seconds, 4,
      'How long another server may take to answer, from the lookup of its name to the last byte.'),
    remoteBytes: option(size(1), '1MiB', 'The largest document that is fetched from another server.'),
    remoteConnections: option(wholeNumber(1, 10_000), 8, 'Requests to one other server that may be under way at once.'),
    remoteStaleSeconds: option(seconds, 86_400,
      'How long a document that was fetched is of use while its server cannot be reached.'),
    remoteAllow: unset(addressRanges,
      'Private addresses that may be fetched from, over http too: ranges like 10.0.0.0/8, with commas between them.'),
    remoteLocalhost: option(yesOrNo, 'no',
      'Whether this machine itself may be fetched from, over http too: yes for development, or no.'),
  },
  'Running': {
    drainSeconds: option(seconds, 10, 'How long requests may go on once the server was told to stop.'),
    logLevel: option(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info',
      'The least messages worth logging: fatal, error, warn, info, debug, trace; or silent.'),
  },
} as const;

/** All options as one object: the only place where an option is declared. Refuses keys that it does not know. */
export const schema = z.strictObject({
  ...optionGroups['Address'],
  ...optionGroups['Storage'],
  ...optionGroups['Limits of a pod'],
  ...optionGroups['Limits of a request'],
  ...optionGroups['Accounts'],
  ...optionGroups['Identity provider'],
  ...optionGroups['Who is asking'],
  ...optionGroups['Notifications'],
  ...optionGroups['Other servers'],
  ...optionGroups['Running'],
});

/** The options of one run: parsed, complete, sizes in bytes. */
export type Options = Readonly<z.infer<typeof schema>>;
export type OptionName = keyof Options;

export const optionNames = Object.keys(schema.shape) as readonly OptionName[];

/** What no option alone can tell: one sentence for each way in which `options` contradict one another. */
export function contradictions(options: Options): string[] {
  const found: string[] = [];
  if (options.database === 'postgres' && options.databaseUrl === undefined) {
    found.push('database is postgres, but databaseUrl is not set');
  }
  if (options.database !== 'postgres' && options.databaseUrl !== undefined) {
    found.push(`databaseUrl is set, but database is ${options.database} and would not use it`);
  }
  if (options.mailUrl !== undefined && options.mailFrom === undefined) {
    found.push('mailUrl is set, but mailFrom is not: say whom mails are from');
  }
  if (options.podAddresses === 'subdomain' && options.baseUrl !== undefined) {
    const { hostname, pathname } = new URL(options.baseUrl);
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
      found.push(`podAddresses is subdomain, but the host of baseUrl is an IP address (${hostname}), which has none`);
    }
    if (pathname !== '/') found.push(`podAddresses is subdomain, but baseUrl has a path (${pathname})`);
  }
  return found;
}

/** `baseUrl` as an environment variable: `FREEHOLD_BASE_URL`. */
export function environmentName(name: string): string {
  return `FREEHOLD_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** `baseUrl` on the command line: `--base-url`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`;
}
