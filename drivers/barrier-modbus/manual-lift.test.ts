import { expect, it } from 'vitest';
import { examples, profile } from '../../test/field/barrier-rig.ts';
import driver from './index.ts';

const ofBarrier = { zh: '用摇把转到限位', en: 'Turn the crank to the stop' };
const ofProfile = { zh: '拉下离合手柄', en: 'Pull the clutch lever' };
const cardOf = (more: Record<string, unknown>) => {
  const { portal } = driver.traits(driver.config.parse({ ...examples()[0], ...more }));
  return portal?.kind === 'barrier' ? portal.manualLift : null;
};

it('how the boom is lifted by hand is told as the device has it, else as its profile has it, and never made up', () => {
  const board = profile('jydam') as object;
  expect(cardOf({})).toBeUndefined();
  expect(cardOf({ profile: { ...board, manualLift: ofProfile } })).toEqual(ofProfile);
  expect(cardOf({ profile: { ...board, manualLift: ofProfile }, manualLift: ofBarrier })).toEqual(ofBarrier);
});
