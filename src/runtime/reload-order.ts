/**
 * The order of a reload: a boom that falls on our word is waited for before the devices that guard it change, and what the
 * new configuration itself orders goes out before the device that it is for is taken down (I2, I17).
 */
import type { Clock } from '../contract/clock.ts';
import type { LaneModel, SiteModel } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';
import { lanesClosing } from '../core/step.ts';
import type { LaneId } from '../core/values.ts';

/** Longer than the travel of a boom. One that has not arrived by then is sent up before its lane goes (`core/step.ts`). */
export const CALM_WITHIN_MS = 15_000;
/** An order of life safety is on the wire well within this. */
export const SENT_WITHIN_MS = 1000;
const LOOK_MS = 20;

export interface Wiring {
  readonly site: SiteModel;
  readonly lines: readonly { readonly id: string }[];
  readonly devices: readonly { readonly id: string; readonly line: string | null }[];
}

export interface ReloadPorts {
  readonly clock: Clock;
  readonly loop: {
    readonly site: SiteState;
    /** Commands whose outcome is not known yet. */
    readonly commandsUnderWay: number;
    replaceSite(model: SiteModel): void;
  };
  /** True once the gateway stops: nothing is applied any more. */
  stopped(): boolean;
  applyField(): Promise<void>;
}

/** Lanes that go, or whose boom, inputs, devices or lines are not what they were. */
export function lanesTouched(before: Wiring, next: Wiring): ReadonlySet<LaneId> {
  const touched = before.site.lanes.filter((lane) => {
    const successor = next.site.lanes.find(({ id }) => id === lane.id);
    return successor === undefined || builtOf(before, lane) !== builtOf(next, successor);
  });
  return new Set(touched.map(({ id }) => id));
}

function builtOf({ lines, devices }: Wiring, { portal, inputs }: LaneModel): string {
  const ids = new Set([...(portal.kind === 'none' ? [] : [portal.device]), ...inputs.map(({ device }) => device)]);
  const used = devices.filter(({ id }) => ids.has(id));
  const lineIds = new Set(used.map(({ line }) => line));
  return JSON.stringify([portal, inputs, used, lines.filter(({ id }) => lineIds.has(id))]);
}

/** Resolves once booms of touched lanes are down or up, or after `CALM_WITHIN_MS`. */
export async function waitForBooms(ports: ReloadPorts, touched: ReadonlySet<LaneId>): Promise<void> {
  await until(ports, CALM_WITHIN_MS, () => !fallsOn(ports, touched));
}

/** Replaces the site, then lines and devices. */
export async function replaceInOrder(ports: ReloadPorts, touched: ReadonlySet<LaneId>, next: SiteModel): Promise<void> {
  if (ports.stopped()) return;
  const ordersOpening = fallsOn(ports, touched);
  ports.loop.replaceSite(next);
  if (ordersOpening) await until(ports, SENT_WITHIN_MS, () => ports.loop.commandsUnderWay === 0);
  if (!ports.stopped()) await ports.applyField();
}

function fallsOn({ loop }: ReloadPorts, touched: ReadonlySet<LaneId>): boolean {
  return lanesClosing(loop.site).some((id) => touched.has(id));
}

async function until({ clock, stopped }: ReloadPorts, withinMs: number, done: () => boolean): Promise<void> {
  const giveUpAt = clock.mono() + withinMs;
  while (!done() && !stopped() && clock.mono() < giveUpAt)
    await new Promise<void>((resolve) => clock.after('reload.waiting', LOOK_MS, resolve));
}
