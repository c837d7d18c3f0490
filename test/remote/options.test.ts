import assert from 'node:assert/strict';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadOptions } from '../../src/config/load.ts';
import { Remote } from '../../src/remote/remote.ts';
import { failure } from './servers.ts';

describe('The options of other servers', () => {
  it('make a Remote that goes to public addresses only', async () => {
    const options = loadOptions({ argv: [], env: {} });
    assert.deepEqual([options.remoteSeconds, options.remoteBytes, options.remoteLocalhost, options.remoteAllow], [4, 1_048_576, false, undefined]);
    await using remote = new Remote(options);
    await failure(remote.get('https://127.0.0.1/', { accept: '*/*' }), 'refused');
  });

  for (const [text, value] of [['yes', true], ['true', true], ['no', false], ['false', false]] as const) {
    it(`take ${text} for ${value}`, () => {
      assert.equal(loadOptions({ argv: ['--remote-localhost', text], env: {} }).remoteLocalhost, value);
    });
  }

  it('take ranges of addresses with commas between them', () => {
    const { remoteAllow } = loadOptions({ argv: [], env: { FREEHOLD_REMOTE_ALLOW: '10.0.0.0/8, fd00::/8' } });
    assert.deepEqual(remoteAllow?.map(([address, bits]) => `${address.toString()}/${bits}`), ['10.0.0.0/8', 'fd00::/8']);
  });

  const wrong: [argv: string[], mistake: RegExp][] = [
    [['--remote-allow', '10.0.0.0/33'], /^--remote-allow must be ranges of IP addresses like .*, not "10\.0\.0\.0\/33"$/],
    [['--remote-allow', '*'], /^--remote-allow must be ranges/],
    [['--remote-localhost', 'maybe'], /^--remote-localhost must be yes or no, not "maybe"$/],
    [['--remote-connections', '0'], /^--remote-connections must be a whole number/],
  ];
  for (const [argv, mistake] of wrong) {
    it(`refuse ${argv.join(' ')}`, () => {
      assert.throws(() => loadOptions({ argv, env: {} }), (error) => error instanceof ConfigError && mistake.test(error.mistakes[0]!));
    });
  }
});
