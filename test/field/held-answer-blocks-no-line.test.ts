import { expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { inputsOf, rig, within } from './rig.ts';

it('holds an answer back no longer than one would be waited for, however late the unit has often answered', async () => {
  const state = { lateMs: 900 };
  const { clock, ask } = await rig((request) => [{ afterMs: 40 + state.lateMs, bytes: answerOf(request) }]);
  // Each is given up, and comes later: so its unit is known to take its time.
  for (let nth = 0; nth < 12; nth += 1) {
    await within(clock, 3000, ask(inputsOf(1), 'status'));
    await clock.pass(1000);
  }
  state.lateMs = 0;
  await clock.pass(3000);
  const first = await within(clock, 3000, ask(inputsOf(1), 'status'));
  expect(first.ok).toBe(true);
  // So soon behind an answer of its shape, a second one is waited for.
  const from = clock.mono();
  const second = await within(clock, 3000, ask(inputsOf(1), 'status'));
  expect(second.ok).toBe(true);
  expect(clock.mono() - from).toBeLessThan(400);
});
