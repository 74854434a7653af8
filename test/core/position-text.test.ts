import { describe, expect, it } from 'vitest';
import { positionText } from '../../src/core/words/position-text.ts';
import { faultText } from '../../src/core/words/words.ts';

describe('a change of position, in words', () => {
  it('that was seen is a movement from one place to another, with how it is known', () => {
    const seen = { from: 'closed', to: 'opening', basis: 'measured' };
    expect(positionText(seen, 'en')).toBe('position closed → opening (measured)');
    expect(positionText(seen, 'zh')).toBe('闸位 已关闭 → 开启中（实测）');
    expect(positionText({ ...seen, basis: 'presumed' }, 'en')).toContain('presumed');
  });

  it('out of the unknown is no movement: the boom is found', () => {
    const found = { from: 'unknown', to: 'closed', basis: 'measured' };
    expect(positionText(found, 'en')).toBe('position found: closed (measured)');
    expect(positionText(found, 'zh')).toBe('闸位查明：已关闭（实测）');
    expect(positionText(found, 'zh')).not.toContain('→');
  });

  it('into the unknown claims nothing, and says what it was last', () => {
    const lost = { from: 'open', to: 'unknown', basis: 'none' };
    expect(positionText(lost, 'en')).toBe('position not known any more (was open)');
    expect(positionText(lost, 'zh')).toBe('闸位不明（此前已开启）');
  });

  it('with a word that is not known shows it as it is', () => {
    expect(positionText({ from: 'toString', to: 'sideways', basis: 'guess' }, 'en')).toBe(
      'position toString → sideways (guess)',
    );
  });
});

it('a boom found open in mid-run is not said to have been found at start', () => {
  expect(faultText('boomFoundOpen')?.en).not.toMatch(/start/);
  expect(faultText('boomFoundOpen')?.zh).not.toContain('启动');
});
