/** A camera sends its events again when a reply was lost, also those that moved nothing the first time (protocols.md §0.3; I9). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, twoWay } from './lane-fixtures.ts';

const event = { eventId: 'e2', cameraWall: 1_700_000_000_000 } as const;

describe('a read that was only recorded, sent again as if it were new', () => {
  it('opens for no stranger, where it was the opposite camera’s read of a car that had just passed', () => {
    const world = gate(twoWay);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
    drivesThrough(world);
    const back = { device: 'cameraOut', ...event };
    world.plate('京A12345', back);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('oppositeOfPassage');
    world.until(() => world.lane().barrier?.position === 'closed');
    world.run(60_000);
    const sent = world.sent.length;
    world.set('armingOut', true);
    world.run(500);
    world.plate('京A12345', back);
    world.run(1000);
    expect(world.ofKind('plateRead').at(-1)?.body.recordedOnly).toBe('resent');
    expect(world.sent).toHaveLength(sent);
  });

  it('opens for no stranger, where the camera had called it a replay', () => {
    const world = gate();
    world.plate('京A12345', { late: 'replayed', ...event });
    world.set('arming', true);
    world.run(500);
    world.plate('京A12345', event);
    world.run(1000);
    expect(world.sent).toEqual([]);
  });
});
