import type * as Module from 'oidc-provider';

/**
 * oidc-provider, loaded without its remark that Node 20 is no runtime that its author supports: it is one that we do
 * (`engines` in package.json), and our tests run on it. Whatever else is printed meanwhile, is.
 */
/* oxlint-disable no-console -- oidc-provider speaks through it */
async function load(): Promise<typeof Module> {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
  };
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}
/* oxlint-enable no-console */

export const { Provider, errors, interactionPolicy } = await load();
