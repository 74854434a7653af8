/** Booms that move, contradict themselves or come to pieces on nobody's order (gate.md "Closing", "In the first week"). */
import { describe, expect, it } from 'vitest';
import { drivesThrough, fullInputs, gate, input, type LaneChange } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;
const held: LaneChange = { barrier: { hold: 'maintained' } };
const moves = (world: Gate) =>
  world.ofKind('movedUnordered').map(({ body }) => `${body.from}>${body.toward}: ${body.plausible}`);
const detail = (world: Gate, code: string) => world.site.faults[`${code}@east`]?.detail;

describe('a boom that moves without our order', () => {
  it('is on record once a travel, with what is plausible, and a close is a fault where the gateway owns closing', () => {
    const world = gate({}, { startsOpen: true });
    world.boom().obey('pulseClose', world.now);
    world.until(is(world, 'closed'));
    expect(moves(world)).toEqual(['open>closed: boardOrHand']);
    expect(detail(world, 'boomMovedUnordered')).toMatchObject({ autoClose: 'gateway', plausible: 'boardOrHand' });
    world.boom().byHand('up', world.now);
    world.run(500);
    expect(moves(world)).toEqual(['open>closed: boardOrHand', 'closed>open: boardOrHand']);
    expect(detail(world, 'boomOpenedByHand')).toMatchObject({ plausible: 'boardOrHand' });
  });

  it('is no such thing where we ordered it, or the board closes by itself as it should', () => {
    const ours = gate();
    ours.guard('guardOpen');
    ours.until(is(ours, 'open'));
    drivesThrough(ours);
    ours.until(is(ours, 'closed'));
    const board = gate({ barrier: { autoClose: 'board' } }, { boardClosesAfterMs: 5000 });
    board.guard('guardOpen');
    board.until(is(board, 'open'));
    board.until(is(board, 'closed'));
    expect([...moves(ours), ...moves(board), ...ours.faults, ...board.faults]).toEqual([]);
  });

  it('within 10 s of its board’s return is taken for the motion of a start, and no longer afterwards', () => {
    const world = gate({}, { startsOpen: true });
    world.silence();
    world.run(3000);
    world.bringBack();
    world.run(1000);
    world.boom().obey('pulseClose', world.now);
    world.until(is(world, 'closed'));
    expect(moves(world)).toEqual(['open>closed: bootMotion']);
    world.run(10_000);
    world.boom().byHand('up', world.now);
    world.run(500);
    expect(moves(world).at(-1)).toBe('closed>open: boardOrHand');
  });

  it('found elsewhere than where its board fell silent has moved meanwhile, and closed nobody sent it', () => {
    const world = gate({}, { startsOpen: true });
    world.silence();
    world.run(3000);
    world.boom().byHand('down', world.now);
    world.bringBack();
    world.run(500);
    expect(moves(world)).toEqual(['open>closed: whileAway']);
    expect(detail(world, 'boomMovedUnordered')).toMatchObject({ plausible: 'whileAway' });
    const closer = gate({ barrier: { autoClose: 'board' } }, { startsOpen: true });
    closer.silence();
    closer.run(1000);
    closer.boom().byHand('down', closer.now);
    closer.run(3000);
    closer.bringBack();
    closer.run(500);
    expect(closer.lane().barrier?.position).toBe('closed');
    expect(closer.faults).not.toContain('boomMovedUnordered');
    const same = gate({}, { startsOpen: true });
    same.silence();
    same.run(3000);
    same.bringBack();
    same.run(500);
    expect(moves(same)).toEqual([]);
  });
});

