import type { Term } from '@rdfjs/types';
import { isContainerPath } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import { Problem } from '../problem.ts';
import { parseParameter, splitOutsideQuotes } from '../http/field-values.ts';
import { formatOf } from '../rdf/formats.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { notify, rdf } from '../rdf/vocabulary.ts';
import type { Channel, ChannelTypeName } from './channel.ts';

/** The features of channels (Solid Notifications Protocol, Notification Features), and `depth`, which is ours. */
export const features = ['accept', 'depth', 'endAt', 'rate', 'startAt', 'state'] as const;

/** What may be said of a channel. To ignore anything else of the vocabulary would be a surprise to the subscriber. */
const understood: ReadonlySet<string> = new Set(
  [...features, 'topic', 'sendTo'].map((name) => notify.namespace + name));

/** The values of the `profile` parameter of a subscription in JSON-LD that mean no more than JSON-LD does. */
const profiles: ReadonlySet<string> = new Set([
  'https://www.w3.org/ns/solid/notification/v1',
  ...['expanded', 'compacted', 'flattened'].map((form) => `http://www.w3.org/ns/json-ld#${form}`),
]);

const maxQuads = 100;
export const maxRequestBytes = 16 * 1024;

/** A subscription request: the channel that is asked for, as far as it was said. */
export interface Asked {
  /** An absolute URL. */
  readonly topic: string;
  /** The IRI or the text that a property of the `notify:` vocabulary has; `undefined` when it is not said. */
  one(name: keyof typeof notify): string | undefined;
}

/** The form of a subscription's body. Throws `unsupported` for other types, and for other profiles. */
export function requestFormat(contentType: string): RdfFormat {
  const format = formatOf(contentType);
  if (format !== 'jsonld' && format !== 'turtle') {
    throw new Problem('unsupported', 'A subscription is application/ld+json, or text/turtle.',
      { 'accept-post': 'application/ld+json, text/turtle' });
  }
  const parameters = splitOutsideQuotes(contentType, ';').slice(1).map((text) => parseParameter(text));
  const profile = parameters.find((parameter) => parameter?.name === 'profile')?.value.trim() ?? '';
  const unknown = profile === '' ? undefined : profile.split(/\s+/).find((one) => !profiles.has(one));
  if (unknown !== undefined) throw new Problem('unsupported', `The profile <${unknown}> is not known here.`);
  return format;
}

/**
 * Reads a subscription request for a channel of a type (Notification Channel Data Model). `base`: the address of the
 * subscription service. Throws `invalid` for what is malformed, and `unprocessable` for what is well formed but cannot
 * be done: another context, another type, no topic or several, a property of the vocabulary that is no feature here.
 */
export async function readRequest(
  bytes: Uint8Array, { format, base, type }: { format: RdfFormat; base: string; type: ChannelTypeName },
): Promise<Asked> {
  const quads = await readQuads(bytes, format, base);
  // In the context of notifications, a type without its namespace is relative to the document.
  const names: readonly string[] = [notify.namespace + type, new URL(type, base).href];
  const subjects = quads.filter(({ predicate, object }) =>
    predicate.value === rdf.type && names.includes(object.value));
  const [channel] = subjects;
  if (channel === undefined || subjects.length > 1) {
    throw new Problem('unprocessable', `A subscription here asks for one channel of the type ${type}, in the context `
      + '"https://www.w3.org/ns/solid/notification/v1".');
  }
  const said = new Map<string, Term>();
  for (const { subject, predicate, object } of quads) {
    if (!subject.equals(channel.subject) || !predicate.value.startsWith(notify.namespace)) continue;
    const name = predicate.value.slice(notify.namespace.length);
    if (!understood.has(predicate.value)) {
      throw new Problem('unprocessable', `"${name}" is no feature of channels here.`);
    }
    if (said.has(name)) throw new Problem('unprocessable', `A subscription has one "${name}", not several.`);
    said.set(name, object);
  }
  const topic = said.get('topic');
  if (topic?.termType !== 'NamedNode') {
    throw new Problem('unprocessable', 'A subscription names its topic: the URL of a resource.');
  }
  return { topic: topic.value, one: (name) => said.get(name)?.value };
}

async function readQuads(bytes: Uint8Array, format: RdfFormat, base: string) {
  try {
    return (await readRdf(bytes, { format, base, maxQuads })).quads;
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'invalid') || format !== 'jsonld' || !isJson(bytes)) throw error;
    // subscription-server-subscription-request-unprocessable-entity
    throw new Problem('unprocessable', error.message);
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}

type Features = Pick<Channel, 'accept' | 'deep' | 'endAt' | 'rate' | 'startAt' | 'state'>;

/**
 * What a request says of the features. `latest`: when the channel ends at the latest, in milliseconds since 1970.
 * Throws `unprocessable` for a value that means nothing, or that cannot be.
 */
export function readFeatures({ one }: Asked, path: ResourcePath, latest: number): Features {
  const [accept, depth, rate, state] = [one('accept'), one('depth'), one('rate'), one('state')];
  const [startAt, endAt] = [readTime('startAt', one('startAt')), readTime('endAt', one('endAt'))];
  const format = formatOf(accept ?? 'application/ld+json');
  if (format !== 'jsonld' && format !== 'turtle') {
    throw new Problem('unprocessable', 'Messages can be had as application/ld+json or text/turtle ("accept").');
  }
  if (depth !== undefined && depth !== 'infinity') {
    throw new Problem('unprocessable', 'The only "depth" there is, is "infinity": a container and all below it.');
  }
  if (depth !== undefined && !isContainerPath(path)) {
    throw new Problem('unprocessable', 'Only a container has something below it ("depth").');
  }
  const end = Math.min(endAt ?? latest, latest);
  if (end <= Math.max(startAt ?? 0, Date.now())) {
    throw new Problem('unprocessable', `The channel would end, at ${new Date(end).toISOString()}, before it begins.`);
  }
  return {
    accept: format, deep: depth !== undefined, endAt: end,
    ...(startAt === undefined ? {} : { startAt }), ...(state === undefined ? {} : { state }),
    ...(rate === undefined ? {} : { rate: readDuration(rate) }),
  };
}

/** XML Schema Part 2, section 3.3.7, with a time zone. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = dateTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new Problem('unprocessable', `"${name}" is a time with its zone, like 2026-12-24T18:00:00Z.`);
  }
  return time;
}

/** XML Schema Part 2, section 3.3.6, without years and months, which have no length of their own. */
const duration = /^P(?=[\dT])(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,9})?)S)?)?$/;
const longestRate = 24 * 3_600_000;

function readDuration(text: string): number {
  const [whole, days = 0, hours = 0, minutes = 0, seconds = 0] = duration.exec(text) ?? [];
  const milliseconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  if (whole === undefined || milliseconds > longestRate) {
    throw new Problem('unprocessable', '"rate" is a duration of a day at most, like PT10S.');
  }
  return milliseconds;
}
