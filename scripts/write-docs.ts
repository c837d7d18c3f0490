/** `npm run docs`: writes anew what is generated from the code, from the tests and from what the bench stored. */
import { writeFileSync } from 'node:fs';
import { writeReport } from '../bench/report.ts';
import { allTests, conformance, conformancePath } from './conformance.ts';
import { generatedDocs } from './generated-docs.ts';

for (const { path, content } of generatedDocs()) writeFileSync(path, content);

writeReport();

writeFileSync(conformancePath, conformance(await allTests()));
