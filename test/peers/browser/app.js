/** A small app: it logs in, writes one document and reads it. The page has what the person and the test look at. */
import { getDefaultSession, handleIncomingRedirect, login, logout } from '@inrupt/solid-client-authn-browser';

const at = (id) => document.getElementById(id);
const session = getDefaultSession();

function showWho() {
  const { isLoggedIn, webId } = session.info;
  at('who').textContent = isLoggedIn ? `Logged in as ${webId}` : 'Not logged in';
}

/** Shows what came of something, whether it went well or not. */
async function show(work) {
  at('answer').textContent = '';
  at('answer').textContent = await work().catch((error) => `failed: ${error.message}`);
}

async function send(init) {
  const response = await session.fetch(at('address').value, init);
  const text = await response.text();
  return init.method === 'GET' ? `${response.status} ${text}` : String(response.status);
}

at('login').addEventListener('click', () => void show(async () => {
  const document = new URLSearchParams(location.search).get('client');
  await login({
    oidcIssuer: at('issuer').value,
    redirectUrl: new URL('/', location.href).href,
    ...(document === null ? { clientName: 'Notes of a test' } : { clientId: document }),
  });
  return 'going to the identity provider';
}));
at('logout').addEventListener('click', () => void show(async () => {
  await logout({ logoutType: 'app' });
  showWho();
  return 'logged out';
}));
at('idp-logout').addEventListener('click', () => void show(async () => {
  await logout({ logoutType: 'idp', postLogoutUrl: new URL('/', location.href).href });
  return 'going to the identity provider';
}));
at('write').addEventListener('click', () => void show(() => send({
  method: 'PUT', headers: { 'content-type': 'text/plain' }, body: at('text').value,
})));
at('read').addEventListener('click', () => void show(() => send({ method: 'GET' })));

await handleIncomingRedirect({ restorePreviousSession: true }).catch((error) => {
  at('answer').textContent = `failed: ${error.message}`;
});
showWho();
