import { describe, expect, it } from 'vitest';
import { RecentMessages } from './recent-messages.ts';

describe('events told before', () => {
  it('are new again after two minutes, and not a moment earlier', () => {
    const recent = new RecentMessages();
    expect(recent.isNew('a', 0)).toBe(true);
    expect(recent.isNew('a', 119_999)).toBe(false);
    expect(recent.isNew('a', 120_000)).toBe(true);
    expect(recent.isNew('a', 130_000)).toBe(false);
  });

  it('are the last 256: a camera that makes up events fills no memory', () => {
    const recent = new RecentMessages();
    for (let key = 0; key <= 256; key += 1) recent.isNew(String(key), 0);
    expect(recent.isNew('1', 0)).toBe(false);
    expect(recent.isNew('256', 0)).toBe(false);
    expect(recent.isNew('0', 0)).toBe(true);
  });

  it('may be told again once they have been refused', () => {
    const recent = new RecentMessages();
    recent.isNew('a', 0);
    recent.forget('a');
    expect(recent.isNew('a', 1)).toBe(true);
  });
});
