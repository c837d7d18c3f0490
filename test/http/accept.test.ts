import assert from 'node:assert/strict';
import fc from 'fast-check';
import { negotiate, prefersHtml } from '../../src/http/accept.ts';

const turtle = 'text/turtle';
const jsonld = 'application/ld+json';
const rdf = [turtle, jsonld, 'application/n-triples'];

describe('Content negotiation (RFC 9110, 12.5.1)', () => {
  const cases: [accept: string | undefined, offers: string[], chosen: string | undefined][] = [
    // Without a wish, the stored form.
    [undefined, rdf, turtle],
    ['', rdf, turtle],
    ['*/*', rdf, turtle],
    ['*', rdf, turtle],
    [undefined, [], undefined],
    ['*/*', [], undefined],
    // Weights.
    [jsonld, rdf, jsonld],
    ['application/ld+json;q=0.5, text/turtle;q=0.4', rdf, jsonld],
    ['application/ld+json;q=0.5, text/turtle', rdf, turtle],
    ['text/turtle;q=0.9,*/*', rdf, jsonld],
    ['application/ld+json;Q=0.1, text/turtle ; q=0.2', rdf, turtle],
    ['application/ld+json;q=1.000, text/turtle;q=.9', rdf, jsonld],
    // Among equals, the order of the server.
    ['application/ld+json, text/turtle', rdf, turtle],
    ['application/*', rdf, jsonld],
    ['application/n-triples, application/ld+json', rdf, jsonld],
    // The most specific range decides, wherever it stands.
    ['*/*, text/turtle;q=0', rdf, jsonld],
    ['text/*;q=0, text/turtle;q=0.1', rdf, turtle],
    ['text/turtle;q=0.1, */*;q=0.5, application/*;q=0.2', rdf, jsonld],
    // Nothing is acceptable.
    ['text/html', rdf, undefined],
    ['text/turtle;q=0', [turtle], undefined],
    ['*/*;q=0', rdf, undefined],
    ['text/turtle;q=0.0, application/ld+json;q=0.000, application/n-triples;q=0', rdf, undefined],
    // Letter case.
    ['TEXT/Turtle', rdf, turtle],
    ['text/turtle', ['Text/Turtle'], 'Text/Turtle'],
    // The example of the RFC.
    ['text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5',
      ['text/plain', 'text/html', 'image/jpeg'], 'text/plain'],
    ['text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5',
      ['text/html', 'text/plain;format=fixed', 'image/jpeg'], 'image/jpeg'],
    ['text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5',
      ['text/plain', 'text/plain;format=flowed'], 'text/plain;format=flowed'],
    // Parameters: one that the offer lacks does not fit, unless it states a mere preference.
    ['text/html;level=1', ['text/html'], undefined],
    ['text/turtle;charset=utf-8', rdf, turtle],
    ['text/turtle; charset=UTF-8', ['text/turtle;charset=utf-8'], 'text/turtle;charset=utf-8'],
    ['text/plain; charset=utf-8', ['text/plain; charset=iso-8859-1'], undefined],
    ['text/plain', ['text/plain; charset=iso-8859-1'], 'text/plain; charset=iso-8859-1'],
    ['application/ld+json; profile="https://www.w3.org/ns/activitystreams"', rdf, jsonld],
    ['application/ld+json; profile="a,b;q=0", text/turtle;q=0.5', rdf, jsonld],
    ['application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted', rdf, jsonld],
    // What is malformed says nothing, and nothing at all leaves the choice to the server.
    ['text, ;;, application/ld+json', rdf, jsonld],
    ['application/ld+json;q=high, text/turtle;q=0.1', rdf, turtle],
    ['application/ld+json;q=2, text/turtle;q=0.1', rdf, turtle],
    ['*/turtle, application/ld+json', rdf, jsonld],
    ['nonsense', rdf, turtle],
    [',,,', rdf, turtle],
  ];
  for (const [accept, offers, chosen] of cases) {
    it(`chooses ${chosen} of ${offers.join(' | ') || 'nothing'} for '${accept}'`, () => {
      assert.equal(negotiate(accept, offers), chosen);
    });
  }

  it('chooses an offer that is not excluded, whatever else the header says', () => {
    const types = ['text/turtle', 'text/html', 'application/ld+json', 'image/png'];
    const weighted = fc.tuple(fc.constantFrom(...types), fc.constantFrom('0', '0.5'));
    const named = fc.uniqueArray(weighted, { selector: ([type]) => type });
    const other = fc.constantFrom(
      '*/*', '*/*;q=0.9', 'text/*', 'application/*;q=0.1', 'x/y', 'text', ';', 'a/b;c="d,e";q=0', 'ü',
    );
    fc.assert(fc.property(named, fc.array(other), fc.shuffledSubarray(types), (weights, others, offers) => {
      const header = [...others, ...weights.map(([type, weight]) => `${type};q=${weight}`)].join(', ');
      const chosen = negotiate(header, offers);
      if (chosen === undefined) return;
      assert.ok(offers.includes(chosen));
      assert.ok(!weights.some(([type, weight]) => type === chosen && weight === '0'));
    }), { numRuns: 500 });
  });
});

describe('A page is preferred to data', () => {
  const cases: [accept: string | undefined, page: boolean, by: string][] = [
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', true, 'a browser'],
    ['text/html', true, 'who asks for nothing else'],
    ['text/html;q=0.2, application/ld+json;q=0.1', true, 'who likes it better'],
    ['*/*', false, 'curl'],
    [undefined, false, 'who says nothing'],
    ['', false, 'who says nothing, aloud'],
    ['text/*', false, 'who takes any text'],
    ['text/html, text/turtle', false, 'who likes both'],
    ['text/html;q=0.5, */*', false, 'who likes all else better'],
    ['text/html;q=0, */*;q=0', false, 'who wants nothing'],
    ['application/json, text/html;q=0.9', false, 'a script'],
    ['image/*;q=0.9, */*;q=0.1, application/rdf+xml;q=0.9, application/xhtml+xml, text/html;q=0.9, text/turtle;q=1',
      false, 'rdflib'],
    ['image/avif,image/webp,image/apng,*/*;q=0.8', false, 'the img element'],
  ];
  for (const [accept, page, by] of cases) {
    it(`${page ? '' : 'not '}by ${by}: '${accept}'`, () => assert.equal(prefersHtml(accept), page));
  }
});
