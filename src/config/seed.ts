import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { readJsonFile } from './json-file.ts';

/** The longest label of a host name (RFC 1035 section 2.3.4): a pod's name is one when pods are at subdomains. */
const podName = z.string({ error: 'must be text' }).regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'must be 1 to 63 lower-case letters, digits and inner hyphens',
});

const folder = z.string({ error: 'must be text' }).regex(/^(?!\.\.?\/)[\w.~-]+\/(?:(?!\.\.?\/)[\w.~-]+\/)*$/, {
  error: 'must be a folder within the pod, like "playground/" or "shared/drafts/"',
});

const pod = z.strictObject({
  name: podName,
  open: z.array(folder, { error: 'must be a list of folders' }).optional(),
});

const account = z.strictObject({
  email: z.email({ error: 'must be an e-mail address' }),
  password: z.string({ error: 'must be text' }).min(10, { error: 'must have at least 10 characters' }),
  pods: z.array(pod, { error: 'must be a list of pods' }),
});

const seed = z.array(account, { error: 'must be a list of accounts' }).superRefine((accounts, context) => {
  const unique = (values: readonly { path: PropertyKey[]; value: string }[]): void => {
    const seen = new Set<string>();
    for (const { path, value } of values) {
      if (seen.has(value)) context.addIssue({ code: 'custom', path, message: 'is there twice' });
      seen.add(value);
    }
  };
  unique(accounts.map(({ email }, i) => ({ path: [i, 'email'], value: email.toLowerCase() })));
  unique(accounts.flatMap(({ pods }, i) => pods.map(({ name }, j) => ({ path: [i, 'pods', j, 'name'], value: name }))));
});

/**
 * The accounts and pods that are made at the start when they are missing. `open` lists folders of the pod, relative to
 * its root and with a trailing slash, that everyone may read and write: for trying out and for tests.
 */
export type Seed = z.infer<typeof seed>;

/** Reads a seed file. Throws `ConfigError` with every mistake in it and where that is, such as `[0].pods[1].name`. */
export function readSeed(path: string): Seed {
  const file = readJsonFile(path);
  if ('mistake' in file) throw new ConfigError([file.mistake]);
  const { success, data, error } = seed.safeParse(file.value);
  if (success) return data;
  throw new ConfigError(error.issues.map((issue) => {
    const where = issue.path.length === 0 ? '' : ` ${z.core.toDotPath(issue.path)}`;
    return `${path}:${where} ${sentence(issue)}`;
  }));
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `must not have ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  return issue.code === 'invalid_type' && issue.expected === 'object' ? 'must be an object' : issue.message;
}
