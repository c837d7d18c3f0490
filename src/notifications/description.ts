import type { Quad } from '@rdfjs/types';
import { dataFactory } from '../rdf/terms.ts';
import { notify, rdf, xsd } from '../rdf/vocabulary.ts';
import { writeRdf } from '../rdf/write.ts';
import type { Channel, ChannelTypeName, Told } from './channel.ts';
import { serviceUrl } from './channel.ts';
import { features } from './subscription-request.ts';

/** A subscription service, as clients discover it (Solid Notifications Protocol, Description Resource Data Model). */
export interface Service {
  readonly id: string;
  /** IRIs. */
  readonly channelType: string;
  readonly features: readonly string[];
}

export function serviceOf(baseUrl: string, type: ChannelTypeName): Service {
  return {
    id: serviceUrl(baseUrl, type),
    channelType: notify.namespace + type,
    features: features.map((feature) => notify.namespace + feature),
  };
}

const context = ['https://www.w3.org/ns/solid/notification/v1'];
const prefixes = new Map([['notify', notify.namespace], ['xsd', xsd.namespace]]);

/** The description of a subscription service. */
export async function describeService(service: Service, format: 'jsonld' | 'turtle'): Promise<string> {
  const { id, channelType } = service;
  if (format === 'jsonld') {
    return JSON.stringify({ '@context': context, id, channelType, feature: service.features });
  }
  const { namedNode, quad } = dataFactory;
  const subject = namedNode(id);
  return writeRdf({
    quads: [
      quad(subject, namedNode(notify.channelType), namedNode(channelType)),
      ...service.features.map((feature) => quad(subject, namedNode(notify.feature), namedNode(feature))),
    ], prefixes,
  }, { format, base: id });
}

/**
 * A channel, as the answer to a subscription says it (Notification Channel Data Model). `id` and `topic`: absolute
 * URLs. `rate`: as it was asked for.
 */
export async function describeChannel(
  channel: Channel, { id, topic, rate }: { id: string; topic: string; rate: string | undefined }, told: Told,
  format: 'jsonld' | 'turtle',
): Promise<string> {
  const time = (at: number | undefined): string | undefined =>
    (at === undefined ? undefined : new Date(at).toISOString());
  const iris = { topic, ...told };
  const times = { startAt: time(channel.startAt), endAt: time(channel.endAt) };
  const texts = {
    state: channel.state, accept: channel.accept === 'turtle' ? 'text/turtle' : 'application/ld+json',
    ...(channel.deep ? { depth: 'infinity' } : {}),
  };
  const type = notify.namespace + channel.type;
  if (format === 'jsonld') {
    const { depth, ...known } = { depth: undefined, ...texts };
    return JSON.stringify({
      '@context': context, id, type, ...iris, ...times, ...known, rate,
      ...(depth === undefined ? {} : { [`notify:depth`]: depth }),
    });
  }
  const { namedNode, literal, quad } = dataFactory;
  const subject = namedNode(id);
  const quads: Quad[] = [quad(subject, namedNode(rdf.type), namedNode(type))];
  const add = (name: string, object: Quad['object']): void => {
    quads.push(quad(subject, namedNode(notify.namespace + name), object));
  };
  for (const [name, value] of Object.entries(iris)) add(name, namedNode(value));
  for (const [name, value] of Object.entries(times)) {
    if (value !== undefined) add(name, literal(value, namedNode(xsd.dateTime)));
  }
  for (const [name, value] of Object.entries(texts)) if (value !== undefined) add(name, literal(value));
  if (rate !== undefined) add('rate', literal(rate, namedNode(`${xsd.namespace}duration`)));
  return writeRdf({ quads, prefixes }, { format, base: new URL('.', id).href });
}
