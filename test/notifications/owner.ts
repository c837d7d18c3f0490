import assert from 'node:assert/strict';
import { as } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import type { Listening, Message } from './subscribe.ts';

const acl = 'http://www.w3.org/ns/auth/acl#';

/** What the owner of the pod of a server does. Bodies are Turtle. */
export interface Owner {
  put(url: string, body: string): Promise<void>;
  remove(url: string): Promise<void>;
  /** Lets these agents, and nobody else, read a resource; of a container also what is in it unless not `inherited`. */
  allow(url: string, readers: readonly string[], inherited?: boolean): Promise<void>;
  /** Makes a container that these agents may read, with all that is in it. */
  box(...readers: readonly string[]): Promise<string>;
}

export function ownerOf(server: TestServer): Owner {
  let number = 0;
  const owner: Owner = {
    async put(url, body) {
      const { status } = await request('PUT', url, { 'content-type': 'text/turtle', ...as(server.owner) }, body);
      assert([201, 204, 205].includes(status), String(status));
    },
    async remove(url) {
      assert.equal((await request('DELETE', url, as(server.owner))).status, 204);
    },
    async allow(url, readers, inherited = true) {
      const to = `<${acl}accessTo> <${url}>${inherited ? `; <${acl}default> <${url}>` : ''}`;
      const rule = (name: string, agent: string, modes: string): string =>
        `<#${name}> a <${acl}Authorization>; ${to}; <${acl}agent> <${agent}>; <${acl}mode> ${modes}.`;
      await owner.put(`${url}.acl`, [
        rule('owner', server.owner, `<${acl}Read>, <${acl}Write>, <${acl}Control>`),
        ...readers.map((reader, i) => rule(`reader${i}`, reader, `<${acl}Read>`)),
      ].join('\n'));
    },
    async box(...readers) {
      const url = `${server.pod}box${number += 1}/`;
      await owner.put(url, '');
      await owner.allow(url, readers);
      return url;
    },
  };
  return owner;
}

/** Reads until a message about the marker comes, which is changed last; gives those before. */
export async function until(channel: Listening, marker: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const message = await channel.next();
    if (message.object === marker) return messages;
    messages.push(message);
  }
}
