/** `yieldToBoard` is legal only where the barrier's own protection was proved at sign-off (gate.md "Closing"). */
import { describe, expect, it } from 'vitest';
import { bus, load, sensed, site } from './fakes.ts';

const codes = (lane: string, device = ''): readonly string[] =>
  load({
    'x.yaml': `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed}${device} }\nlanes:\n  in: { name: N, direction: in, barrier: b, ${lane} }\n`,
  }).problems.map(({ code }) => code);
const proof = 'boardProtection: { provedBy: 王工, on: 2026-03-01 }';

describe('yieldToBoard', () => {
  it('is refused on a signed-off lane without the proof, and taken with it', () => {
    expect(codes('commissioned: true, onObstructionUnknown: yieldToBoard')).toContain('E-YIELD-UNPROVED');
    expect(codes(`commissioned: true, onObstructionUnknown: yieldToBoard, ${proof}`)).not.toContain('E-YIELD-UNPROVED');
  });

  it('may be written before the sign-off: until then software closes nothing', () => {
    expect(codes('onObstructionUnknown: yieldToBoard')).not.toContain('E-YIELD-UNPROVED');
  });

  it('is told to do nothing where the boom is held open all the same, or where the board does not close', () => {
    const yields = `commissioned: true, onObstructionUnknown: yieldToBoard, ${proof}`;
    expect(codes(yields)).not.toContain('W-YIELD-NOTHING');
    expect(codes(yields, ', open: maintained')).toContain('W-YIELD-NOTHING');
    expect(codes(`${yields}, autoClose: gateway`)).toContain('W-YIELD-NOTHING');
    expect(codes(`commissioned: true, ${proof}`, ', open: maintained')).not.toContain('W-YIELD-NOTHING');
  });

  it('needs a proof with a person and a day', () => {
    expect(codes('boardProtection: { provedBy: 王工 }')).toContain('E-MISSING');
    expect(codes('boardProtection: { provedBy: 王工, on: "01.03.2026" }')).toContain('E-FORMAT');
    expect(codes(`commissioned: true, ${proof}`).filter((code) => code.startsWith('E'))).toEqual([]);
  });
});

describe('autoClose: gateway', () => {
  it('asks for no proof beside the sign-off, whose own test it is', () => {
    expect(codes('autoClose: gateway, commissioned: true').filter((code) => code.startsWith('E'))).toEqual([]);
  });
});

describe('a close that nothing announces but the screen', () => {
  it('is told where the gateway closes, and not where a lamp is wired or the board closes', () => {
    const gateway = 'autoClose: gateway, commissioned: true';
    expect(codes(gateway)).toContain('I-ANNOUNCE-NONE');
    expect(codes(gateway, ', announce: wired')).not.toContain('I-ANNOUNCE-NONE');
    expect(codes('commissioned: true')).not.toContain('I-ANNOUNCE-NONE');
  });
});

describe('a button that is to close as well', () => {
  const lacks = (lane: string, inputs: string): readonly string[] =>
    load({
      'x.yaml': `${site}${bus}devices:\n  b: { driver: board, line: bus, unit: 1, inputs: { closedLimit: 2, ${inputs} } }\nlanes:\n  in: { name: N, direction: in, barrier: b, commissioned: true${lane} }\n`,
    }).problems.flatMap(({ code, message }) => (code === 'W-BUTTON-CLOSES-NOTHING' ? [message.en] : []));

  it('is told what its close lacks, and nothing where it has all', () => {
    const all = 'openLimit: 1, obstruction: 3, button: 4';
    expect(lacks(', buttonCloses: true', all)).toEqual([]);
    expect(lacks('', 'button: 4')).toEqual([]);
    expect(lacks(', buttonCloses: true', 'button: 4').join()).toContain('openLimit, obstruction');
    expect(lacks(', buttonCloses: true', 'openLimit: 1, obstruction: 3').join()).toContain('needs button');
  });
});
