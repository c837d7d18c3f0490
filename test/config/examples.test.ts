import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { generatedDocs } from '../../scripts/generated-docs.ts';
import { loadOptions } from '../../src/config/load.ts';
import { readSeed } from '../../src/config/seed.ts';

describe('The files that show the options', () => {
  for (const { path, content } of generatedDocs()) {
    it(`${path} is as \`npm run docs\` writes it`, () => {
      assert.equal(readFileSync(path, 'utf8'), content);
    });
  }

  it('config/default.json changes nothing', () => {
    const argv = ['--config', 'config/default.json'];
    assert.deepEqual(loadOptions({ argv, env: {} }), loadOptions({ argv: [], env: {} }));
  });

  for (const path of ['config/one-machine.json', 'config/scaled-out.json']) {
    it(`${path} is a configuration`, () => {
      assert.equal(loadOptions({ argv: ['--config', path], env: {} }).baseUrl, 'https://pods.example/');
    });
  }

  it('config/example-seed.json has a pod with an open folder', () => {
    assert.deepEqual(readSeed('config/example-seed.json')[0]?.pods, [{ name: 'alice', open: ['playground/'] }]);
  });
});
