import { describe, expect, it } from 'vitest';
import { charsetOf, parseForm, parseJson } from '../../src/wire/form.ts';
import { decodeGbk, encodeGbk } from '../../src/wire/gbk.ts';
import { isWholeJpeg, startsAsJpeg } from '../../src/wire/jpeg.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('form and JSON bodies', () => {
  it('reads a form in UTF-8 and in GBK', () => {
    expect(parseForm(bytes('plate=%E4%BA%ACA1&x=a+b&plate=second&e'), null)).toEqual({
      ok: true,
      value: { plate: '京A1', x: 'a b', e: '' },
    });
    const gbk = [...encodeGbk('京A1')].map((byte) => `%${byte.toString(16)}`).join('');
    expect(parseForm(bytes(`plate=${gbk}`), 'gbk')).toEqual({ ok: true, value: { plate: '京A1' } });
  });

  it('refuses too many fields', () => {
    expect(parseForm(bytes('a=1&'.repeat(2000)), null)).toEqual({ ok: false, why: 'too many fields' });
  });

  it('reads JSON in UTF-8, with a BOM, and in GBK', () => {
    expect(parseJson(bytes('\ufeff{"a":[1,"}{"]}'), null)).toEqual({ ok: true, value: { a: [1, '}{'] } });
    expect(parseJson(encodeGbk('{"p":"京A1"}'), 'gb2312')).toEqual({ ok: true, value: { p: '京A1' } });
    expect(charsetOf('application/json; charset="GBK"')).toBe('GBK');
  });

  it('refuses JSON that is deep or broken, before it costs anything', () => {
    expect(parseJson(bytes('['.repeat(1_000_000)), null)).toEqual({ ok: false, why: 'nested too deeply' });
    expect(parseJson(bytes('{"a":'), null)).toEqual({ ok: false, why: 'no JSON' });
    expect(parseJson(new Uint8Array(7 << 20), null)).toEqual({ ok: false, why: 'too large' });
  });

  it('keeps 汉字 through GBK and back, and refuses bytes that are none', () => {
    expect(decodeGbk(encodeGbk('粤Z7X32澳'))).toBe('粤Z7X32澳');
    expect(decodeGbk(Uint8Array.of(0xff, 0xff))).toBeNull();
  });
});

describe('pictures', () => {
  it('are known by their bytes, and whole only with an end', () => {
    expect(isWholeJpeg(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 0xff, 0xd9, 0, 0))).toBe(true);
    expect(isWholeJpeg(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2))).toBe(false);
    expect(startsAsJpeg(bytes('<xml'))).toBe(false);
  });
});
