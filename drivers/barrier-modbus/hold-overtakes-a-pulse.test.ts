import { expect, it } from 'vitest';
import { examples, makeRig, profile } from '../../test/field/barrier-rig.ts';

const boards = [
  ['waveshare', 'waveshare-8'],
  ['jydam', 'jydam'],
  ['generic', 'generic-coils'],
] as const;

const written = (name: string) => ({ ...examples()[0], profile: profile(name), hold: 'maintained', poll: '20ms' });

it.each(boards)(
  'a hold that is ordered while a pulse waits or is on the wire of a %s board stays on',
  async (dialect, name) => {
    for (let between = 0; between <= 40; between += 4) {
      const rig = await makeRig(written(name), dialect);
      await rig.start();
      await rig.clock.pass(1000);
      const pulse = rig.order('pulseOpen');
      await rig.clock.pass(between);
      const held = rig.order('holdOn', { priority: 'emergency' });
      for (let ms = 0; ms < 3000; ms += 10) {
        await rig.clock.pass(10);
        if (ms > 200) expect(rig.board.relays[0], `${between} ms between, ${ms} ms later`).toBe(true);
      }
      expect(await held).toMatchObject({ result: 'confirmed' });
      expect(await pulse).toMatchObject({ result: 'confirmed' });
      const stopping = rig.stop();
      await rig.clock.pass(3000);
      await stopping;
      expect(rig.board.relays[0]).toBe(true);
    }
  },
);

it.each(boards)(
  'a pulse over a contact that an earlier process left held on a %s board leaves it held',
  async (dialect, name) => {
    const rig = await makeRig(written(name), dialect);
    rig.board.relays[0] = true;
    await rig.start();
    await rig.clock.pass(1000);
    void rig.order('pulseOpen');
    await rig.clock.pass(3000);
    expect(rig.board.relays[0]).toBe(true);
  },
);

it('a contact that the board has lost with its power is pulsed again as any other', async () => {
  const rig = await makeRig(written('waveshare-8'), 'waveshare');
  await rig.start();
  await rig.clock.pass(1000);
  void rig.order('holdOn');
  await rig.clock.pass(3000);
  rig.board.relays[0] = false;
  await rig.clock.pass(5000);
  void rig.order('pulseOpen');
  await rig.clock.pass(200);
  expect(rig.board.relays[0]).toBe(true);
  await rig.clock.pass(3000);
  expect(rig.board.relays[0]).toBe(false);
});
