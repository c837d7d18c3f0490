import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import type { Identified } from '../access/agent.ts';
import type { Privileges } from '../access/modes.ts';
import { endAtOnce } from '../http/end-at-once.ts';
import { locate } from '../pods/addresses.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { accessPath, descriptionPath, isReserved, rootPath } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import { Problem } from '../problem.ts';
import { reportAccess } from './access-report.ts';
import type { Answers } from './answers.ts';
import { remove } from './delete.ts';
import type { Exchange, SolidLimits } from './exchange.ts';
import { get, redirect } from './get.ts';
import { setAddressHeaders } from './headers.ts';
import { options } from './options.ts';
import { patch } from './patch.ts';
import { post } from './post.ts';
import { put } from './put.ts';
import { Representations } from './representations.ts';
import { describeStorage } from './storage-description.ts';
import type { Discovery } from './storage-description.ts';

export interface SolidOptions {
  readonly pods: Pods;
  readonly access: Access;
  /** Who is asking. */
  readonly identify: (request: IncomingMessage) => Promise<Identified>;
  /** The `WWW-Authenticate` header of an answer to who brought no credentials and needs some. */
  readonly challenge: string;
  /** Read anew each time, as some may be set while the server runs. */
  readonly options: SolidLimits & { readonly baseUrl: string; readonly podAddresses: PodAddresses };
  /** Where answers are kept that can be given again. */
  readonly answers: Answers;
  /** Where clients find out how they can be told of changes. */
  readonly discovery: Discovery;
}

/** What answers a request; it gives the privileges that the answer follows from, where that is all it follows from. */
const methods: Readonly<Record<string, (exchange: Exchange) => Promise<Privileges | void>>> = {
  GET: get,
  HEAD: get,
  OPTIONS: options,
  PUT: put,
  POST: post,
  PATCH: patch,
  DELETE: remove,
};

/** The Solid Protocol for all that lies in pods; what does not goes to the next middleware. */
export function solidRoutes(solid: SolidOptions): Middleware {
  const { pods, access, options: limits } = solid;
  const representations = new Representations(limits.maxQuads);
  const arriving: Exchange['arriving'] = new Map();

  return async (ctx, next) => {
    const { host, target } = requestTarget(ctx);
    const address = locate(limits.podAddresses, limits.baseUrl, host, target);
    if (address === undefined) return next();

    // `/alice` is `/alice/` without its slash, as it may happen to any container.
    const slashless = address.path === '';
    const sight = await pods.look(address.base, slashless ? rootPath : pods.parsePath(address.path));
    // A single pod that is not made yet leaves its address to the front page.
    if (sight === undefined && limits.podAddresses === 'root') return next();
    if (sight === undefined) throw new Problem('missing', `There is no storage at ${address.base}.`);

    if (sight.pod.suspended) {
      throw new Problem('forbidden', 'This storage is shut by whoever runs this server. Its owner can ask them.');
    }
    if (sight.path === descriptionPath) return describeStorage(ctx, sight, solid.discovery);
    const reports = sight.path === accessPath;
    if (!reports && isReserved(sight.path)) {
      throw new Problem('missing', 'This address is the server\'s own, and there is nothing here.');
    }
    if (!reports) setAddressHeaders(ctx, sight, solid.discovery);
    const method = reports ? reportAccess : methods[ctx.method];
    if (method === undefined) throw new Problem('method', `${ctx.method} is not a method of this server.`);
    const { agent, failure } = await solid.identify(ctx.req);
    const exchange: Exchange = { ctx, agent, pods, access, representations, limits, arriving, sight };
    // A write was meant to be made with the credentials; what is public can be read although they do not count.
    if (failure !== undefined && !safeMethods.has(ctx.method)) throw failure;
    let privileges: Privileges | void;
    try {
      privileges = await (slashless ? redirect(exchange, sight) : method(exchange));
    } catch (error) {
      if (!(error instanceof Problem && error.kind === 'unauthenticated')) throw error;
      if (failure !== undefined) throw failure;
      ctx.set('WWW-Authenticate', solid.challenge);
      throw error;
    }
    // RFC 9110 section 11.6.1: also with an answer that does not depend on them
    const challenge = failure?.headers['www-authenticate'];
    if (challenge !== undefined) ctx.set('WWW-Authenticate', challenge);
    if (privileges !== undefined && failure === undefined) solid.answers.keep(ctx, sight, privileges);
    if (ctx.method === 'GET' && Buffer.isBuffer(ctx.body)) {
      ctx.respond = false;
      endAtOnce(ctx.res, ctx.body);
    }
  };
}

/** RFC 9110 section 9.2.1. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The host and the path that a request asks for, in origin form or absolute form (RFC 9112 section 3.2). */
function requestTarget(ctx: Context): { host: string | undefined; target: string } {
  // RFC 9112 section 3.2
  if (ctx.req.headersDistinct.host?.length !== 1) throw new Problem('invalid', 'A request needs one Host header.');
  const [whole = ''] = (ctx.req.url ?? '').split('?', 1);
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(whole);
  return absolute === null
    ? { host: ctx.req.headers.host, target: whole }
    : { host: absolute[1], target: absolute[2] || '/' };
}
