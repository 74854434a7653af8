import { describe, expect, it } from 'vitest';
import { examples, makeRig, profile, type Rig } from '../../test/field/barrier-rig.ts';

const on = '01050000ff00';
const off = '010500000000';
const writes = (rig: Rig): string[] => rig.sent.map(({ hex }) => hex).filter((hex) => hex.startsWith('0105'));

async function running(): Promise<Rig> {
  const rig = await makeRig({ ...examples()[0], profile: profile('generic-coils') }, 'generic');
  await rig.start();
  await rig.clock.pass(1000);
  return rig;
}

describe('a stop that comes between an ON and its echo', () => {
  it('still ends the pulse: the OPEN contact is not left closed', async () => {
    const rig = await running();
    void rig.order('pulseOpen');
    while (!writes(rig).includes(on)) await rig.clock.pass(1);
    const stopping = rig.stop();
    await rig.clock.pass(3000);
    await stopping;
    expect(writes(rig)).toEqual([on, off]);
    expect(rig.board.relays[0]).toBe(false);
  });

  it('drops what was not on the wire yet', async () => {
    const rig = await running();
    const polled = rig.sent.length;
    while (rig.sent.length === polled) await rig.clock.pass(1);
    const outcome = rig.order('pulseOpen');
    const stopping = rig.stop();
    await rig.clock.pass(3000);
    await stopping;
    expect(await outcome).toMatchObject({ sentAt: null });
    expect(writes(rig)).toEqual([]);
  });
});
