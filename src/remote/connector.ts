import type { LookupAddress } from 'node:dns';
import net, { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import tls from 'node:tls';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';
import { mayConnect } from './address.ts';
import type { AddressRules } from './address.ts';
import type { Lookup } from './lookup.ts';
import { RemoteError } from './remote-error.ts';

export interface Guard {
  readonly rules: AddressRules;
  readonly lookup: Lookup;
  /** PEM certificates that vouch for servers; unset: those that come with Node, and `NODE_EXTRA_CA_CERTS`. */
  readonly authorities: readonly string[] | undefined;
}

/** Milliseconds for one of several addresses before the next is tried. Node's own 250 are too few for far servers. */
const attemptTimeout = 500;

/** RFC 6761, 6.3: these names are never asked of a name server. */
const localhost = /(^|\.)localhost\.?$/;
const loopback: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];

/**
 * What opens the connection of one request, which ends with `signal`. It connects only to addresses that the rules
 * allow: those it has checked, so that a name cannot mean another address the moment after; and only if the rules allow
 * all addresses of a name, since one that is public does not excuse one that is not.
 */
export function guardedConnector(guard: Guard, signal: AbortSignal): buildConnector.connector {
  return ({ hostname, protocol, port }, callback) => {
    const plain = protocol === 'http:';
    // Literals are never looked up. All their spellings have become one, because the host is that of a parsed URL.
    if (isIP(hostname) !== 0 && !mayConnect(hostname, plain, guard.rules)) {
      callback(refusal(hostname, plain), null);
      return;
    }
    const options = {
      host: hostname,
      port: Number(port) || (plain ? 80 : 443),
      lookup: checkedLookup(guard, plain),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: attemptTimeout,
      noDelay: true,
    };
    const socket = plain ? net.connect(options) : tls.connect({
      ...options,
      servername: isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
      ...(guard.authorities && { ca: [...guard.authorities] }),
    });
    const stop = (): void => { socket.destroy(signal.reason as Error); };
    signal.addEventListener('abort', stop);
    socket.once('close', () => signal.removeEventListener('abort', stop));

    const fail = (error: Error): void => callback(error, null);
    socket.once('error', fail);
    socket.once(plain ? 'connect' : 'secureConnect', () => {
      socket.off('error', fail);
      callback(null, socket);
    });
    if (signal.aborted) stop();
  };
}

/**
 * The addresses of a host, a name or a literal, all of which the rules allow. `plain`: without TLS. Throws `refused`
 * when one is not allowed, and an error when there are none.
 */
export async function allowedAddresses(
  { rules, lookup }: Guard, host: string, plain: boolean,
): Promise<LookupAddress[]> {
  const family = isIP(host);
  const addresses = family !== 0 ? [{ address: host, family }]
    : localhost.test(host) ? loopback : await lookup(host, { all: true });
  // Node would throw where nobody can catch it.
  if (addresses.length === 0) throw new Error(`no address for ${host}`);
  if (!addresses.every(({ address }) => mayConnect(address, plain, rules))) throw refusal(host, plain);
  return [...addresses];
}

function checkedLookup(guard: Guard, plain: boolean): LookupFunction {
  const checked = callbackify((host: string) => allowedAddresses(guard, host, plain));
  return (host, _options, callback) => checked(host, (error, addresses) => callback(error, addresses ?? []));
}

function refusal(host: string, plain: boolean): RemoteError {
  const how = plain ? ' without TLS' : '';
  return new RemoteError('refused', `${host} is not at a public address, and nothing else is connected to${how}.`);
}
