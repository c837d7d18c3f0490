/** Prints the titles of all tests as JSON. The tests are only loaded. */
import Mocha from 'mocha';
import { testFiles, titlesIn } from './conformance.ts';

const mocha = new Mocha();
for (const file of testFiles()) mocha.addFile(file);
await mocha.loadFilesAsync();
process.stdout.write(JSON.stringify(titlesIn(mocha.suite)), () => process.exit());
