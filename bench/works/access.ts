import type { Field } from '../field.ts';
import type { Measure } from '../results.ts';
import { kilobyte, put } from './documents.ts';
import { readPrivately } from './reading.ts';

const prefixes = `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
@prefix vcard: <http://www.w3.org/2006/vcard/ns#>.
`;

function authorization(name: string, whom: string, modes: string): string {
  return `<#${name}> a acl:Authorization; ${whom}; acl:accessTo <./>; acl:default <./>; acl:mode ${modes}.\n`;
}

/** Ten containers in each other, each with rules for six people, of whom the last is the one who asks. */
export function aclDeep(field: Field): Promise<readonly Measure[]> {
  const friends = Array.from({ length: 5 }, (_, i) => `https://friend${i}.example/profile/card#me`);
  const rules = prefixes + [...friends, field.identity.webId].map((webId, i) =>
    authorization(`rule${i}`, `acl:agent <${webId}>`, 'acl:Read, acl:Write, acl:Control')).join('');
  return readPrivately('acl-deep', field, async (server, prover) => {
    let container = server.own;
    for (let depth = 1; depth <= 10; depth += 1) {
      container += `level${depth}/`;
      await put(server, `${container}document.ttl`, kilobyte('deep'), prover);
      await put(server, `${container}.acl`, rules, prover);
    }
    return `${container}document.ttl`;
  });
}

/** Who asks may read because a document of the same storage names them as one of a hundred members of a group. */
export function aclGroup(field: Field): Promise<readonly Measure[]> {
  const { webId } = field.identity;
  const friends = Array.from({ length: 99 }, (_, i) => `https://friend${i}.example/profile/card#me`);
  const members = [...friends, webId].map((member) => `<${member}>`).join(', ');
  return readPrivately('acl-group', field, async (server, prover) => {
    // Public, as some servers fetch it like anybody else.
    const group = `${server.open}group.ttl`;
    const container = `${server.own}grouped/`;
    await put(server, group, `${prefixes}<#us> a vcard:Group; vcard:hasMember ${members}.`, prover);
    await put(server, `${container}document.ttl`, kilobyte('grouped'), prover);
    // The WebID by itself may only change the rules.
    const rules = authorization('group', `acl:agentGroup <${group}#us>`, 'acl:Read') +
      authorization('owner', `acl:agent <${webId}>`, 'acl:Control');
    await put(server, `${container}.acl`, prefixes + rules, prover);
    return `${container}document.ttl`;
  });
}
