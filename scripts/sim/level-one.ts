/** One run of level 1 with all checkers and a diary; what `npm run sim`, `sim:wide` and the tests share. */
import { HOUR_MS } from '../../src/sim/crowd/season.ts';
import { Diary } from '../../src/sim/law/diary.ts';
import { laws } from '../../src/sim/law/laws.ts';
import type { Core } from '../../src/sim/level-one/core-gateway.ts';
import { run } from '../../src/sim/level-one/run.ts';

export interface Played {
  readonly seed: number;
  readonly hours: number;
  readonly hazards: readonly string[];
  readonly lanes: number;
  readonly laneHours: number;
  /** Virtual time. */
  readonly siteHours: number;
  readonly hash: string;
  readonly records: number;
  readonly inputs: number;
  readonly marks: Readonly<Record<string, number>>;
  readonly broken: { readonly invariant: string; readonly says: string } | null;
  readonly lastLines: readonly string[];
}

export interface PlayOptions {
  readonly core: Core;
  readonly seed: number;
  readonly hours: number;
  /** Takes every poll, also where nothing would come of it: slow, and the same. */
  readonly everyPoll?: boolean;
}

export function play({ core, seed, hours, everyPoll = false }: PlayOptions): Played {
  const diary = new Diary();
  const { plan, broken, laneHours, ms } = run({
    ...{ core, seed, hours, skipsQuiet: !everyPoll },
    checkers: [() => diary, ...laws],
  });
  return {
    ...{ seed, hours, hazards: [...plan.hazards], lanes: plan.lanes.length, laneHours },
    siteHours: ms / HOUR_MS,
    ...{ hash: diary.hash, records: diary.records, inputs: diary.inputs, marks: Object.fromEntries(diary.marks) },
    broken: broken === null ? null : { invariant: broken.invariant, says: broken.message },
    lastLines: broken === null ? [] : diary.lastLines,
  };
}
