import { Problem } from '../problem.ts';
import { FieldProblem } from './body-fields.ts';
import { describe } from './described.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import * as schemas from './schemas.ts';

export async function listWebIds(call: OwnCall) {
  return {
    ...describe(schemas.webIdLink),
    webIdLinks: Object.fromEntries(call.account.webIds.map((webId) => [webId, addressOfWebId(call, webId)])),
  };
}

/** What has to be in the document of a WebID, to show that it belongs to whoever links it. */
export class ProofProblem extends Problem {
  readonly statement: string;

  constructor(webId: string, statement: string) {
    super('invalid', 'To show that this WebID is yours, add the following statement to its document, and send this '
      + `again within an hour. You can remove it afterwards. ${statement}`);
    this.statement = statement;
  }
}

export async function linkWebId(call: OwnCall, { webId }: { webId: string }) {
  const { account, parts } = call;
  if (account.webIds.includes(webId)) throw new Problem('conflict', 'This WebID is linked to this account already.');
  const linking = await parts.people.webIds.link(account.id, webId);
  if (!linking.linked) throw new ProofProblem(webId, linking.statement);
  return { resource: addressOfWebId(call, webId), webId, oidcIssuer: parts.baseUrl };
}

export async function showWebId(call: OwnCall) {
  return { webId: webIdOf(call) };
}

export async function unlinkWebId(call: OwnCall) {
  await call.parts.people.webIds.unlink(call.account.id, webIdOf(call));
  call.parts.issuer.ended();
  return {};
}

export async function listCredentials(call: OwnCall) {
  const credentials = await call.parts.people.credentials.list(call.account.id);
  return {
    ...describe(schemas.newCredential),
    clientCredentials: Object.fromEntries(credentials.map(({ id }) => [id, addressOfCredential(call, id)])),
  };
}

export async function createCredential(
  call: OwnCall, { webId, name = '' }: { webId: string; name?: string | undefined },
) {
  const { account, parts, visit } = call;
  if (!account.webIds.includes(webId)) throw new FieldProblem({ webId: 'This WebID is not linked to the account.' });
  const { credential: { id }, secret } = await parts.people.credentials.create(account.id, webId, name, visit.from);
  return { id, secret, resource: addressOfCredential(call, id) };
}

export async function showCredential(call: OwnCall) {
  const credentials = await call.parts.people.credentials.list(call.account.id);
  const found = credentials.find(({ id }) => id === call.ids['credential']);
  if (found === undefined) throw noCredential();
  const { account: _, ...credential } = found;
  return credential;
}

export async function removeCredential({ account, parts, ids, visit }: OwnCall) {
  if (!await parts.people.credentials.remove(account.id, ids['credential']!, visit.from)) throw noCredential();
  parts.issuer.ended();
  return {};
}

function noCredential(): Problem {
  return new Problem('missing', 'This account has no such client credentials.');
}

function webIdOf({ account, ids }: OwnCall): string {
  const webId = account.webIds.find((one) => idOf(one) === ids['webid']);
  if (webId === undefined) throw new Problem('missing', 'This WebID is not linked to the account.');
  return webId;
}

function addressOfWebId(call: OwnCall, webId: string): string {
  return within(call, 'webid', idOf(webId));
}

function addressOfCredential(call: OwnCall, id: string): string {
  return within(call, 'client-credentials', id);
}
