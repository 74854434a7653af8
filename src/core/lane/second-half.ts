/** The other half of plate + card: its window, and whether anything can still read it (gate.md "Opening", two factors). */
import type { Decision } from '../decide/decision.ts';
import type { AccessQuestion, FactorSource, SecondFactor } from '../decide/question.ts';
import { faultKey } from '../site-state.ts';
import { arm, type LaneTurn } from '../turn.ts';
import type { DeviceId, Direction, Mono } from '../values.ts';
import type { Presentation } from './state.ts';

/** Conditions in which a device reads nothing; anything else may only be slow. */
const DOWN_FAULTS: readonly string[] = ['deviceSilent', 'driverFailed', 'cameraNotRunning'];
/** A line that comes back by itself is not down; a fault counts when it has stood this long. */
export const DOWN_AFTER_MS = 10_000;

interface DownSince {
  readonly device: DeviceId;
  readonly fault: string;
  readonly since: Mono;
}

/** What decides over: the window that runs, a new one, or none where nothing can read the other half. */
export function windowAfter(t: LaneTurn, current: Presentation, decision: Decision): Presentation['secondFactor'] {
  if (decision.code === 'secondFactorUnavailable') return null;
  if (decision.code !== 'awaitingSecondFactor' || decision.permit === null) return current.secondFactor;
  if (current.secondFactor?.permit === decision.permit) return current.secondFactor;
  return { permit: decision.permit, until: t.now.mono + t.model.timing.secondFactorWindowMs };
}

/** Its window ends once, and before that a device whose fault has only begun may turn out to be down. */
export function armSecondHalf(t: LaneTurn, direction: Direction, current: Presentation): void {
  const { decision, secondFactor } = current;
  if (decision?.code !== 'awaitingSecondFactor' || secondFactor === null) return;
  const downAt = (['plate', 'card'] as const).flatMap((half) => {
    const since = downSince(t, direction, half);
    return since === null ? [] : [since.since + DOWN_AFTER_MS];
  });
  const due = [secondFactor.until, ...downAt].filter((at) => at > t.now.mono);
  if (due.length > 0) arm(t, `${direction}.secondFactor`, Math.min(...due));
}

export function secondFactorOf(t: LaneTurn, current: Presentation): SecondFactor | null {
  if (current.secondFactor === null) return null;
  const { permit, until } = current.secondFactor;
  const seen =
    current.plate === null || (current.card !== null && current.card.at < current.plate.at) ? 'card' : 'plate';
  return { permit, seen, ended: t.now.mono >= until };
}

export function factorSources(t: LaneTurn, direction: Direction): NonNullable<AccessQuestion['factorSources']> {
  return { plate: sourceOf(t, direction, 'plate'), card: sourceOf(t, direction, 'card') };
}

function sourceOf(t: LaneTurn, direction: Direction, half: 'plate' | 'card'): FactorSource {
  if (devicesOf(t, direction, half).length === 0) return { state: 'none' };
  const down = downSince(t, direction, half);
  const forMs = down === null ? 0 : Math.round(t.now.mono - down.since);
  if (down === null || forMs < DOWN_AFTER_MS) return { state: 'works' };
  return { state: 'down', device: down.device, fault: down.fault, forMs };
}

/** Of the devices of this half the one that failed last; null while one of them has no such fault. */
function downSince(t: LaneTurn, direction: Direction, half: 'plate' | 'card'): DownSince | null {
  const devices = devicesOf(t, direction, half);
  const down = devices.flatMap((device) => downOf(t, device) ?? []);
  if (devices.length === 0 || down.length < devices.length) return null;
  return down.reduce((last, one) => (one.since > last.since ? one : last));
}

function downOf(t: LaneTurn, device: DeviceId): DownSince | null {
  const { faults } = t.turn.site;
  const standing = DOWN_FAULTS.flatMap((code) => faults[faultKey(code, device)] ?? []);
  if (standing.length === 0) return null;
  const first = standing.reduce((before, one) => (one.since.mono < before.since.mono ? one : before));
  return { device, fault: first.code, since: first.since.mono };
}

function devicesOf(t: LaneTurn, direction: Direction, half: 'plate' | 'card'): readonly DeviceId[] {
  const bound = half === 'plate' ? t.model.cameras : t.model.readers;
  return bound.filter((one) => one.direction === direction).map((one) => one.device);
}
