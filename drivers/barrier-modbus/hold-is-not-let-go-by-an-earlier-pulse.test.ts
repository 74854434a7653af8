import { expect, it } from 'vitest';
import { examples, makeRig, profile } from '../../test/field/barrier-rig.ts';

it('a hold that is ordered as a pulse is due to end stays on, at any moment of the line', async () => {
  const written = { ...examples()[0], profile: profile('generic-coils'), hold: 'maintained', poll: '20ms' };
  for (let phase = 0; phase < 60; phase += 3) {
    const rig = await makeRig(written, 'generic');
    await rig.start();
    await rig.clock.pass(1000);
    void rig.order('pulseOpen');
    await rig.clock.pass(490 + phase);
    const held = rig.order('holdOn', { priority: 'emergency' });
    await rig.clock.pass(3000);
    expect(await held).toMatchObject({ result: 'confirmed' });
    expect(rig.board.relays[0], `ordered ${490 + phase} ms after the pulse`).toBe(true);
    const stopping = rig.stop();
    await rig.clock.pass(3000);
    await stopping;
  }
});
