/** `npm run docs`: writes anew what is generated from the code and from the tests. */
import { writeFileSync } from 'node:fs';
import { allTests, conformance, conformancePath } from './conformance.ts';
import { generatedDocs } from './generated-docs.ts';

for (const { path, content } of generatedDocs()) writeFileSync(path, content);

writeFileSync(conformancePath, conformance(await allTests()));
