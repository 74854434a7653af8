import { expect, it } from 'vitest';
import { examples, makeRig, profile } from '../../test/field/barrier-rig.ts';

it.each([
  ['waveshare', 'waveshare-8'],
  ['jydam', 'jydam'],
  ['generic', 'generic-coils'],
] as const)(
  'a reopening pulse over a held OPEN contact of a %s board leaves it held, until it is ordered off',
  async (dialect, name) => {
    const rig = await makeRig({ ...examples()[0], profile: profile(name), hold: 'maintained' }, dialect);
    await rig.start();
    await rig.clock.pass(1000);
    const given = async (...order: Parameters<typeof rig.order>): Promise<void> => {
      const outcome = rig.order(...order);
      await rig.clock.pass(300);
      expect(await outcome).toMatchObject({ result: 'confirmed' });
    };
    await given('holdOn', { priority: 'emergency' });
    await given('pulseOpen', { priority: 'reopen' });
    await rig.clock.pass(3000);
    expect(rig.board.relays[0]).toBe(true);
    await given('holdOff');
    expect(rig.board.relays[0]).toBe(false);
    await given('pulseOpen');
    expect(rig.board.relays[0]).toBe(true);
    await rig.clock.pass(1000);
    expect(rig.board.relays[0]).toBe(false);
  },
);
