import { expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { inputsOf, relayOn, rig, within, why } from './rig.ts';

/** Both boards of a closing lane, read as often as their button needs: with a canary before each read they ask for all of the wire. */
it('an order leaves within a quarter of a second while two units of a closing lane are read every 50 ms at 9600 baud', async () => {
  const { clock, line, ask } = await rig((request) => [{ afterMs: 9, bytes: answerOf(request) }]);
  for (const unit of [1, 2]) line.poll(`unit${unit}`, inputsOf(unit), 50, 'safetyInputs', () => {});
  await clock.pass(5000);
  const reads = new Map<number, number[]>();
  for (const unit of [1, 2]) {
    line.poll(`closing${unit}`, inputsOf(unit), 50, 'closingInputs', (reply) => {
      if (reply.ok) reads.set(unit, [...(reads.get(unit) ?? []), reply.receivedAt]);
    });
  }
  await clock.pass(2000);
  for (let times = 0; times < 20; times += 1) {
    expect(why(await within(clock, 250, ask(relayOn(1, 1))))).toBe('ok');
    await clock.pass(30);
  }
  for (const at of reads.values()) {
    const gaps = at.slice(1).map((each, nth) => each - (at[nth] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(200);
  }
});
