import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emergencyClass } from '../../src/core/plate/emergency.ts';
import { changedAt, nearTexts } from '../../src/core/plate/near.ts';
import { type PlateKind, provinces } from '../../src/core/plate/patterns.ts';
import { classifyPlate, normalisePlate, readColor } from '../../src/core/plate/plate.ts';
import type { PlateColor } from '../../src/core/presentation.ts';

const kinds: readonly (readonly [string, PlateKind])[] = [
  ['京A12345', 'ordinary'],
  ['粤B7K9Q2', 'ordinary'],
  ['京AD12345', 'newEnergySmall'],
  ['沪AF1A234', 'foreign'],
  ['沪AFA1234', 'newEnergySmall'],
  ['苏E12345D', 'newEnergyLarge'],
  ['鲁B1234挂', 'trailer'],
  ['浙A1234学', 'learner'],
  ['京A1234警', 'police'],
  ['川AX1234应急', 'emergencyRescue'],
  ['川AS123应急', 'emergencyRescue'],
  ['川X1234应急', 'emergencyRescue'],
  ['粤Z7X32澳', 'hongKongMacau'],
  ['粤ZA12B港', 'hongKongMacau'],
  ['使224578', 'embassy'],
  ['224578使', 'embassy'],
  ['京224578使', 'embassy'],
  ['沪A0023领', 'consulate'],
  ['WJ京1234X', 'armedPolice'],
  ['WJ12345', 'armedPolice'],
  ['VA12345', 'military'],
  ['民航A1234', 'civilAviation'],
  ['京A12345临', 'temporary'],
  ['京A12345超', 'temporary'],
  ['EL123AB', 'foreign'],
  ['ABC001', 'foreign'],
  ['', 'none'],
  ['unknown', 'none'],
  ['无车牌', 'none'],
  ['_无_', 'none'],
  ['--', 'none'],
  ['unlicensed', 'none'],
  ['无牌', 'none'],
  ['???', 'none'],
];

describe('a plate as a camera writes it', () => {
  it.each(kinds)('%s is of kind %s', (raw, kind) => {
    expect(normalisePlate(raw).kind).toBe(kind);
  });

  it.each([
    ['京A·12345', '京A12345'],
    ['京A•12345', '京A12345'],
    ['京A-12345', '京A12345'],
    ['京A.12345', '京A12345'],
    [' 京 a 12345 ', '京A12345'],
    ['京A12345', '京A12345'],
    ['使224·578', '使224578'],
    ['京\u202EA1\u200B23\u000045', '京A12345'],
  ])('%j is read as %s', (raw, text) => {
    expect(normalisePlate(raw)).toMatchObject({ text, raw });
  });

  it('keeps the province apart: 京A12345 is never 粤A12345', () => {
    const texts = [...provinces].map((province) => normalisePlate(`${province}A12345`).text);
    expect(new Set(texts).size).toBe(31);
    expect(normalisePlate('京A12345')).toMatchObject({ text: '京A12345', province: '京' });
  });

  it.each([
    ['蓝苏A6QT31', '苏A6QT31', 'blue'],
    ['黄绿京A12345D', '京A12345D', 'yellowGreen'],
    ['绿京AD12345', '京AD12345', 'green'],
    ['白WJ京1234X', 'WJ京1234X', 'white'],
    ['黑使224578', '使224578', 'black'],
    ['绿民航A1234', '民航A1234', 'green'],
    ['白VA12345', 'VA12345', 'white'],
    ['黑黑A12345', '黑A12345', 'black'],
    ['黑京A0023领', '京A0023领', 'black'],
  ])('%s loses the colour that the vendor wrote before it', (raw, text, prefixColor) => {
    expect(normalisePlate(raw)).toMatchObject({ text, prefixColor });
  });

  it('strips a colour character only before a plate', () => {
    expect(normalisePlate('白AB123')).toMatchObject({ text: '白AB123', prefixColor: null, kind: 'foreign' });
    expect(normalisePlate('蓝蓝京A12345').text).toBe('蓝蓝京A12345');
    expect(normalisePlate('黑A12345')).toMatchObject({ text: '黑A12345', prefixColor: null, province: '黑' });
  });

  it('reads I and O as 1 and 0 in the serial part, never in the office letter', () => {
    expect(normalisePlate('京AIO345').text).toBe('京A10345');
    expect(normalisePlate('京OI2345').text).toBe('京O12345');
    expect(normalisePlate('京IO2345').text).toBe('京I02345');
    expect(normalisePlate('WJ京I23OX').text).toBe('WJ京1230X');
  });

  it('leaves a foreign plate as it is', () => {
    expect(normalisePlate('IO 123 OI')).toMatchObject({ text: 'IO123OI', kind: 'foreign', province: null });
    expect(normalisePlate('BAO1234').text).toBe('BAO1234');
    expect(normalisePlate('VAI2345').text).toBe('VAI2345');
  });

  it('keeps an unread character, so that a part of a plate is not another plate', () => {
    expect(normalisePlate('京A1?3456').text).toBe('京A1?3456');
  });

  it('tells the two sub-classes of 应急 apart', () => {
    expect(normalisePlate('川AX1234应急').rescue).toBe('fire');
    expect(normalisePlate('川AS1234应急').rescue).toBe('forest');
    expect(normalisePlate('川SX1234应急').rescue).toBe('fire');
  });

  it('normalises its own result to itself, whatever it was given', () => {
    const plateLike = fc
      .array(fc.constantFrom(...'京粤WJ使警应急挂港澳临领民航蓝黄绿白黑ABIOXSDFß01234·-. _?ΐ'), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), plateLike), (raw) => {
        const once = normalisePlate(raw);
        const twice = normalisePlate(once.text);
        expect(twice.text).toBe(once.text);
        expect(twice.kind).toBe(once.kind);
        expect(once.text.length).toBeLessThanOrEqual(32);
        expect(once.raw.length).toBeLessThanOrEqual(64);
        expect(once.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Z}]/u);
        expect(once.kind === 'none').toBe(once.text === '');
      }),
      { numRuns: 3000 },
    );
  });

  it('takes an endless text without harm', () => {
    expect(normalisePlate(`京A12345${'\uFDFA'.repeat(100_000)}`).text.length).toBeLessThanOrEqual(32);
  });
});

