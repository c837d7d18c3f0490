import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadOptions } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';

describe('Loading the options', () => {
  let folder: string;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'freehold-config-')); });
  after(() => rmSync(folder, { recursive: true }));

  function file(content: string): string {
    const path = join(folder, 'config.json');
    writeFileSync(path, content);
    return path;
  }

  function mistakes(argv: readonly string[], env: NodeJS.ProcessEnv = {}): readonly string[] {
    try {
      loadOptions({ argv, env });
    } catch (error) {
      assert(error instanceof ConfigError);
      return error.mistakes;
    }
    assert.fail('no mistake was found');
  }

  it('gives every option its default', () => {
    const { port, host, baseUrl, maxRdfBytes, quotaBytes } = loadOptions({ argv: [], env: {} });
    assert.deepEqual(
      { port, host, baseUrl, maxRdfBytes, quotaBytes },
      { port: 3000, host: 'localhost', baseUrl: undefined, maxRdfBytes: 16_777_216, quotaBytes: 1e10 },
    );
  });

  it('lets the file override the defaults, the environment the file, and the command line the environment', () => {
    const config = file('{ "port": 1, "data": "file", "maxQuads": 1, "logLevel": null }');
    const env = { FREEHOLD_CONFIG: config, FREEHOLD_PORT: '2', FREEHOLD_DATA: 'environment', FREEHOLD_HOST: '', PATH: '' };
    const { port, data, maxQuads, host, logLevel } = loadOptions({ argv: ['--port', '3'], env });
    assert.deepEqual(
      { port, data, maxQuads, host, logLevel },
      { port: 3, data: 'environment', maxQuads: 1, host: 'localhost', logLevel: 'info' },
    );
  });

  it('takes the config file of the command line rather than that of the environment', () => {
    const env = { FREEHOLD_CONFIG: '/nowhere.json' };
    assert.equal(loadOptions({ argv: [`--config=${file('{ "port": 7 }')}`], env }).port, 7);
  });

  const readings: [flag: string, text: string, name: keyof Options, value: unknown][] = [
    ['--max-body-bytes', '500', 'maxBodyBytes', 500],
    ['--max-body-bytes', '500kB', 'maxBodyBytes', 500_000],
    ['--max-body-bytes', '1.5 GiB', 'maxBodyBytes', 1_610_612_736],
    ['--max-body-bytes', '16mib', 'maxBodyBytes', 16_777_216],
    ['--quota-bytes', '0', 'quotaBytes', 0],
    ['--drain-seconds', '0.5', 'drainSeconds', 0.5],
    ['--base-url', 'HTTPS://Pods.Example:443', 'baseUrl', 'https://pods.example/'],
    ['--base-url', 'http://localhost:3000/solid', 'baseUrl', 'http://localhost:3000/solid/'],
    ['--host', '::1', 'host', '::1'],
    ['--seed', '-seed.json', 'seed', '-seed.json'],
  ];
  for (const [flag, text, name, value] of readings) {
    it(`reads ${flag} ${text} as ${String(value)}`, () => {
      assert.equal(loadOptions({ argv: [flag, text], env: {} })[name], value);
    });
  }

  const subdomains = ['--pod-addresses', 'subdomain'];
  const refusals: [what: string, argv: readonly string[], mistake: RegExp][] = [
    ['an unknown flag', ['--prot', '1'], /^--prot: there is no such option; did you mean --port\?$/],
    ['a flag in camel case', ['--baseUrl', 'http://a/'], /^--baseUrl: .*; did you mean --base-url\?$/],
    ['a flag that is like no other', ['--zzz'], /^--zzz: there is no such option$/],
    ['a flag without a value', ['--port'], /^--port needs a value$/],
    ['a flag followed by a flag', ['--port', '--data=x'], /^--port needs a value$/],
    ['a stray word', ['3000'], /^"3000" is neither an option nor the value of one$/],
    ['a port that is no number', ['--port', '3000a'], /^--port must be a whole number from 0 to 65535, not "3000a"$/],
    ['a port that is too high', ['--port', '65536'], /^--port must be a whole number/],
    ['an unknown database', ['--database', 'sqlite'], /must be one of level, postgres, memory, not "sqlite"$/],
    ['a size in an unknown unit', ['--max-body-bytes', '5 pounds'], /^--max-body-bytes must be a size from 1 on/],
    ['a size of nothing', ['--max-body-bytes', '0'], /^--max-body-bytes must be a size from 1 on/],
    ['more seconds than a timer holds', ['--drain-seconds', '2147484'], /^--drain-seconds must be a number of seconds/],
    ['a base URL of another scheme', ['--base-url', 'ftp://a/'], /^--base-url must be an http or https URL/],
    ['a base URL with a query', ['--base-url', 'http://a/?b'], /^--base-url must be an http or https URL/],
    ['a base URL with a password', ['--base-url', 'http://a:b@c/'], /^--base-url must be an http or https URL/],
    ['a host with a port', ['--host', 'localhost:80'], /^--host must be a host name or an IP address, without a port/],
    ['postgres without its address', ['--database', 'postgres'], /^database is postgres, but databaseUrl is not set$/],
    ['issuers that are no addresses', ['--bearer-issuers', 'https://a.example/, b'], /must be addresses of issuers/],
    ['a mail server of another kind', ['--mail-url', 'https://mail.example'], /must be like smtp:/],
    ['a sender that is no address', ['--mail-from', 'Freehold'], /must be an e-mail address.*, not "Freehold"$/],
    ['a mail server without a sender', ['--mail-url', 'smtp://a'], /^mailUrl is set, but mailFrom is not/],
    ['an address of a database that is not used', ['--database-url', 'postgres://a/b'], /^databaseUrl is set, but/],
    ['subdomains of an IP address', [...subdomains, '--base-url', 'http://[::1]/'], /is an IP address \(\[::1\]\)/],
    ['subdomains of a path', [...subdomains, '--base-url', 'http://a/b'], /baseUrl has a path \(\/b\/\)/],
  ];
  for (const [what, argv, mistake] of refusals) {
    it(`refuses ${what}`, () => {
      const found = mistakes(argv);
      assert.equal(found.length, 1);
      assert.match(found[0]!, mistake);
    });
  }

  const files: [what: string, content: string, mistake: RegExp][] = [
    ['is no object', '[]', /must be a JSON object of options$/],
    ['has an unknown key', '{ "prot": 1 }', /config\.json: there is no option "prot"; did you mean port\?$/],
    ['has a key of every object', '{ "constructor": 1 }', /there is no option "constructor"$/],
    ['has a wrong value', '{ "port": [1] }', /config\.json: port must be a whole number from 0 to 65535, not \[1\]$/],
    ['is broken', '{\n  "port": 1,\n}', /: is not JSON: Expected double-quoted property name at line 3, column 1$/],
  ];
  for (const [what, content, mistake] of files) {
    it(`refuses a config file that ${what}, and says where`, () => {
      const found = mistakes(['--config', file(content)]);
      assert.equal(found.length, 1);
      assert.match(found[0]!, mistake);
    });
  }

  it('reports all mistakes at once, each with where it came from', () => {
    const env = { FREEHOLD_CONFIG: '/nowhere.json', FREEHOLD_DATABSE: 'level', FREEHOLD_HOST: 'a b' };
    const found = mistakes(['--port', 'x'], env);
    assert.deepEqual(found, [
      '/nowhere.json: there is no such file',
      'FREEHOLD_DATABSE: there is no such option; did you mean FREEHOLD_DATABASE?',
      'FREEHOLD_HOST must be a host name or an IP address, without a port, not "a b"',
      '--port must be a whole number from 0 to 65535, not "x"',
    ]);
  });

  it('never quotes a secret', () => {
    const password = 'hunter2';
    const found = [
      ...mistakes([], { FREEHOLD_DATABASE_URL: `mysql://me:${password}@host/name` }),
      ...mistakes(['--config', file(`{ "databaseUrl": "${password}", x }`)]),
      ...mistakes(['--config', file(`{ "databaseUrl": tru, "${password}"`)]),
    ];
    assert.equal(found.length, 3);
    for (const mistake of found) assert(!mistake.includes(password), mistake);
  });
});
