import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { passwordDigest, provePassword, TokenVerifier } from '../../src/wire/wsse.ts';
import { descendants, escapeXml, parseXml, type XmlElement } from '../../src/wire/xml.ts';

function token(fields: { user: string; digest: string; nonce: string; created: string }): XmlElement {
  const { user, digest, nonce, created } = fields;
  const text = `<Security><UsernameToken><Username>${escapeXml(user)}</Username><Password>${digest}</Password><Nonce>${nonce}</Nonce><Created>${created}</Created></UsernameToken></Security>`;
  const parsed = parseXml(Buffer.from(`<Envelope><Header>${text}</Header></Envelope>`));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.root;
}

describe('a password digest', () => {
  it("is that of ONVIF's programmer's guide", () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    expect(passwordDigest(nonce, '2010-09-16T07:50:45Z', 'userpassword')).toBe('tuOSpGlFlIXsozq4HFNeeGeFLEI=');
  });

  it('is what an independent implementation computes, for a password beyond ASCII too', () => {
    const proof = provePassword('门岗-pässwörd', 1_767_225_600_123);
    const script =
      'import base64,hashlib,sys; n,c,p=sys.argv[1:]; print(base64.b64encode(hashlib.sha1(base64.b64decode(n)+c.encode()+p.encode("utf-8")).digest()).decode())';
    const out = execFileSync('/usr/bin/python3', ['-c', script, proof.nonce, proof.created, '门岗-pässwörd'], {
      encoding: 'utf8',
      env: { PYTHONUTF8: '1' },
    });
    expect(out.trim()).toBe(proof.digest);
    expect(proof.created).toBe('2026-01-01T00:00:00.123Z');
  });

  it('has a nonce of its own each time', () => {
    expect(new Set(Array.from({ length: 100 }, () => provePassword('x', 0).nonce)).size).toBe(100);
  });
});

describe('the verifying side', () => {
  const credentials = { user: 'gate&<house>', password: 'pw' };
  const now = 1_767_225_600_000;

  it('takes a right token once, within its window', () => {
    const verifier = new TokenVerifier({ credentials, windowMs: 5000 });
    const right = token({ user: credentials.user, ...provePassword('pw', now) });
    expect(verifier.verify(right, now)).toBe('granted');
    expect(verifier.verify(right, now + 1000)).toBe('replayed');
    expect(verifier.verify(right, now + 6000)).toBe('outdated');
    expect(verifier.verify(token({ user: credentials.user, ...provePassword('pw', now + 6000) }), now)).toBe(
      'outdated',
    );
    expect(verifier.verify(token({ user: credentials.user, ...provePassword('no', now) }), now)).toBe('refused');
    expect(verifier.verify(token({ user: 'other', ...provePassword('pw', now) }), now)).toBe('refused');
    const bare = parseXml(Buffer.from('<Envelope/>'));
    expect(bare.ok && verifier.verify(bare.root, now)).toBe('absent');
  });
});

describe('escaped XML', () => {
  it('comes back as it was, in text and in attributes, without what XML cannot carry', () => {
    const hard = '<&>"\'门岗 ]]>';
    const parsed = parseXml(Buffer.from(`<a b="${escapeXml(hard)}">${escapeXml(`${hard}\u0000\u0008`)}</a>`));
    expect(parsed.ok && [parsed.root.attributes.b, parsed.root.text]).toEqual([hard, hard]);
  });

  it('is found wherever it stands, but not inside what was found', () => {
    const parsed = parseXml(Buffer.from('<a><m><m>1</m></m><x><m/></x></a>'));
    expect(parsed.ok && descendants(parsed.root, 'm').length).toBe(2);
  });
});
