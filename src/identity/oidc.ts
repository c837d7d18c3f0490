import type * as Module from 'oidc-provider';

/** What oidc-provider has, from when `loadOidc` has loaded it on. */
export let Provider: typeof Module.Provider;
export let errors: typeof Module.errors;
export let interactionPolicy: typeof Module.interactionPolicy;

let loading: Promise<void> | undefined;

/** Loads oidc-provider if need be: it takes 17 MB, and nobody may ever log in with this server. */
export function loadOidc(): Promise<void> {
  if (loading === undefined) {
    loading = load().then((loaded) => {
      ({ Provider, errors, interactionPolicy } = loaded);
    });
    // The next one tries again, as when no more files could be opened.
    loading.catch(() => { loading = undefined; });
  }
  return loading;
}

/**
 * oidc-provider, without its remark that Node 20 is no runtime that its author supports: it is one that we do
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
