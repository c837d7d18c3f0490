/** The IRIs that the server itself reads or writes, by vocabulary. `namespace` is what they all begin with. */
function terms<const Name extends string>(namespace: string, names: readonly Name[]): Terms<Name> {
  const all = [['namespace', namespace], ...names.map((name) => [name, namespace + name])];
  return Object.fromEntries(all) as Terms<Name>;
}

type Terms<Name extends string> = Readonly<Record<Name | 'namespace', string>>;

export const acl = terms('http://www.w3.org/ns/auth/acl#', [
  'Authorization', 'Read', 'Append', 'Write', 'Control', 'AuthenticatedAgent',
  'accessTo', 'default', 'defaultForNew', 'mode', 'agent', 'agentClass', 'agentGroup', 'origin', 'condition',
  'ClientCondition', 'client', 'clientClass', 'clientGroup', 'IssuerCondition', 'issuer', 'issuerClass', 'issuerGroup',
]);
export const activities = terms('https://www.w3.org/ns/activitystreams#', ['object', 'target', 'published']);
export const cert = terms('http://www.w3.org/ns/auth/cert#', ['key', 'modulus', 'exponent']);
export const dct = terms('http://purl.org/dc/terms/', ['modified']);
export const foaf = terms('http://xmlns.com/foaf/0.1/', ['Agent']);
export const ldp = terms('http://www.w3.org/ns/ldp#', ['Resource', 'Container', 'BasicContainer', 'contains', 'inbox']);
export const notify = terms('http://www.w3.org/ns/solid/notifications#', [
  'accept', 'channel', 'channelType', 'endAt', 'feature', 'rate', 'receiveFrom', 'sendTo', 'sender', 'startAt', 'state',
  'subscription', 'topic', 'depth',
]);
export const pim = terms('http://www.w3.org/ns/pim/space#', ['Storage', 'preferencesFile']);
export const posix = terms('http://www.w3.org/ns/posix/stat#', ['mtime', 'size']);
export const rdf = terms('http://www.w3.org/1999/02/22-rdf-syntax-ns#', [
  'type', 'first', 'rest', 'nil', 'langString', 'dirLangString', 'reifies',
]);
export const security = terms('https://w3id.org/security#', [
  'publicKey', 'publicKeyPem', 'publicKeyJwk', 'publicKeyMultibase', 'publicKeyBase58', 'verificationMethod',
  'authentication', 'assertionMethod', 'keyAgreement', 'capabilityInvocation', 'capabilityDelegation', 'controller',
]);
export const solid = terms('http://www.w3.org/ns/solid/terms#', [
  'InsertDeletePatch', 'Patch', 'inserts', 'deletes', 'where', 'oidcIssuer', 'oidcIssuerRegistrationToken', 'owner',
  'storageDescription', 'publicTypeIndex', 'privateTypeIndex', 'TypeRegistration', 'forClass', 'instance',
  'instanceContainer',
]);
export const vcard = terms('http://www.w3.org/2006/vcard/ns#', ['hasMember']);
export const xsd = terms('http://www.w3.org/2001/XMLSchema#', [
  'string', 'boolean', 'integer', 'decimal', 'double', 'dateTime',
]);