describe('when the power of a barrier returns in an emergency', () => {
  it('a board that homes downward is sent up again until the boom is measured open (I3)', () => {
    const world = gate(held);
    world.claim('emergency');
    world.until(is(world, 'open'));
    world.silence();
    world.run(2000);
    world.boom().obey('holdOff', world.now);
    world.run(500);
    world.bringBack();
    world.run(8000);
    expect(world.boom()).toMatchObject({ isUp: true, isHeld: true });
    // The homing may begin only once the board has taken its first orders.
    world.boom().obey('holdOff', world.now);
    world.run(8000);
    expect(world.boom()).toMatchObject({ isUp: true, isHeld: true });
    expect(moves(world)).toContain('open>closed: bootMotion');
  });

  it('one that takes no order is asked again and again', () => {
    const world = gate(held);
    world.claim('emergency');
    world.until(is(world, 'open'));
    world.silence();
    world.run(1000);
    world.boom().obey('holdOff', world.now);
    world.boom().byHand('down', world.now);
    world.boom().deaf = true;
    world.bringBack();
    const before = world.sent.length;
    world.run(30_000);
    expect(world.sent.length - before).toBeGreaterThan(10);
    world.boom().deaf = false;
    world.until(is(world, 'open'), 5000);
  });
});

describe('limits that contradict each other', () => {
  it('are a hiccup for a second, and a fault with an unknown position from then on', () => {
    const world = gate({}, { startsOpen: true });
    world.set('closedLimit', true);
    world.run(1000);
    expect([world.lane().barrier?.position, ...world.faults]).toEqual(['open']);
    world.run(300);
    expect(world.lane().barrier?.position).toBe('unknown');
    expect(world.faults).toContain('limitsContradict');
    world.unset('closedLimit');
    world.run(500);
    expect(world.lane().barrier).toMatchObject({ position: 'open', basis: 'measured' });
    expect(world.faults).not.toContain('limitsContradict');
  });
});

describe('an arm that is broken off or hangs half way', () => {
  it('is presumed after three travels that have shown neither end, and over when it arrives', () => {
    const world = gate();
    world.guard('guardOpen');
    world.run(1000);
    world.boom().stuck = true;
    const began = world.now;
    world.until(() => world.faults.includes('boomFailedToOpen'));
    expect(world.faults).not.toContain('boomBroken');
    world.until(() => world.faults.includes('boomBroken'));
    expect(world.now - began).toBeGreaterThan(4500);
    expect(detail(world, 'boomBroken')).toEqual({ basis: 'presumed' });
    world.boom().stuck = false;
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    expect(world.faults).toEqual([]);
  });

  it('is not presumed of one that a person has stopped, nor of one that never left its end', () => {
    const stopped = gate({ barrier: { stop: 'wired' } });
    stopped.guard('guardOpen');
    stopped.run(1000);
    stopped.guard('guardStop');
    stopped.run(20_000);
    const jammed = gate();
    jammed.boom().stuck = true;
    jammed.guard('guardOpen');
    jammed.run(20_000);
    for (const world of [stopped, jammed]) expect(world.faults).not.toContain('boomBroken');
    expect(jammed.faults).toContain('boomFailedToOpen');
  });

  it('is told by its contact, for as long as that says so, and the lane goes on', () => {
    const whole = gate({ inputs: [...fullInputs, input('boomBroken')] });
    whole.guard('guardOpen');
    whole.run(1000);
    whole.boom().stuck = true;
    whole.run(30_000);
    expect(whole.lane().barrier?.position).toBe('stopped');
    expect(whole.ofKind('faultRaised').map(({ body }) => body.code)).not.toContain('boomBroken');
    const world = gate({ inputs: [...fullInputs, input('boomBroken')] });
    world.set('boomBroken', true);
    world.run(300);
    expect(detail(world, 'boomBroken')).toEqual({ basis: 'measured' });
    world.guard('guardOpen');
    world.until(is(world, 'open'));
    expect(world.faults).toEqual(['boomBroken']);
    expect(world.ofKind('faultRaised')).toHaveLength(1);
    world.set('boomBroken', false);
    world.run(300);
    expect(world.faults).toEqual([]);
  });
});
