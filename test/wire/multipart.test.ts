import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryOf,
  MultipartReader,
  type Part,
  parseMultipart,
  pushLimits,
  streamLimits,
} from '../../src/wire/multipart.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (part: Part | undefined): string => Buffer.from(part?.body ?? []).toString('latin1');

function readAll(boundary: string, pieces: readonly Uint8Array[], limits = streamLimits) {
  const parts: Part[] = [];
  const troubles: string[] = [];
  const reader = new MultipartReader(
    boundary,
    limits,
    (part) => parts.push(part),
    (trouble) => troubles.push(trouble),
  );
  for (const piece of pieces) reader.push(piece);
  return { parts, troubles, reader };
}

const push = [
  '-----------------------------7e1\r\n',
  'Content-Disposition: form-data; name="anpr.xml";filename="anpr.xml"\r\n',
  'Content-Type: application/xml; charset="UTF-8"\r\nContent-Length: 7\r\n\r\n<a>x</a>'.replace('7', '8'),
  '\r\n-----------------------------7e1\r\n',
  'Content-Disposition: form-data;name="licensePlatePicture.jpg";filename="licensePlatePicture.jpg"\r\n',
  'Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff--7e1\r\n\n--\xff\xd9',
  '\r\n-----------------------------7e1--\r\n',
].join('');

