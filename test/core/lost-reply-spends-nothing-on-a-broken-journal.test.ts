import { describe, expect, it } from 'vitest';
import { arrives, gate } from './lane-fixtures.ts';

/** The opening's frame is lost on the wire; by the time it may be sent again, the journal refuses. */
function lostWhileTheJournalBreaks(plate: string) {
  const world = gate();
  world.fate = () => 'unanswered';
  arrives(world, plate);
  world.until(() => world.actions().length === 1);
  world.breakJournal();
  world.run(8000);
  return world;
}

describe('an opening whose reply was lost', () => {
  it('is sent again for a standing permit, the journal broken or not', () => {
    expect(lostWhileTheJournalBreaks('京A12345').actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });

  it('is not sent again for a one-time credential: no second movement without a record', () => {
    expect(lostWhileTheJournalBreaks('京D13579').actions()).toEqual(['pulseOpen']);
  });

  it('is sent again for a one-time credential while the journal writes', () => {
    const world = gate();
    world.fate = () => 'unanswered';
    arrives(world, '京D13579');
    world.run(8000);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });
});
