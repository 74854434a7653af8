/** Events at random moments, one car at a lane at a time, each followed until its boom was told to open or should not have been. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Camera } from './cameras.ts';
import type { Device, Opening } from './device.ts';
import type { PlateDraw } from './plates.ts';
import { monoMs } from './systems.ts';

export interface TrafficPlan {
  readonly lanes: number;
  readonly events: number;
  /** Mean arrivals a second over all lanes. */
  readonly perSecond: number;
  readonly unlistedShare: number;
  /** A lane takes its next car so long after its opening: the boom is down again and that was polled. */
  readonly restMs: number;
}

export interface Passed {
  readonly lane: number;
  readonly postedAt: number;
  readonly landedAt: number;
}

export interface TrafficResult {
  readonly passed: readonly Passed[];
  /** Listed, and no OPEN within 5 s. */
  missed: number;
  /** An OPEN that no listed car at that lane was waiting for. */
  wrong: number;
  /** Answers other than 200. */
  refused: number;
}

const MISSED_MS = 5000;
/** An unlisted car is watched for so long. */
const UNLISTED_MS = 150;

/** Runs until `events` have passed, or until `enough` says so. */
export async function drive(
  device: Device,
  httpPort: number,
  plan: TrafficPlan,
  draw: PlateDraw,
  random: () => number,
  enough: () => boolean = () => false,
): Promise<TrafficResult> {
  const passed: Passed[] = [];
  const result: TrafficResult = { passed, missed: 0, wrong: 0, refused: 0 };
  const expecting = new Map<number, (opening: Opening) => void>();
  device.onOpening = (opening) => {
    const taken = expecting.get(opening.unit);
    expecting.delete(opening.unit);
    if (taken === undefined) result.wrong += 1;
    else taken(opening);
  };
  const lanes = Array.from({ length: plan.lanes }, (_, at) => at + 1);
  const cameras = await Promise.all(lanes.map((lane) => Camera.connect(lane, httpPort)));
  const free = new Set(lanes);

  const arrive = async (lane: number, listed: boolean): Promise<void> => {
    const camera = cameras[lane - 1];
    if (camera === undefined) return;
    const opened = new Promise<Opening | null>((resolve) => {
      if (!listed) return resolve(null);
      const limit = setTimeout(() => {
        expecting.delete(lane);
        resolve(null);
      }, MISSED_MS);
      expecting.set(lane, (opening) => {
        clearTimeout(limit);
        resolve(opening);
      });
    });
    const posted = camera.post(draw.next(lane, listed));
    const [opening, status] = await Promise.all([opened, posted.answered]);
    if (status !== 200) result.refused += 1;
    if (!listed) await sleep(UNLISTED_MS);
    else if (opening === null) result.missed += 1;
    else {
      passed.push({ lane, postedAt: posted.at, landedAt: opening.at });
      await sleep(Math.max(0, opening.at + plan.restMs - monoMs()));
    }
    free.add(lane);
  };

  const cars: Promise<void>[] = [];
  for (let count = 0; count < plan.events && !enough(); count += 1) {
    await sleep((-Math.log(1 - random()) * 1000) / plan.perSecond);
    while (free.size === 0) await sleep(1);
    const waiting = [...free];
    const lane = waiting[Math.floor(random() * waiting.length)] ?? 1;
    free.delete(lane);
    cars.push(arrive(lane, random() >= plan.unlistedShare));
  }
  await Promise.all(cars);
  await sleep(plan.restMs);
  for (const camera of cameras) camera.close();
  device.onOpening = () => {};
  return result;
}

/** Waits until the system takes events and opens for one. Milliseconds since `since`; the lane is at rest afterwards. */
export async function firstOpening(
  device: Device,
  httpPort: number,
  draw: PlateDraw,
  since: number,
  restMs: number,
): Promise<number> {
  const opened = Promise.withResolvers<number>();
  device.onOpening = (opening) => opened.resolve(opening.at);
  const giveUpAt = since + 60_000;
  let camera: Camera | null = null;
  while (camera === null) {
    camera = await Camera.connect(1, httpPort).catch(() => null);
    if (camera === null && monoMs() > giveUpAt) throw new Error('it does not listen for cameras');
    if (camera === null) await sleep(5);
  }
  camera.post(draw.next(1, true));
  const limit = sleep(10_000, null, { ref: false });
  const at = await Promise.race([opened.promise, limit]);
  camera.close();
  device.onOpening = () => {};
  if (at === null) throw new Error('it does not open for a listed plate');
  await sleep(restMs);
  return at - since;
}
