import assert from 'node:assert/strict';
import { deviceOf } from '../../src/accounts/device.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

const agents: [agent: string, device: string][] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, 'Edge on Windows'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera on a Mac'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15', 'Safari on a Mac'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Safari on an iPhone'],
  ['Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15', 'Firefox on an iPad'],
  [`Mozilla/5.0 (X11; CrOS x86_64 16181.47.0) ${webkit} HeadlessChrome/140.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  ['curl/8.14.1', 'curl'],
  ['node', 'a script in Node'],
  ['python-requests/2.32', 'a script in Python'],
  ['Browser of a test', 'Browser of a test'],
  ['My program/1.0 (with more)', 'My program'],
  ['', 'A program that did not say its name'],
  ['  /x', 'A program that did not say its name'],
  ['\u{1f600}'.repeat(200), '\u{1f600}'.repeat(30)],
];

describe('a device', () => {
  for (const [agent, device] of agents) {
    it(`is ${device.slice(0, 40)} for ${JSON.stringify(agent.slice(0, 90))}`, () => assert.equal(deviceOf(agent), device));
  }
});
