import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import type { Agent, Identified } from '../access/agent.ts';
import { none } from '../access/modes.ts';
import { requireModes } from '../access/required-modes.ts';
import { networkOf } from '../accounts/rate-limit.ts';
import { hashOf, newSecret } from '../accounts/secret.ts';
import { negotiateOrRefuse } from '../http/accept.ts';
import { collect, readBody } from '../http/body.ts';
import type { Address } from '../pods/addresses.ts';
import { auxiliaryKind, isReserved, subjectOf } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import type { Sight } from '../pods/sight.ts';
import { urlOf } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import type { Channel, ChannelType } from './channel.ts';
import { channelUrl, notificationsPath } from './channel.ts';
import { describeChannel, describeService, serviceOf } from './description.ts';
import { maxRequestBytes, readFeatures, readRequest, requestFormat } from './subscription-request.ts';

export interface ServicesOptions {
  readonly baseUrl: string;
  readonly pods: Pods;
  readonly access: Access;
  readonly locate: (url: string) => Address | undefined;
  readonly identify: (request: IncomingMessage) => Promise<Identified>;
  /** The `WWW-Authenticate` header of an answer to who brought no credentials and needs some. */
  readonly challenge: string;
  /** The IP address that a request comes from. */
  readonly addressOf: (ctx: Pick<Context, 'req'>) => string;
  /** How long a channel lives at most. */
  readonly channelDays: number;
  readonly bodyIdleSeconds: number;
  readonly minimumBytesPerSecond: number;
}

const requestTypes = 'application/ld+json, text/turtle';

/**
 * The subscription services and the addresses of channels, below `.notifications/`; other requests go on. It has to
 * stand behind what lets other origins in.
 */
export function subscriptionServices(types: readonly ChannelType[], options: ServicesOptions): Middleware {
  const { host, pathname } = new URL(options.baseUrl);
  const byName = new Map<string, ChannelType>(types.map((type) => [type.name, type]));
  return async (ctx, next) => {
    if (ctx.host.toLowerCase() !== host || !ctx.path.startsWith(pathname + notificationsPath)) return next();
    const [name = '', secret, ...more] = ctx.path.slice((pathname + notificationsPath).length).split('/');
    const type = byName.get(name);
    if (type === undefined || secret === undefined || more.length > 0) return next();
    if (secret !== '') return type.visit(ctx, secret);
    await serve(ctx, type, options);
  };
}

async function serve(ctx: Context, type: ChannelType, options: ServicesOptions): Promise<void> {
  ctx.set('Allow', 'GET, HEAD, OPTIONS, POST');
  ctx.set('Accept-Post', requestTypes);
  switch (ctx.method) {
    case 'OPTIONS':
      ctx.status = 204;
      return;
    case 'GET':
    case 'HEAD': {
      const format = answerFormat(ctx);
      ctx.set('Cache-Control', 'no-cache');
      ctx.body = await describeService(serviceOf(options.baseUrl, type.name), format);
      ctx.set('Content-Type', mediaType(format));
      return;
    }
    case 'POST': return subscribe(ctx, type, options);
    default: throw new Problem('method', `${ctx.method} is not a method of a subscription service.`, {
      allow: 'GET, HEAD, OPTIONS, POST',
    });
  }
}

/** Solid Notifications Protocol, Subscription Request and Response. */
async function subscribe(ctx: Context, type: ChannelType, options: ServicesOptions): Promise<void> {
  const { baseUrl, identify } = options;
  const { agent, failure } = await identify(ctx.req);
  if (failure !== undefined) throw failure;
  const format = requestFormat(ctx.get('Content-Type'));
  const bytes = await collect(readBody(ctx.req, {
    maxBytes: maxRequestBytes,
    idleSeconds: options.bodyIdleSeconds, minimumBytesPerSecond: options.minimumBytesPerSecond,
  }), maxRequestBytes);
  const asked = await readRequest(bytes, { format, base: serviceOf(baseUrl, type.name).id, type: type.name });
  const answer = answerFormat(ctx);
  const sight = await find(asked.topic, options);
  await authorize(ctx, sight, agent, options);

  const secret = newSecret();
  const now = Date.now();
  const features = readFeatures(asked, sight.path, now + options.channelDays * 86_400_000);
  const channel: Channel = {
    id: hashOf(secret), type: type.name, pod: sight.pod.id, path: sight.path, agent,
    by: agent.webId ?? networkOf(options.addressOf(ctx)), created: now, after: sight.tally.sequence,
    expires: features.endAt, ...features,
  };
  const told = await type.open(channel, secret, asked, ctx);
  const id = channelUrl(baseUrl, type.name, secret);
  const said = { id, topic: urlOf(sight, sight.path), rate: asked.one('rate') };
  ctx.body = await describeChannel(channel, said, told, answer);
  ctx.set('Content-Type', mediaType(answer));
  ctx.set('Cache-Control', 'no-store');
}

/** Finds a topic. Throws `unprocessable` when it is no resource that could be here. */
async function find(topic: string, { pods, locate }: ServicesOptions): Promise<Sight> {
  const foreign = new Problem('unprocessable', `<${topic}> is no resource of this server.`);
  const address = /[?#]/.test(topic) ? undefined : locate(topic);
  if (address === undefined) throw foreign;
  try {
    const sight = await pods.look(address.base, pods.parsePath(address.path));
    if (sight === undefined || isReserved(sight.path)) throw foreign;
    if (sight.pod.suspended === true) {
      throw new Problem('forbidden', 'This storage is shut by whoever runs this server.');
    }
    return sight;
  } catch (error) {
    if (error instanceof Problem && ['invalid', 'missing'].includes(error.kind)) throw foreign;
    throw error;
  }
}

/** Who is told of a topic may read it: the same answer whether it exists or not. */
async function authorize(
  ctx: Context, sight: Sight, agent: Agent, { access, challenge }: ServicesOptions,
): Promise<void> {
  const { user: target } = await access.privileges(sight, subjectOf(sight.path) ?? sight.path, agent);
  try {
    requireModes({ operation: 'read', on: auxiliaryKind(sight.path) ?? 'resource' }, { target, parent: none }, agent);
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unauthenticated') ctx.set('WWW-Authenticate', challenge);
    throw error;
  }
}

function answerFormat(ctx: Context): 'jsonld' | 'turtle' {
  ctx.vary('Accept');
  const offers = [mediaType('jsonld'), mediaType('turtle'), 'application/json'];
  const chosen = negotiateOrRefuse(ctx.get('Accept') || undefined, offers);
  return formatOf(chosen) === 'turtle' ? 'turtle' : 'jsonld';
}

function mediaType(format: 'jsonld' | 'turtle'): string {
  return format === 'turtle' ? 'text/turtle' : 'application/ld+json';
}
