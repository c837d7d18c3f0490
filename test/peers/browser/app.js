/**
 * A small app: it logs in, writes one document, reads it and is told of changes. The page has what the person and the
 * test look at.
 */
import { getDefaultSession, handleIncomingRedirect, login, logout } from '@inrupt/solid-client-authn-browser';
import { DiscoveryClient } from '@solid-notifications/discovery';

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

/** The address to log in at, with the folder that the app asks for, if any (RFC 9396, section 3). */
function asking(address) {
  if (at('folder').value === '') return address;
  const url = new URL(address);
  url.searchParams.set('authorization_details', JSON.stringify([
    { type: 'solid', locations: [at('folder').value], actions: at('actions').value.split(' ') },
  ]));
  return url.href;
}

/** Follows changes of a document (Solid Notifications Protocol, WebSocketChannel2023). Gives the status. */
async function listen() {
  const type = 'http://www.w3.org/ns/solid/notifications#WebSocketChannel2023';
  const topic = at('address').value;
  const service = await new DiscoveryClient(session.fetch).findService(topic, type);
  const response = await session.fetch(service.id, {
    method: 'POST', headers: { 'content-type': 'application/ld+json' },
    body: JSON.stringify({ '@context': ['https://www.w3.org/ns/solid/notification/v1'], type, topic }),
  });
  if (!response.ok) return `${response.status} ${await response.text()}`;
  const socket = new WebSocket((await response.json()).receiveFrom);
  socket.addEventListener('message', ({ data }) => {
    const { type: kind, object } = JSON.parse(data);
    const item = document.createElement('li');
    item.textContent = `${kind} ${object.id ?? object}`;
    at('messages').append(item);
  });
  socket.addEventListener('close', () => { at('line').textContent = 'closed'; });
  await new Promise((resolve) => { socket.addEventListener('open', resolve); });
  at('line').textContent = 'open';
  return String(response.status);
}

at('login').addEventListener('click', () => void show(async () => {
  const client = new URLSearchParams(location.search).get('client');
  await login({
    oidcIssuer: at('issuer').value,
    redirectUrl: new URL('/', location.href).href,
    ...(client === null ? { clientName: 'Notes of a test' } : { clientId: client }),
    handleRedirect: (address) => { location.href = asking(address); },
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
at('listen').addEventListener('click', () => void show(listen));

await handleIncomingRedirect({ restorePreviousSession: true }).catch((error) => {
  at('answer').textContent = `failed: ${error.message}`;
});
showWho();
