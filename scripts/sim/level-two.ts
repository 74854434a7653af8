/** One run of level 2 with all checkers and a diary; what `npm run sim`, `sim:wide` and the tests share. */
import { Diary } from '../../src/sim/law/diary.ts';
import { laws } from '../../src/sim/law/laws.ts';
import { HOUR_MS } from '../../src/sim/crowd/season.ts';
import { Broken } from '../../src/sim/yard/witness.ts';
import type { Played } from './level-one.ts';
import { World } from './level-two/world.ts';

export async function playGateway({ seed, hours }: { readonly seed: number; readonly hours: number }): Promise<Played> {
  const diary = new Diary();
  const world = new World({ seed, hours, checkers: [() => diary, ...laws] });
  let broken: Broken | null = null;
  try {
    await world.play(hours);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken = error;
  }
  const { plan, troubles, now } = world;
  const siteHours = now / HOUR_MS;
  const laneHours = siteHours * plan.lanes.length;
  return {
    ...{ seed, hours, hazards: [...plan.hazards, ...troubles], lanes: plan.lanes.length, laneHours, siteHours },
    ...{ hash: diary.hash, records: diary.records, inputs: diary.inputs, marks: Object.fromEntries(diary.marks) },
    broken: broken === null ? null : { invariant: broken.invariant, says: broken.message },
    lastLines: broken === null ? [] : diary.lastLines,
  };
}
