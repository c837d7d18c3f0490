/**
 * Who may do what, to be read and checked by people against Web Access Control ("Reading and Writing Resources", 2021
 * and 1.1), the Solid Protocol ("N3 Patch", "Deleting Resources") and `docs/architecture.md`; it shares nothing with
 * the code that it judges.
 *
 * Of each cell the first part counts whose needs are met; whoever meets none is refused: 401 to the public, 403 to
 * others. `RA/A:201` is: who has Read and Append on the target and Append on the container that holds it gets 201.
 * R, A, W, C are Read, Append, Write, Control, and Write is Append too. `?` is Read on the target or on its container,
 * which lets one know that something is missing. A cell without needs is the answer to everybody; `.` is not tried.
 * The modes on an ACL are those on what it belongs to, and so are those on a description.
 *
 * `insert` to `delete` are patches, `if` of one with a condition only, which finds one match in each resource that is
 * there. `rules`: whether the target has an ACL of its own, inherits from the container, or each of them in turn.
 */
const answers = `
target                            rules      GET          OPTIONS  PUT      POST   insert   if        insert if  delete    DELETE

document                          both       R:200        R:204    W:204    A:405  A:204    R:204     RA:204     RW:204    W/W:204
new document                      both       ?:404        ?:404    A/A:201  ?:404  A/A:201  RA/A:409  RA/A:409   RW/A:409  ?:404
new document in new containers    inherited  R:404        R:404    A/A:201  R:404  A/A:201  RA/A:409  RA/A:409   RW/A:409  R:404

container                         both       R:200        R:204    W:204    A:201  A:204    R:204     RA:204     RW:204    RW/W:204
container with a member           own        .            .        .        .      .        .         .          .         RW/W:409
new container                     inherited  ?:404        ?:404    A/A:201  ?:404  ?:404    ?:404     ?:404      ?:404     ?:404
root container                    own        R:200        R:204    W:204    A:201  A:204    R:204     RA:204     RW:204    405
container without its slash       inherited  R:301 ?:404  ?:404    A/A:409  ?:404  A/A:409  RA/A:409  RA/A:409   RW/A:409  ?:404
document with a slash             inherited  R:301 ?:404  ?:404    A/A:409  ?:404  ?:404    ?:404     ?:404      ?:404     ?:404

ACL                               own        C:200        C:204    C:204    C:405  C:204    C:204     C:204      C:204     C:204
missing ACL                       inherited  C:404        C:404    C:201    C:404  C:201    C:409     C:409      C:409     C:404
missing ACL of a new document     inherited  C:404        C:404    C:201    C:404  C:201    C:409     C:409      C:409     C:404
ACL of the root                   own        C:200        C:204    C:204    C:405  C:204    C:204     C:204      C:204     405

description                       inherited  R:200        R:204    W:204    A:405  A:204    R:204     RA:204     RW:204    W:204
missing description               own        R:404        R:404    A:201    R:404  A:201    RA:409    RA:409     RW:409    R:404
description of a container        own        R:200        R:204    W:204    A:405  A:204    R:204     RA:204     RW:204    W:204
description of a new document     inherited  R:404        R:404    A:409    R:404  A:409    RA:409    RA:409     RW:409    R:404
`;

/** Where the targets are in a pod, and what is there before. `text` is in each of the documents. */
export const places: Readonly<Record<string, { readonly at: string; readonly there?: readonly string[] }>> = {
  'document': { at: 'box/doc', there: ['box/doc'] },
  'new document': { at: 'box/new' },
  'new document in new containers': { at: 'box/one/two/new' },
  'container': { at: 'box/folder/', there: ['box/folder/.meta'] },
  'container with a member': { at: 'box/folder/', there: ['box/folder/member'] },
  'new container': { at: 'box/new/' },
  'root container': { at: '', there: ['.meta'] },
  'container without its slash': { at: 'box/folder', there: ['box/folder/member'] },
  'document with a slash': { at: 'box/doc/', there: ['box/doc'] },
  'ACL': { at: 'box/doc.acl', there: ['box/doc'] },
  'missing ACL': { at: 'box/doc.acl', there: ['box/doc'] },
  'missing ACL of a new document': { at: 'box/new.acl' },
  'ACL of the root': { at: '.acl' },
  'description': { at: 'box/doc.meta', there: ['box/doc', 'box/doc.meta'] },
  'missing description': { at: 'box/doc.meta', there: ['box/doc'] },
  'description of a container': { at: 'box/folder/.meta', there: ['box/folder/.meta'] },
  'description of a new document': { at: 'box/new.meta' },
};

export const text = '<urn:it> <urn:is> "there".';

const n3 = 'text/n3';
const sparql = 'application/sparql-update';
const n3Patch = (clauses: string): string =>
  `@prefix solid: <http://www.w3.org/ns/solid/terms#>. <> a solid:InsertDeletePatch; ${clauses}.`;

/** What is tried, and which column of the table tells the answer. */
export interface Operation {
  readonly name: string;
  readonly column: string;
  readonly type?: string;
  /** Where there is a type and no body, it is a document that may be where the target is. */
  readonly body?: string;
  readonly link?: string;
}

export const operations: readonly Operation[] = [
  { name: 'GET', column: 'GET' },
  { name: 'HEAD', column: 'GET' },
  { name: 'OPTIONS', column: 'OPTIONS' },
  { name: 'PUT', column: 'PUT', type: 'text/turtle' },
  { name: 'POST', column: 'POST', type: 'text/turtle' },
  { name: 'POST of a container', column: 'POST', link: '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"' },
  { name: 'PATCH insert', column: 'insert', type: n3, body: n3Patch('solid:inserts { <urn:it> <urn:is> "new". }') },
  { name: 'PATCH if', column: 'if', type: n3, body: n3Patch('solid:where { ?it <urn:is> "there". }') },
  {
    name: 'PATCH insert if', column: 'insert if', type: n3,
    body: n3Patch('solid:where { ?it <urn:is> "there". }; solid:inserts { ?it <urn:is> "new". }'),
  },
  { name: 'PATCH delete', column: 'delete', type: n3, body: n3Patch('solid:deletes { <urn:it> <urn:is> "there". }') },
  { name: 'PATCH by INSERT DATA', column: 'insert', type: sparql, body: 'INSERT DATA { <urn:it> <urn:is> "new" }' },
  {
    name: 'PATCH by INSERT WHERE', column: 'insert if', type: sparql,
    body: 'INSERT { ?it <urn:is> "new" } WHERE { ?it <urn:is> "there" }',
  },
  { name: 'PATCH by DELETE DATA', column: 'delete', type: sparql, body: 'DELETE DATA { <urn:it> <urn:is> "there" }' },
  { name: 'DELETE', column: 'DELETE' },
];

/** A line of the table: a target, its rules, and what each column says. */
export interface Line {
  readonly target: string;
  readonly rules: string;
  readonly cells: Readonly<Record<string, string>>;
}

export const lines: readonly Line[] = parse(answers);

function parse(table: string): Line[] {
  const [head = [], ...rest] = table.trim().split(/\n+/).map((line) => line.split(/\s{2,}/));
  const [, , ...columns] = head;
  return rest.map(([target = '', rules = '', ...cells]) => {
    if (cells.length !== columns.length) throw new Error(`the table has ${columns.length} columns, and "${target}" has ${cells.length}`);
    return { target, rules, cells: Object.fromEntries(columns.map((column, i) => [column, cells[i]!])) };
  });
}
