/** `onObstructionUnknown: stayOpen` pages and escalates (gate.md "Closing"). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

function openOverUnknown(change: Parameters<typeof gate>[0] = {}): World {
  const world = gate({ timing: { closeAfterClearMs: 3000 }, ...change });
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  drivesThrough(world);
  world.mute('obstruction');
  world.until(() => world.faults.includes('obstructionUnknown'), 60_000);
  return world;
}

describe('a boom that stays open over an unknown sensor', () => {
  it('is paged within seconds, and said anew after ten minutes, for what it is', () => {
    const world = openOverUnknown();
    world.run(590_000);
    expect(world.faults).not.toContain('laneLeftOpen');
    world.run(15_000);
    const fault = Object.values(world.site.faults).find(({ code }) => code === 'laneLeftOpen');
    expect(fault?.detail).toMatchObject({ because: 'obstructionUnknown', policy: 'stayOpen' });
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('is not said anew where somebody has taken the open lane upon himself', () => {
    const world = openOverUnknown({ barrier: { hold: 'holdInput' } });
    world.run(300_000);
    world.claim('hold', 'watch');
    world.run(700_000);
    expect(world.faults).not.toContain('laneLeftOpen');
    world.release('watch', { via: 'cli', name: '王' });
    world.run(590_000);
    expect(world.faults).not.toContain('laneLeftOpen');
    world.run(30_000);
    expect(world.faults).toContain('laneLeftOpen');
  });

  it('yielded to the board is paged, and closed by the board alone', () => {
    const world = openOverUnknown({ onObstructionUnknown: 'yieldToBoard', boardProtected: true });
    expect(world.lane().close).toBeNull();
    world.boom().byHand('down', world.now);
    world.run(700_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    expect(world.faults).not.toContain('laneLeftOpen');
  });
});
