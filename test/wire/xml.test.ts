import { describe, expect, it } from 'vitest';
import { encodeGbk } from '../../src/wire/gbk.ts';
import { childText, descendant, parseXml, xmlLimits } from '../../src/wire/xml.ts';

const parse = (text: string) => parseXml(Buffer.from(text, 'utf8'));
const whyNot = (text: string): string => {
  const result = parse(text);
  return result.ok ? 'parsed' : result.why;
};

describe('XML of cameras', () => {
  it('is read by local names, with BOM, leading line ends and trailing NULs', () => {
    const result = parse('\ufeff\r\n<?xml version="1.0"?><n:a xmlns:n="u" n:k="v"><n:b> 京A·1 </n:b></n:a>\0\0\n');
    expect(result.ok && result.root.name).toBe('a');
    expect(result.ok && result.root.attributes).toEqual({ k: 'v' });
    expect(result.ok && childText(result.root, 'b')).toBe('京A·1');
  });

  it('refuses a DOCTYPE, and with it every entity bomb and external entity', () => {
    const bomb = `<!DOCTYPE l [<!ENTITY a "lol">${'<!ENTITY b "&a;&a;&a;">'.repeat(10)}]><l>&b;</l>`;
    expect(whyNot(bomb)).toMatch(/DOCTYPE/);
    expect(whyNot('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).toMatch(/DOCTYPE/);
  });

  it('takes an unknown entity for an error, never for text', () => {
    expect(whyNot('<a>&xxe;</a>')).toMatch(/entity/i);
    const known = parse('<a>&lt;&#20140;&amp;</a>');
    expect(known.ok && known.root.text).toBe('<京&');
  });

  it('refuses 200,000 nested elements at the depth cap', () => {
    expect(whyNot('<a>'.repeat(80_000))).toMatch(/deeper/);
    const deep = parseXml(Buffer.from('<a>'.repeat(200_000)), { ...xmlLimits, maxBytes: 10 << 20 });
    expect(deep).toEqual({ ok: false, why: 'deeper than 64' });
  });

  it('refuses too many nodes and too many bytes', () => {
    expect(whyNot(`<a>${'<b/>'.repeat(30_000)}</a>`)).toMatch(/nodes/);
    const attributes = Array.from({ length: 20_000 }, (_, at) => `k${at}=""`).join(' ');
    expect(whyNot(`<a ${attributes}/>`)).toMatch(/nodes/);
    expect(whyNot(`<a>${'x'.repeat(300_000)}</a>`)).toMatch(/larger/);
  });

  it('decodes the declared encodings and GBK that calls itself UTF-8', () => {
    const gbk = parseXml(encodeGbk('<?xml version="1.0" encoding="GB2312"?><a>苏A6QT31</a>'));
    expect(gbk.ok && gbk.root.text).toBe('苏A6QT31');
    const lying = parseXml(encodeGbk('<?xml version="1.0" encoding="utf-8"?><a>苏A6QT31</a>'));
    expect(lying.ok && lying.root.text).toBe('苏A6QT31');
    const latin = parseXml(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', 'latin1'));
    expect(latin.ok && latin.root.text).toBe('é');
    expect(whyNot('<?xml version="1.0" encoding="ebcdic-x"?><a/>')).toMatch(/encoding/);
  });

  it('refuses cut, empty and doubled documents', () => {
    for (const text of ['', '   ', '<a><b></a>', '<a>', '<a/><b/>', 'plain', '<a b=>'])
      expect(whyNot(text)).not.toBe('parsed');
  });

  it('holds attributes and elements called __proto__ as data', () => {
    const result = parse('<a __proto__="x"><constructor>1</constructor></a>');
    expect(result.ok && Object.keys(result.root.attributes)).toEqual(['__proto__']);
    expect(result.ok && descendant(result.root, 'constructor')?.text).toBe('1');
    expect(result.ok && descendant(result.root, 'toString')).toBeNull();
  });
});
