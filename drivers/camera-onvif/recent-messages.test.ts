import { describe, expect, it } from 'vitest';
import { RecentMessages, rememberMs, resentWithinMs } from './recent-messages.ts';

describe('events told before', () => {
  it('are new again after two minutes, and not a moment earlier', () => {
    const recent = new RecentMessages();
    expect(recent.isNew('a', 0, rememberMs)).toBe(true);
    expect(recent.isNew('a', 119_999, rememberMs)).toBe(false);
    expect(recent.isNew('a', 120_000, rememberMs)).toBe(true);
    expect(recent.isNew('a', 130_000, rememberMs)).toBe(false);
  });

  it('are new again after a few seconds where nothing but the text is equal', () => {
    const recent = new RecentMessages();
    recent.isNew('a', 0, resentWithinMs);
    expect(recent.isNew('a', resentWithinMs - 1, resentWithinMs)).toBe(false);
    expect(recent.isNew('a', resentWithinMs, resentWithinMs)).toBe(true);
  });

  it('are the last 256: a camera that makes up events fills no memory', () => {
    const recent = new RecentMessages();
    for (let key = 0; key <= 256; key += 1) recent.isNew(String(key), 0, rememberMs);
    expect(recent.isNew('1', 0, rememberMs)).toBe(false);
    expect(recent.isNew('256', 0, rememberMs)).toBe(false);
    expect(recent.isNew('0', 0, rememberMs)).toBe(true);
  });

  it('may be told again once they have been refused', () => {
    const recent = new RecentMessages();
    recent.isNew('a', 0, rememberMs);
    recent.forget('a');
    expect(recent.isNew('a', 1, rememberMs)).toBe(true);
  });
});
