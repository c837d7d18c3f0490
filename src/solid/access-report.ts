import { Readable } from 'node:stream';
import type { Agent } from '../access/agent.ts';
import { explain, shared } from '../access/explain.ts';
import type { Share, Unreadable } from '../access/explain.ts';
import { Problem } from '../problem.ts';
import { isReserved, rootPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Sight } from '../pods/sight.ts';
import { authorize } from './exchange.ts';
import type { Exchange } from './exchange.ts';

const methods = 'GET, HEAD, OPTIONS';

/**
 * `GET {storage}.access`, in JSON, for those who have Control: with `?resource=` who can do what with that resource
 * and why (`Explanation`), and, with `agent`, `client`, `issuer` or `origin` beside it, what those may do; without it,
 * all that is shared with others than the owners (`Share`), one entry a line, as it comes from the database.
 */
export async function reportAccess(exchange: Exchange): Promise<void> {
  const { ctx, sight, pods, access } = exchange;
  ctx.set('Cache-Control', 'private, no-store');
  ctx.vary(['Authorization', 'Origin']);
  const query = new URLSearchParams(ctx.querystring);
  const resource = query.get('resource');
  const about = resource === null ? await lookAt(exchange, rootPath) : await resourceOf(exchange, resource);
  await authorize(exchange, about, { operation: 'read', on: 'acl' });
  if (!methods.split(', ').includes(ctx.method)) {
    throw new Problem('method', 'The server itself reports on access; rules are changed in ACL documents.', {
      allow: methods,
    });
  }
  ctx.set('Allow', methods);
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
    return;
  }
  if (resource === null) {
    const report = shareList(sight.pod.base, shared(access, pods, sight.pod));
    ctx.body = ctx.method === 'HEAD' ? '' : Readable.from(report, { objectMode: false });
    // To HEAD nobody tells a length that only writing it all would show.
    ctx.remove('Content-Length');
  } else {
    ctx.body = `${JSON.stringify(await explain(access, about, agentIn(query)), null, 2)}\n`;
  }
  ctx.set('Content-Type', 'application/json');
}

/** A URL of this storage, also relative to it; of what belongs to a subject, the subject's. */
function resourceOf(exchange: Exchange, resource: string): Promise<Sight> {
  const { pods, sight: { pod } } = exchange;
  const url = URL.canParse(resource, pod.base) ? new URL(resource, pod.base) : undefined;
  if (url === undefined || !url.href.startsWith(pod.base)) {
    throw new Problem('invalid', `"${resource}" is not in this storage, which is ${pod.base}`);
  }
  url.search = '';
  url.hash = '';
  const path = pods.parsePath(`/${url.href.slice(pod.base.length)}`);
  if (isReserved(path)) throw new Problem('invalid', 'The server itself decides about this address.');
  return lookAt(exchange, subjectOf(path) ?? path);
}

async function lookAt({ pods, sight: { pod } }: Exchange, path: ResourcePath): Promise<Sight> {
  const found = await pods.look(pod.base, path);
  if (found === undefined) throw new Problem('missing', 'There is no such storage any more.');
  return found;
}

function agentIn(query: URLSearchParams): Agent | undefined {
  const given = {
    webId: query.get('agent'), client: query.get('client'), issuer: query.get('issuer'), origin: query.get('origin'),
  };
  const said = Object.entries(given).filter(([, value]) => value !== null);
  return said.length === 0 ? undefined : Object.fromEntries(said) as Agent;
}

/** A JSON object with one entry a line, so that it can be read as it comes. */
async function* shareList(storage: string, shares: AsyncIterable<Share | Unreadable>): AsyncIterable<string> {
  yield `{"storage":${JSON.stringify(storage)},"shared":[`;
  let separator = '\n';
  for await (const share of shares) {
    yield separator + JSON.stringify(share);
    separator = ',\n';
  }
  yield '\n]}\n';
}