describe('multipart', () => {
  it('gives the same parts wherever the bytes are split', () => {
    for (let at = 0; at <= push.length; at += 1) {
      const { parts, troubles } = readAll('---------------------------7e1', [
        bytes(push.slice(0, at)),
        bytes(push.slice(at)),
      ]);
      expect(troubles).toEqual([]);
      expect(parts.map((part) => [part.name, part.type, text(part)])).toEqual([
        ['anpr.xml', 'application/xml', '<a>x</a>'],
        ['licensePlatePicture.jpg', 'image/jpeg', '\xff\xd8\xff--7e1\r\n\n--\xff\xd9'],
      ]);
    }
  });

  it('gives the same parts byte by byte', () => {
    const { parts } = readAll('---------------------------7e1', [...push].map(bytes));
    expect(parts.map(text)).toEqual(['<a>x</a>', '\xff\xd8\xff--7e1\r\n\n--\xff\xd9']);
  });

  it('hands a part over at its Content-Length, before any boundary follows', () => {
    const { parts } = readAll('boundary', [bytes('--boundary\r\nContent-Length: 5\r\n\r\nhello')]);
    expect(parts.map(text)).toEqual(['hello']);
  });

  it('ends a part at the boundary when its Content-Length reaches over it', () => {
    const stream = '--b0\r\nContent-Length: 5000\r\n\r\nshort\r\n--b0\r\nContent-Length: 4\r\n\r\nnext';
    expect(readAll('b0', [bytes(stream)]).parts.map(text)).toEqual(['short', 'next']);
  });

  it('skips what lies behind a Content-Length that is too small and goes on with the next part', () => {
    const stream = '--b0\r\nContent-Length: 2\r\n\r\nlonger\r\n--b0\r\nContent-Length: 4\r\n\r\nnext';
    expect(readAll('b0', [bytes(stream)]).parts.map(text)).toEqual(['lo', 'next']);
  });

  it('reads LF-only headers, doubled boundaries and a wrong Content-Encoding', () => {
    const stream =
      '--b0\n--b0\nContent-Type: text/plain\nContent-Encoding: deflate\nContent-Length: 3\n\nabc\n--b0\n\nxyz\n--b0\n';
    expect(readAll('b0', [bytes(stream)]).parts.map(text)).toEqual(['abc', 'xyz']);
  });

  it('takes a boundary parameter with its dashes already in it', () => {
    expect(readAll('--myboundary', [bytes('--myboundary\r\n\r\nabc\r\n--myboundary--')]).parts.map(text)).toEqual([
      'abc',
    ]);
  });

  it('finds its way back after garbage and after a closing boundary', () => {
    const noise = '\x00garbage b0 -- \r\n'.repeat(5000);
    const stream = `${noise}\r\n--b0\r\nContent-Length: 1\r\n\r\na\r\n--b0--\r\n${noise}\r\n--b0\r\nContent-Length: 1\r\n\r\nb`;
    expect(readAll('b0', [bytes(stream)]).parts.map(text)).toEqual(['a', 'b']);
  });

  it('reads name and filename without a space, without quotes, and where one is missing', () => {
    const part = (header: string): Part | undefined =>
      readAll('b', [bytes(`--b\r\nContent-Disposition: ${header}\r\nContent-Length: 1\r\n\r\nx`)]).parts[0];
    expect(part('form-data;name="a";filename="b.jpg"')).toMatchObject({ name: 'a', filename: 'b.jpg' });
    expect(part('form-data; filename="vehiclePicture.jpg"')).toMatchObject({
      name: null,
      filename: 'vehiclePicture.jpg',
    });
    expect(part('form-data; name=anpr.xml')).toMatchObject({ name: 'anpr.xml', filename: null });
  });

  it('refuses a part over the cap at once when it says its length, and goes on behind it', () => {
    const limits = { ...streamLimits, maxPartBytes: 1000 };
    const stream = `--b0\r\nContent-Length: 999999999\r\n\r\n${'x'.repeat(5000)}\r\n--b0\r\nContent-Length: 2\r\n\r\nok`;
    const { parts, troubles } = readAll('b0', [bytes(stream)], limits);
    expect(troubles).toEqual(['partTooLarge']);
    expect(parts.map(text)).toEqual(['ok']);
  });

  it('keeps no more than the cap of an endless part without a length', () => {
    const limits = { ...streamLimits, maxPartBytes: 100_000 };
    const chunk = new Uint8Array(65_536).fill(0x41);
    const before = process.memoryUsage().arrayBuffers;
    const { parts, troubles } = readAll(
      'b0',
      [bytes('--b0\r\n\r\n'), ...Array.from({ length: 2000 }, () => chunk)],
      limits,
    );
    expect(parts).toEqual([]);
    expect(troubles).toEqual(['partTooLarge']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
  });

  it('refuses endless headers', () => {
    const { parts, troubles } = readAll('b0', [bytes(`--b0\r\nX: ${'y'.repeat(100_000)}`)]);
    expect(parts).toEqual([]);
    expect(troubles).toEqual(['headerTooLarge']);
  });

  it('stops after the sixteenth part of a push', () => {
    const body = `${'--b0\r\n\r\nx\r\n'.repeat(40)}--b0--`;
    const { parts, troubles } = parseMultipart(bytes(body), 'multipart/form-data; boundary=b0', pushLimits);
    expect(parts).toHaveLength(16);
    expect(troubles).toEqual(['tooManyParts']);
  });

  it('tells a truncated push from a whole one', () => {
    const cut = parseMultipart(
      bytes(push.slice(0, push.indexOf('</a>'))),
      'multipart/form-data; boundary=---------------------------7e1',
    );
    expect(cut.parts).toEqual([]);
    expect(cut.troubles).toEqual(['truncated']);
  });

  it('finds the boundary in the body when the header names none', () => {
    expect(parseMultipart(bytes('--zz\r\n\r\nhi\r\n--zz--'), 'multipart/form-data').parts.map(text)).toEqual(['hi']);
    expect(boundaryOf('multipart/mixed; boundary="a b"')).toBe('a b');
    expect(boundaryOf('text/plain; boundary=x')).toBeNull();
  });

  it('finds a whole part behind any noise, however it is split', () => {
    const part = '\r\n--b0\r\nContent-Length: 3\r\n\r\nend';
    const noise = fc.array(
      fc.constantFrom('--b0', '\r\n', '-', 'b0', '\n', 'x', '\r', 'Content-Length: 4', ':', '--'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const stream = bytes(`${pieces.join('')}\r\n--b0\r\n\r\n${part}`);
        const cut = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
          stream.subarray(n * size, (n + 1) * size),
        );
        expect(readAll('b0', cut).parts.map(text)).toEqual(readAll('b0', [stream]).parts.map(text));
        expect(readAll('b0', cut).parts.map(text).at(-1)).toBe('end');
      }),
      { numRuns: 500 },
    );
  });
});
