import assert from 'node:assert/strict';
import { userContentHeaders } from '../../src/http/user-content.ts';

describe('What a user stored is sent', () => {
  const active = [
    'text/html', 'application/xhtml+xml', 'image/svg+xml', 'text/xml', 'application/xml', 'application/rdf+xml',
    'text/xsl', 'application/pdf', 'multipart/x-mixed-replace', 'message/rfc822', 'application/javascript',
    'text/javascript', 'application/x-shockwave-flash', 'something/new',
  ];
  for (const essence of active) {
    it(`in a sandbox when it is ${essence}`, () => {
      assert.equal(userContentHeaders(essence)['content-security-policy'], 'sandbox');
    });
  }

  const inert = [
    'text/turtle', 'application/ld+json', 'application/json', 'application/n-triples', 'text/plain', 'image/png',
    'video/mp4', 'audio/ogg', 'font/woff2', 'application/octet-stream', 'text/css',
  ];
  for (const essence of inert) {
    it(`as it is when it is ${essence}`, () => {
      assert.equal(userContentHeaders(essence)['content-security-policy'], undefined);
    });
  }

  it('under its own type and without a referrer, whatever it is', () => {
    for (const essence of [...active, ...inert]) {
      const headers = userContentHeaders(essence);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
  });
});
