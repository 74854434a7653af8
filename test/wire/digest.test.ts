import { describe, expect, it } from 'vitest';
import { DigestClient, DigestServer, digestResponse, parseAuthHeader } from '../../src/wire/digest.ts';

// RFC 7616 §3.9.1
const rfc = {
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
};
const mufasa = { user: 'Mufasa', password: 'Circle of Life' };
const header = (algorithm: string): string =>
  `Digest realm="${rfc.realm}", qop="auth, auth-int", algorithm=${algorithm}, nonce="${rfc.nonce}", opaque="${rfc.opaque}"`;

describe('Digest, our side as client', () => {
  it('answers the vectors of RFC 7616', () => {
    const proof = { ...rfc, nc: '00000001', qop: 'auth' as const, method: 'GET', uri: '/dir/index.html' };
    expect(digestResponse(mufasa, { ...proof, algorithm: 'MD5' })).toBe('8ca523f5e9506fed4657c9700eebdbec');
    expect(digestResponse(mufasa, { ...proof, algorithm: 'SHA-256' })).toBe(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  it('prefers SHA-256 where both are offered, in one header or two', () => {
    const client = new DigestClient(mufasa, () => rfc.cnonce);
    expect(client.take(`${header('MD5')}, ${header('SHA-256')}`)).toBe('usable');
    const sent = client.authorize('GET', '/dir/index.html') ?? '';
    expect(sent).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(parseAuthHeader(sent)[0]?.params.get('nc')).toBe('00000001');
  });

  it('counts nc up and begins again with a new nonce', () => {
    const client = new DigestClient(mufasa, () => 'c');
    client.take(header('MD5'));
    const nc = (): string | undefined => parseAuthHeader(client.authorize('GET', '/') ?? '')[0]?.params.get('nc');
    expect([nc(), nc(), nc()]).toEqual(['00000001', '00000002', '00000003']);
    client.take(header('MD5').replace('7ypf', 'next'));
    expect(nc()).toBe('00000001');
  });

  it('never answers Basic, auth-int alone, or an unknown algorithm', () => {
    const client = new DigestClient(mufasa);
    expect(client.take('Basic realm="camera"')).toBe('unsupported');
    expect(client.take('Digest realm="a", nonce="b", qop="auth-int"')).toBe('unsupported');
    expect(client.take('Digest realm="a", nonce="b", algorithm=SHA-512-256, qop="auth"')).toBe('unsupported');
    expect(client.authorize('GET', '/')).toBeNull();
  });

  it('answers cameras without qop as RFC 2069 asks, and tells stale from wrong', () => {
    const client = new DigestClient(mufasa, () => 'c');
    expect(client.take('Digest realm="r", nonce="n", stale=TRUE')).toBe('stale');
    const sent = parseAuthHeader(client.authorize('GET', '/') ?? '')[0]?.params;
    expect(sent?.has('qop')).toBe(false);
    expect(sent?.get('response')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('reads hostile headers in bounded time without a throw', () => {
    for (const bad of ['', ',', '"', 'Digest', 'Digest realm="', `Digest ${'a="b\\'.repeat(50_000)}`, '=,=,=']) {
      expect(() => new DigestClient(mufasa).take(bad)).not.toThrow();
    }
  });
});

describe('Digest, our side as server', () => {
  const server = () =>
    new DigestServer({ realm: 'gatehouse', credentials: { user: 'cam', password: 'pw' }, nonceForMs: 60_000 });
  const client = (password = 'pw') => new DigestClient({ user: 'cam', password });

  it.each([0, 1])('grants the right password once for each count (algorithm %i)', (algorithm) => {
    const [ours, theirs] = [server(), client()];
    theirs.take(ours.challenges(1000, false)[algorithm] ?? '');
    const first = theirs.authorize('POST', '/c/x') ?? '';
    expect(ours.verify(first, 'POST', '/c/x', 1500)).toBe('granted');
    expect(ours.verify(first, 'POST', '/c/x', 1501)).toBe('stale');
    expect(ours.verify(theirs.authorize('POST', '/c/x') ?? '', 'POST', '/c/x', 1502)).toBe('granted');
  });

  it('refuses a wrong password, another method and another path', () => {
    const ours = server();
    const wrong = client('guess');
    wrong.take(ours.challenges(0, false)[0] ?? '');
    expect(ours.verify(wrong.authorize('POST', '/c/x') ?? '', 'POST', '/c/x', 1)).toBe('refused');
    const right = client();
    right.take(ours.challenges(0, false)[0] ?? '');
    const sent = right.authorize('POST', '/c/x') ?? '';
    expect(ours.verify(sent, 'PUT', '/c/x', 1)).toBe('refused');
    expect(ours.verify(sent, 'POST', '/c/y', 1)).toBe('refused');
    expect(ours.verify('Basic Y2FtOnB3', 'POST', '/c/x', 1)).toBe('absent');
  });

  it.each(['管理员', 'Jäger'])('grants the user %s, whose name travels as bytes that a header may carry', (user) => {
    const credentials = { user, password: '门岗-pässwörd' };
    const ours = new DigestServer({ realm: 'gatehouse', credentials, nonceForMs: 60_000 });
    const theirs = new DigestClient(credentials);
    theirs.take(ours.challenges(0, false)[0] ?? '');
    const sent = theirs.authorize('POST', '/') ?? '';
    expect(sent).toMatch(/^[\x20-\x7e\x80-\xff]+$/);
    expect(Buffer.from(sent, 'latin1').toString('utf8')).toContain(`username="${user}"`);
    expect(ours.verify(sent, 'POST', '/', 1)).toBe('granted');
  });

  it('calls an old nonce, and one of another boot, stale', () => {
    const ours = server();
    const theirs = client();
    theirs.take(ours.challenges(0, false)[0] ?? '');
    expect(ours.verify(theirs.authorize('POST', '/') ?? '', 'POST', '/', 60_001)).toBe('stale');
    expect(server().verify(theirs.authorize('POST', '/') ?? '', 'POST', '/', 10)).toBe('stale');
  });

  it('does not take a replay for new after its counter was forgotten', () => {
    const ours = new DigestServer({
      realm: 'g',
      credentials: { user: 'cam', password: 'pw' },
      nonceForMs: 1e6,
      maxNonces: 2,
    });
    const use = (at: number): string => {
      const theirs = client();
      theirs.take(ours.challenges(at, false)[0] ?? '');
      const sent = theirs.authorize('POST', '/') ?? '';
      expect(ours.verify(sent, 'POST', '/', at)).toBe('granted');
      return sent;
    };
    const first = use(1);
    for (let at = 2; at < 9; at += 1) use(at);
    expect(ours.verify(first, 'POST', '/', 10)).toBe('stale');
  });
});
