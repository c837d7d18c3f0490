import { makePerson } from '../../test/clients/account-script.ts';
import type { Field } from '../field.ts';
import { requestBytes } from '../load.ts';
import type { Measure } from '../results.ts';
import { compete } from '../rounds.ts';

const connections = 16;

/** Access tokens for client credentials, of servers with the account API of the Community Solid Server. */
export async function login(field: Field): Promise<readonly Measure[]> {
  const prover = await field.prover();
  const servers = (await field.servers('freehold')).filter(({ name }) => name === 'freehold' || name === 'css');
  return compete('login', servers, async (server) => {
    const issuer = `http://localhost:${server.port}/`;
    const account = { email: 'script@example.org', password: 'as long as it needs to be', pod: 'script' };
    const { credential: { id, secret } } = await makePerson(issuer, account);
    const discovered = await fetch(`${issuer}.well-known/openid-configuration`);
    const { token_endpoint: endpoint } = await discovered.json() as { token_endpoint: string };
    const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
    return {
      server,
      request: () => requestBytes('POST', endpoint, {
        'Authorization': `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded',
        'DPoP': prover.proof('POST', endpoint),
      }, 'grant_type=client_credentials&scope=webid'),
      right: ({ status, body }) => status === 200 && body.includes('"access_token"'),
    };
  }, { connections, ...field.options });
}
