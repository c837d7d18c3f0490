import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { sweepExpired } from '../../src/accounts/expiry.ts';
import { adapterFor, AlreadyUsed, oidcEnds, OidcRecords } from '../../src/identity/adapter.ts';
import { digest } from '../../src/identity/secrets.ts';
import { errors, loadOidc } from '../../src/identity/oidc.ts';
import type { Database } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { openLevel } from '../../src/storage/level.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';

/** What oidc-provider expects of an adapter (its `my_adapter.js`), and what we expect beyond that. */
function adapterContract(name: string, open: () => Promise<Database>): void {
  describe(`The adapter of oidc-provider on ${name}`, () => {
    let database: Database;
    let now = Date.now();
    const at = (model: string) => adapterFor(model, new OidcRecords(database, () => now));
    const newId = () => randomBytes(16).toString('base64url');

    before(async () => {
      await loadOidc();
      database = await open();
    });
    after(async () => { await database[Symbol.asyncDispose](); });

    for (const model of ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'Grant', 'Session', 'Interaction',
      'ReplayDetection']) {
      it(`finds a ${model} as it was stored, by its id`, async () => {
        const id = newId();
        const payload = { jti: id, kind: model, iat: 1, exp: 2, clientId: 'app' };
        await at(model).upsert(id, payload, 60);
        assert.deepEqual(await at(model).find(id), payload);
        assert.equal(await at(model).find(newId()), undefined);
      });

      it(`finds no ${model} once it was destroyed`, async () => {
        const id = newId();
        await at(model).upsert(id, { jti: id, kind: model, uid: newId(), accountId: 'a', grantId: newId() }, 60);
        await at(model).destroy(id);
        assert.equal(await at(model).find(id), undefined);
        await at(model).destroy(id);
      });
    }

    it('replaces what was stored before', async () => {
      const id = newId();
      await at('Session').upsert(id, { jti: id, uid: 'u1', accountId: 'one' }, 60);
      await at('Session').upsert(id, { jti: id, uid: 'u2', accountId: 'two' }, 60);
      assert.equal((await at('Session').find(id))?.accountId, 'two');
      assert.equal(await at('Session').findByUid('u1'), undefined);
      assert.equal((await at('Session').findByUid('u2'))?.accountId, 'two');
    });

    it('tells the models apart', async () => {
      const id = newId();
      await at('AccessToken').upsert(id, { jti: id }, 60);
      assert.equal(await at('RefreshToken').find(id), undefined);
    });

    it('finds a session by its uid, until it is destroyed', async () => {
      const [id, uid] = [newId(), newId()];
      await at('Session').upsert(id, { jti: id, uid, accountId: 'a' }, 60);
      assert.equal((await at('Session').findByUid(uid))?.accountId, 'a');
      await at('Session').destroy(id);
      assert.equal(await at('Session').findByUid(uid), undefined);
    });

    it('keeps where an interaction goes on, and not the cookie of its session', async () => {
      const id = newId();
      const returnTo = `https://pods.example/.oidc/auth/${id}`;
      await at('Interaction').upsert(id, { jti: id, returnTo,
        session: { accountId: 'a', uid: 'u', cookie: 'secret' } }, 60);
      const found = await at('Interaction').find(id) as AdapterPayload;
      assert.equal(found.returnTo, returnTo);
      assert.deepEqual(found.session, { accountId: 'a', uid: 'u' });
    });

    it('marks what was consumed', async () => {
      const id = newId();
      await at('AuthorizationCode').upsert(id, { jti: id, grantId: 'g' }, 60);
      await at('AuthorizationCode').consume(id);
      assert.equal(typeof (await at('AuthorizationCode').find(id) as AdapterPayload).consumed, 'number');
    });

    it('destroys what was consumed', async () => {
      const id = newId();
      await at('RefreshToken').upsert(id, { jti: id, grantId: 'g' }, 60);
      await at('RefreshToken').consume(id);
      await at('RefreshToken').destroy(id);
      assert.equal(await at('RefreshToken').find(id), undefined);
    });

    it('lets exactly one of many consume a code', async () => {
      const id = newId();
      await at('AuthorizationCode').upsert(id, { jti: id, grantId: 'g' }, 60);
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => at('AuthorizationCode').consume(id)));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof errors.InvalidGrant,
          String(outcome.reason));
      }
    });

    it('lets nobody consume what is not there', async () => {
      await assert.rejects(at('RefreshToken').consume(newId()), errors.InvalidGrant);
    });

    it('takes a proof once, also of many that come at once', async () => {
      const id = newId();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => at('ReplayDetection').upsert(id, { jti: id }, 60)));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      await assert.rejects(at('ReplayDetection').upsert(id, { jti: id }, 60), errors.InvalidDpopProof);
    });

    it('revokes what a grant gave, of one model and of no other grant', async () => {
      const [mine, other, code] = [newId(), newId(), newId()];
      const tokens = Array.from({ length: 450 }, newId);
      await Promise.all(tokens.map((id) => at('RefreshToken').upsert(id, { jti: id, grantId: mine }, 60)));
      const kept = newId();
      await at('RefreshToken').upsert(kept, { jti: kept, grantId: other }, 60);
      await at('AuthorizationCode').upsert(code, { jti: code, grantId: mine }, 60);
      await at('RefreshToken').revokeByGrantId(mine);
      for (const id of tokens) assert.equal(await at('RefreshToken').find(id), undefined);
      assert.ok(await at('RefreshToken').find(kept));
      assert.ok(await at('AuthorizationCode').find(code));
      await at('AuthorizationCode').revokeByGrantId(mine);
      assert.equal(await at('AuthorizationCode').find(code), undefined);
    }).timeout(20_000);

    it('finds nothing that has ended, and lets the sweep delete it with all that points to it', async () => {
      await sweepExpired(database, now + 1e9, 100_000, { oidc: oidcEnds });
      const before = await allKeys(database);
      const id = newId();
      await at('Session').upsert(id, { jti: id, uid: newId(), accountId: 'a' }, 60);
      const token = newId();
      await at('RefreshToken').upsert(token, { jti: token, grantId: newId() }, 60);
      await sweepExpired(database, now + 60_000, 100, { oidc: oidcEnds });
      assert.ok(await at('Session').find(id));
      now += 121_000;
      assert.equal(await at('Session').find(id), undefined);
      await sweepExpired(database, now, 100, { oidc: oidcEnds });
      assert.deepEqual(await allKeys(database), before);
    });

    it('keeps what was prolonged', async () => {
      const id = newId();
      await at('Session').upsert(id, { jti: id, uid: newId() }, 60);
      await at('Session').upsert(id, { jti: id, uid: newId() }, 600);
      now += 200_000;
      await sweepExpired(database, now, 1000, { oidc: oidcEnds });
      assert.ok(await at('Session').find(id));
    });

    it('lists what an account has, and removes a grant with all that it gave', async () => {
      const records = new OidcRecords(database, () => now);
      const account = newId();
      const [grant, token, session] = [newId(), newId(), newId()];
      await at('Grant').upsert(grant, { jti: grant, accountId: account, clientId: 'app' }, 60);
      await at('RefreshToken').upsert(token, { jti: token, grantId: grant, accountId: account }, 60);
      await at('Session').upsert(session, { jti: session, uid: newId(), accountId: account }, 60);
      const listed = async (model: 'Grant' | 'Session') => {
        const hashes: string[] = [];
        for await (const { hash } of records.ofAccount(account, model)) hashes.push(hash);
        return hashes;
      };
      assert.deepEqual(await listed('Grant'), [digest(grant)]);
      assert.deepEqual(await listed('Session'), [digest(session)]);
      assert.equal(await records.removeGrant(digest(grant)), true);
      assert.equal(await records.removeGrant(digest(grant)), false);
      assert.equal(await at('RefreshToken').find(token), undefined);
      assert.deepEqual(await listed('Grant'), []);
    });

    it('stores no id that opens something, neither in keys nor in values', async () => {
      const [id, uid] = [newId(), newId()];
      await at('Session').upsert(id, { jti: id, uid, accountId: 'a' }, 60);
      await at('RefreshToken').upsert(id, { jti: id, grantId: 'g' }, 60);
      await at('Interaction').upsert(id, { jti: id, returnTo: `https://pods.example/.oidc/auth/${id}` }, 60);
      for await (const { key, value } of database.range([])) {
        assert.ok(!key.join('/').includes(id) && !Buffer.from(value).toString().includes(id), key.join('/'));
      }
    });

    it('loses no change when two processes change the same at once', async () => {
      const id = newId();
      await at('Session').upsert(id, { jti: id, uid: 'same', accountId: 'a' }, 60);
      await Promise.all(Array.from({ length: 5 }, (_, n) => at('Session').upsert(id,
        { jti: id, uid: 'same', accountId: `a${n}` }, 60 + n)));
      const pointing = await Promise.all(Array.from({ length: 5 }, (_, n) =>
        database.get([keys.oidcOfAccount(`a${n}`, 'Session', digest(id))])));
      const found = await at('Session').find(id) as AdapterPayload;
      assert.deepEqual(pointing.map(([entry]) => entry !== undefined),
        Array.from({ length: 5 }, (_, n) => found.accountId === `a${n}`));
    });
  });
}

async function allKeys(database: Database): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of database.range([])) found.push(key.join('/'));
  return found;
}

adapterContract('a database in memory', async () => new MemoryDatabase());
adapterContract('Level', async () => openLevel(await temporaryDirectory()));

describe('What oidc-provider keeps', () => {
  it('says so when something is used twice', async () => {
    const records = new OidcRecords(new MemoryDatabase());
    await records.put('AuthorizationCode', 'h', { payload: {} });
    await records.consume('AuthorizationCode', 'h');
    await assert.rejects(records.consume('AuthorizationCode', 'h'), AlreadyUsed);
  });
});
