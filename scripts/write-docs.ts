/** `npm run docs`: writes anew what is generated from the code and from the tests. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { conformance, conformancePath, testFiles, titlesIn } from './conformance.ts';
import { generatedDocs } from './generated-docs.ts';

for (const { path, content } of generatedDocs()) writeFileSync(path, content);

// The tests are only loaded, for their titles.
const mocha = new Mocha();
for (const file of testFiles()) mocha.addFile(file);
await mocha.loadFilesAsync();
writeFileSync(conformancePath, conformance(titlesIn(mocha.suite)));
