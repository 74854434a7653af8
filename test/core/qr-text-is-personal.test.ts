import { describe, expect, it } from 'vitest';
import { row } from './decide-fixtures.ts';
import { gate, without } from './lane-fixtures.ts';

const value = 'f00dfeedf00dfeedf00dfeedf00dfeed';

describe('the text of a QR code', () => {
  const world = () =>
    gate(
      { readers: [{ device: 'east-reader', direction: 'in' }], inputs: without('arming') },
      { rows: [row({ id: 'q1', key: `card:128:${value}`, permit: 'q1' })] },
    );
  const read = { kind: 'cardRead', device: 'east-reader', bits: 128, value, format: 'text', late: false } as const;

  it('reaches the record in its personal part only, and its digest is what the list is asked for', () => {
    const site = world();
    site.observe({ ...read, text: '张三 7栋 301', receivedAt: site.now });
    site.run(200);
    const [record] = site.ofKind('cardRead');
    expect(record?.personal).toEqual({ card: value, text: '张三 7栋 301' });
    expect(JSON.stringify(record?.body)).not.toContain('张三');
    expect(site.actions()).toEqual(['pulseOpen']);
  });

  it('is not there where a card has none', () => {
    const site = world();
    site.observe({ ...read, receivedAt: site.now });
    expect(site.ofKind('cardRead')[0]?.personal).toEqual({ card: value });
  });
});