describe('the colour of a plate', () => {
  it('makes an ordinary plate a large one, and unmakes a military one', () => {
    expect(classifyPlate('ordinary', 'yellow')).toBe('large');
    expect(classifyPlate('ordinary', 'blue')).toBe('ordinary');
    expect(classifyPlate('military', 'blue')).toBe('foreign');
    expect(classifyPlate('military', 'unknown')).toBe('military');
  });

  it('comes from the prefix where the field is silent, and is unknown where the two contradict', () => {
    expect(readColor('unknown', 'blue')).toBe('blue');
    expect(readColor('yellow', null)).toBe('yellow');
    expect(readColor('green', 'yellowGreen')).toBe('green');
    expect(readColor('yellow', 'blue')).toBe('unknown');
  });
});

describe('the emergency class', () => {
  const colors: readonly PlateColor[] = [
    'blue',
    'yellow',
    'white',
    'black',
    'green',
    'yellowGreen',
    'other',
    'unknown',
  ];
  it.each([
    ['川AX1234应急', 'rescue'],
    ['京A1234警', 'police'],
    ['WJ京1234X', 'armedPolice'],
    ['京A12345', null],
    ['VA12345', null],
  ] as const)('of %s is %s, and matches only white', (raw, expected) => {
    for (const color of colors) {
      const silent = expected === null || color === 'unknown' || color === 'other';
      expect(emergencyClass(normalisePlate(raw).kind, color)).toEqual({
        class: expected,
        colorMatches: silent ? 'unknown' : color === 'white',
      });
    }
  });
});

describe('near plates', () => {
  it('are one confusable character away, the province and the office letter included', () => {
    const near = nearTexts('京A12845');
    expect(near).toEqual(
      expect.arrayContaining(['鲁A12845', '京412845', '京AI2845', '京A1Z845', '京A12B45', '京A128A5']),
    );
    expect(near).not.toContain('京A12845');
    expect(near).not.toContain('粤A12845');
  });

  const character = fc.constantFrom(...'京鲁苏赣云豫ABCDEGHILMNOQSTVYZ0124567893');
  const text = fc.array(character, { minLength: 1, maxLength: 12 }).map((all) => all.join(''));

  it('are symmetric, of equal length, unique and few', () => {
    fc.assert(
      fc.property(text, (one) => {
        const near = nearTexts(one);
        expect(near.length).toBeLessThanOrEqual(50);
        expect(new Set(near).size).toBe(near.length);
        for (const other of near) {
          expect(changedAt(one, other)).not.toBeNull();
          expect(nearTexts(other)).toContain(one);
        }
      }),
    );
  });

  it('are not sought for fragments and endless texts', () => {
    expect(nearTexts('0000')).toEqual([]);
    expect(nearTexts('0'.repeat(11))).toEqual([]);
  });

  it('have a place of difference only where exactly one character differs', () => {
    expect(changedAt('京A12345', '京A12355')).toBe(5);
    expect(changedAt('京A12345', '京A12354')).toBeNull();
    expect(changedAt('京A12345', '京A1234')).toBeNull();
    expect(changedAt('京A12345', '京A12345')).toBeNull();
  });
});
