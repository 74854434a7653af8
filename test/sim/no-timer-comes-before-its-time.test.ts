/** Past 2^24 ms a sum of two times may be rounded down: a timer that finds itself a hair too early asks for the same moment for ever. */
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/sim/random.ts';
import { Agenda } from '../../src/sim/yard/agenda.ts';

it('what is due at a time of a boot is done at that time of that boot or later, never before', () => {
  const random = seededRandom(1);
  for (let nth = 0; nth < 20_000; nth++) {
    const agenda = new Agenda();
    agenda.at(random.next() * Math.PI * 2 ** 22, () => {});
    agenda.step();
    const bootAt = agenda.now;
    agenda.at(2 ** 24 - random.next() * Math.PI * 10_000, () => {});
    agenda.step();
    const due = agenda.now - bootAt + random.pick([300, 2000, 60_000]);
    agenda.at(due + bootAt, () => {});
    agenda.step();
    expect(agenda.now - bootAt).toBeGreaterThanOrEqual(due);
  }
});
