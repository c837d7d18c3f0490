import assert from 'node:assert/strict';
import { askedWith, detailsOf, isNews, nameOf, placeOf } from '../../src/identity/asked.ts';
import type { SolidGrant } from '../../src/identity/claims.ts';

const detail = (n: number): object => ({ type: 'solid', locations: [`https://a.example/${n}/`], actions: ['read'] });
const grant = (members: Partial<SolidGrant> = {}): SolidGrant => members as SolidGrant;
const request = { details: [], name: 'Notes', place: 'app.example' };

describe('What an app asks for', () => {
  const asked = { details: [detail(1)], places: ['app.example'] };
  const rows: [what: string, before: Partial<SolidGrant>, now: Partial<Omit<typeof request, 'details'>> & { details?: object[] }, news: boolean][] = [
    ['nothing in particular, of somebody who granted nothing yet', {}, {}, false],
    ['a detail, for the first time', {}, { details: [detail(1)] }, true],
    ['the same again', { asked, clientName: 'Notes' }, { details: [detail(1)] }, false],
    ['less', { asked, clientName: 'Notes' }, {}, false],
    ['more', { asked, clientName: 'Notes' }, { details: [detail(1), detail(2)] }, true],
    ['the same under another name', { asked, clientName: 'Bank' }, { details: [detail(1)] }, true],
    ['the same without a name', { asked, clientName: 'Bank' }, { name: undefined as never }, true],
    ['the same with a name as long as was kept', { asked, clientName: 'x'.repeat(200) }, { name: 'x'.repeat(201) }, false],
    ['to go elsewhere', { asked, clientName: 'Notes' }, { place: 'evil.example' }, true],
    ['to go where it went, of somebody of whom it is not known', { clientName: 'Notes' }, { place: 'evil.example' }, false],
  ];
  for (const [what, before, now, news] of rows) {
    it(`is ${news ? 'news' : 'nothing new'} when it is ${what}`, () => {
      assert.equal(isNews(grant(before), { ...request, ...now }), news);
    });
  }

  it('is remembered: the last fifty details, and the last ten places', () => {
    const all = Array.from({ length: 50 }, (_, i) => detail(i));
    const full = askedWith(grant(), { ...request, details: all });
    assert.deepEqual(full.details, all);
    assert.deepEqual(askedWith(grant({ asked: full }), { ...request, details: [detail(50), detail(49)] }).details, [...all.slice(1), detail(50)]);
    const places = Array.from({ length: 10 }, (_, i) => `${i}.example`);
    assert.deepEqual(askedWith(grant({ asked: { details: [], places } }), request).places, [...places.slice(1), 'app.example']);
    assert.deepEqual(askedWith(grant({ asked: { details: [], places } }), { ...request, place: '3.example' }).places, places);
  });

  it('is read from a request as it is', () => {
    assert.deepEqual([detailsOf({}), detailsOf({ authorization_details: '[{}]' })], [undefined, [{}]]);
    assert.deepEqual([nameOf(undefined), nameOf('x'.repeat(201))], [undefined, 'x'.repeat(200)]);
    assert.deepEqual(['https://app.example:8443/cb?x', 'com.example.app:/cb', 'http://[::1]:80/', 'nonsense', 7].map(placeOf),
      ['app.example:8443', 'com.example.app:', '[::1]', undefined, undefined]);
  });
});
