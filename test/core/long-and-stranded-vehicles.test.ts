/** Trailers, cars bumper to bumper, and a vehicle that stands under the boom (gate.md "Opening", "Closing"). */
import { describe, expect, it } from 'vitest';
import { arrives, eastLane, fullInputs, gate, list, outcomes } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

const trailers = { longVehicles: true, timing: { clearForMs: 3000 } };

/** Tractor, drawbar, trailer: the gap comes over the arming sensor first, then under the boom. */
function trailerDrivesThrough(world: World, gapMs: number): void {
  world.set('arming', false);
  world.set('obstruction', true);
  world.run(1500);
  world.set('arming', true);
  world.set('obstruction', false);
  world.run(gapMs);
  world.set('arming', false);
  world.set('obstruction', true);
  world.run(2000);
  world.set('obstruction', false);
}

describe('a trailer on a lane of long vehicles', () => {
  it.each([300, 1200, 2000, 2800])('with a gap of %i ms under the boom never brings it down', (gapMs) => {
    const world = gate(trailers);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    trailerDrivesThrough(world, gapMs);
    const clearedAt = world.now;
    expect(world.actions()).toEqual(['pulseOpen']);
    world.until(() => world.actions().includes('pulseClose'));
    expect(world.now - clearedAt).toBeGreaterThanOrEqual(3000);
    expect(world.ofKind('passage')).toHaveLength(1);
  });

  it('is one vehicle: it uses up nobody else’s grant', () => {
    const world = gate(trailers);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.card('abc');
    world.plate('京B67890', { eventId: 'b' });
    world.guard('guardOpen');
    expect(world.lane().grants.length).toBeGreaterThanOrEqual(2);
    trailerDrivesThrough(world, 1000);
    world.run(3500);
    expect(outcomes(world)).toEqual(['taken/measured']);
    expect(world.lane().grants.length).toBeGreaterThanOrEqual(1);
    expect(world.actions()).not.toContain('pulseClose');
  });
});

describe('cars close behind each other', () => {
  it('each granted, all pass under one opening, and the boom comes down behind the last', () => {
    const world = gate();
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    for (const plate of ['京B67890', '京C24680']) {
      // The one before leaves the arming sensor and is under the boom as the next is read.
      world.set('arming', false);
      world.set('obstruction', true);
      world.run(300);
      arrives(world, plate);
      world.run(700);
      world.set('obstruction', false);
      world.run(1200);
    }
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.until(() => world.boom().isDown);
    expect(outcomes(world)).toEqual(['taken/measured', 'taken/measured', 'taken/measured']);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseClose']);
  });
});

describe('a vehicle that stands under the boom', () => {
  function stranded(): World {
    const west = {
      ...eastLane({ barrier: { device: 'board2' }, inputs: fullInputs.map((one) => ({ ...one, device: 'board2' })) }),
      id: 'west',
      cameras: [{ device: 'camera2', direction: 'in' as const }],
    };
    const world = new World({ lanes: [eastLane(), west], rows: list });
    world.run(500);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    arrives(world, '京B67890');
    return world;
  }

  it('is a fault after two minutes, naming the cars that wait, and keeps the boom up for as long as it stands', () => {
    const world = stranded();
    world.run(110_000);
    expect(world.faults).not.toContain('vehicleStranded');
    world.run(15_000);
    expect(world.faults).toContain('vehicleStranded');
    expect(Object.values(world.site.faults).find(({ code }) => code === 'vehicleStranded')?.detail).toMatchObject({
      grants: 2,
    });
    world.run(900_000);
    expect(world.boom().isUp).toBe(true);
    expect(world.actions().filter((action) => action === 'pulseClose')).toEqual([]);
  });

  it('leaves the other lanes as they are', () => {
    const world = stranded();
    world.run(200_000);
    world.set('arming', true, 'board2');
    world.run(200);
    world.plate('京C24680', { device: 'camera2' });
    world.until(() => world.lane('west').barrier?.position === 'open', 10_000);
    world.set('arming', false, 'board2');
    world.set('obstruction', true, 'board2');
    world.run(1000);
    world.set('obstruction', false, 'board2');
    world.until(() => world.lane('west').barrier?.position === 'closed', 20_000);
  });

  it('has passed, measured, at whatever moment it drives on, and costs nobody a grant', () => {
    for (let moment = 0; moment < 1000; moment += 100) {
      const world = stranded();
      world.run(40_000 + moment);
      world.set('obstruction', false);
      world.run(1500);
      expect(outcomes(world), `after ${moment} ms`).toEqual(['taken/measured']);
      expect(world.lane().grants).toHaveLength(1);
    }
  });

  it('is no fault any more once it has driven on, and the next car follows under the same opening', () => {
    const world = stranded();
    world.run(150_000);
    world.set('obstruction', false);
    world.run(1500);
    expect(world.faults).not.toContain('vehicleStranded');
    expect(world.boom().isUp).toBe(true);
    world.set('arming', false);
    world.set('obstruction', true);
    world.run(1000);
    world.set('obstruction', false);
    world.until(() => world.boom().isDown, 20_000);
    expect(outcomes(world)).toEqual(['taken/measured', 'taken/measured']);
  });
});
