import { failure, names, openRemote, serveTcp } from './servers.ts';

describe('the check whether a request would be let out', () => {
  const { lookup } = names({
    'public.test': ['93.184.216.34', '2606:2800:220:1::1'], 'private.test': ['10.0.0.1'], 'mixed.test': ['93.184.216.34', '127.0.0.1'],
  });

  for (const url of ['https://public.test/', 'https://93.184.216.34/', 'https://[2606:2800:220:1::1]:8443/in?a=b#c']) {
    it(`passes ${url}`, async () => {
      await using remote = openRemote({ remoteLocalhost: false, lookup });
      await remote.check(url);
    });
  }

  for (const url of [
    'http://public.test/', 'https://private.test/', 'https://mixed.test/', 'https://127.0.0.1/', 'https://[::1]/', 'https://localhost/',
    'https://public.test:25/', 'https://user@public.test/', 'nonsense',
  ]) {
    it(`refuses ${url}`, async () => {
      await using remote = openRemote({ remoteLocalhost: false, lookup });
      await failure(remote.check(url), 'refused');
    });
  }

  it('says that a name without an address is unreachable, and one that is not looked up in time', async () => {
    await using remote = openRemote({ remoteLocalhost: false, lookup });
    await failure(remote.check('https://unknown.test/'), 'unreachable');
    await using hurried = openRemote({ remoteSeconds: 0.05, remoteLocalhost: false, lookup: () => new Promise(() => {}) });
    await failure(hurried.check('https://public.test/'), 'unreachable');
  });

  it('connects to nobody, and lets pass what the operator allows', async () => {
    let connections = 0;
    await using server = await serveTcp(() => { connections += 1; });
    await using remote = openRemote();
    await remote.check(`http://127.0.0.1:${server.port}/`);
    if (connections > 0) throw new Error('somebody connected');
  });
});
