import { createHash } from 'node:crypto';
import type { Change } from '../pods/change.ts';
import { subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import { mediaTypeOf } from '../rdf/formats.ts';
import { dataFactory } from '../rdf/terms.ts';
import { activities, notify, rdf, xsd } from '../rdf/vocabulary.ts';
import { writeRdf } from '../rdf/write.ts';
import { aboutOf } from './concerns.ts';

/** What a change means for one of the resources that it is about (Activity Streams 2.0). */
export interface Activity {
  readonly type: 'Create' | 'Update' | 'Delete' | 'Add' | 'Remove';
  /** Whose activity it is, and who may read this is told of it. */
  readonly about: ResourcePath;
  readonly object: ResourcePath;
  /** The container that a member was added to or removed from. */
  readonly target?: ResourcePath;
  /** Its place among the activities of the change. */
  readonly order: number;
}

/** Solid Notifications Protocol, Notification Message Data Model. */
export interface Message {
  /**
   * `urn:uuid:` with a UUID of version 8 (RFC 9562 section 5.8): the first 48 bits are the sequence number of the
   * change, the next 12 its place among the messages of the change, the others a hash. So it is the same whenever and
   * to whomever a change is told, and tells where to go on.
   */
  readonly id: string;
  /** What the id says of its place. */
  readonly at: Cursor;
  readonly type: Activity['type'];
  /** Absolute URLs. */
  readonly object: string;
  readonly target?: string;
  /** When it happened (xsd:dateTime). */
  readonly published: string;
  /** The entity tag, with its quotes, that the resource got by the change: of the target, where there is one. */
  readonly state?: string;
}

/** Where in the messages of a pod somebody is: the sequence number of a change and a place within it. */
export interface Cursor {
  readonly sequence: number;
  readonly order: number;
}

/** All messages of the change with this number, and of those before it. */
export function behind(sequence: number): Cursor {
  return { sequence, order: 0xfff };
}

/** What a change of the log means, in the order in which it is told. */
export function activitiesOf({ type, path }: Pick<Change, 'type' | 'path'>): Activity[] {
  return aboutOf({ type, path }).map((about, order): Activity => {
    if (about === path) return { type, about, object: path, order };
    // A description is part of the representation of its container.
    if (subjectOf(path) === about) return { type: 'Update', about, object: about, order };
    return { type: type === 'Create' ? 'Add' : 'Remove', about, object: path, target: about, order };
  });
}

/** The id of the message about an activity; see `Message`. */
export function messageId(pod: string, { sequence, order }: Cursor): string {
  const number = sequence.toString(16).padStart(12, '0');
  const place = order.toString(16).padStart(3, '0');
  const hash = createHash('sha256').update(`${pod} ${sequence} ${order}`).digest('hex');
  // RFC 9562 section 4.1: the two highest bits of the ninth byte are 1 and 0.
  const variant = (Number.parseInt(hash[0]!, 16) & 3 | 8).toString(16);
  const random = `${variant}${hash.slice(1, 4)}-${hash.slice(4, 16)}`;
  return `urn:uuid:${number.slice(0, 8)}-${number.slice(8)}-8${place}-${random}`;
}

const idForm = /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Where to go on: after the message with this id, or the change with this number. `undefined` if it is neither. */
export function readCursor(text: string): Cursor | undefined {
  if (/^\d{1,15}$/.test(text)) return behind(Number(text));
  const [, high, low, place] = idForm.exec(text) ?? [];
  if (high === undefined || low === undefined || place === undefined) return undefined;
  return { sequence: Number.parseInt(high + low, 16), order: Number.parseInt(place, 16) };
}

/** Where a message is. */
export function cursorOf({ at }: Message): Cursor {
  return at;
}

/** Whether a message is one of those that come after. */
export function isAfter({ at: { sequence, order } }: Message, cursor: Cursor): boolean {
  return sequence > cursor.sequence || (sequence === cursor.sequence && order > cursor.order);
}

const contexts = ['https://www.w3.org/ns/activitystreams', 'https://www.w3.org/ns/solid/notification/v1'];

/** What messages can be had in, and the media types. */
export const mediaTypes = { jsonld: mediaTypeOf('jsonld'), turtle: mediaTypeOf('turtle') } as const;

const written = new WeakMap<Message, Map<'jsonld' | 'turtle', Promise<string>>>();

/** The text of a message, which is made once for all who get it. */
export function render(message: Message, format: 'jsonld' | 'turtle'): Promise<string> {
  const texts = written.get(message) ?? new Map<'jsonld' | 'turtle', Promise<string>>();
  written.set(message, texts);
  const text = texts.get(format) ?? (format === 'jsonld' ? Promise.resolve(jsonLd(message)) : turtle(message));
  texts.set(format, text);
  return text;
}

function jsonLd({ id, type, object, target, published, state }: Message): string {
  return JSON.stringify({ '@context': contexts, id, type, object, target, published, state });
}

function turtle({ id, type, object, target, published, state }: Message): Promise<string> {
  const { namedNode, literal, quad } = dataFactory;
  const message = namedNode(id);
  return writeRdf({
    quads: [
      quad(message, namedNode(rdf.type), namedNode(activities.namespace + type)),
      quad(message, namedNode(activities.object), namedNode(object)),
      ...(target === undefined ? [] : [quad(message, namedNode(activities.target), namedNode(target))]),
      quad(message, namedNode(activities.published), literal(published, namedNode(xsd.dateTime))),
      ...(state === undefined ? [] : [quad(message, namedNode(notify.state), literal(state))]),
    ],
    prefixes: new Map([['as', activities.namespace], ['notify', notify.namespace], ['xsd', xsd.namespace]]),
  }, { format: 'turtle', base: 'about:blank' });
}
