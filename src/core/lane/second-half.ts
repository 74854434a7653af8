/** The halves of plate + card: since when each stands, and whether anything can still read the other (gate.md "Opening", two factors). */
import { plateKey } from '../credential/keys.ts';
import { cardKeys } from '../decide/lookup.ts';
import type { AccessQuestion, FactorSource, SecondFactor } from '../decide/question.ts';
import { faultKey } from '../site-state.ts';
import { arm, type LaneTurn } from '../turn.ts';
import type { DeviceId, Direction, Mono } from '../values.ts';
import type { Halves, Presentation, PresentedCard, PresentedPlate } from './state.ts';

/** Conditions in which a device reads nothing; anything else may only be slow. */
const DOWN_FAULTS: readonly string[] = ['deviceSilent', 'driverFailed', 'cameraNotRunning'];
/** A line that comes back by itself is not down; a fault counts when it has stood this long. */
export const DOWN_AFTER_MS = 10_000;

interface DownSince {
  readonly device: DeviceId;
  readonly fault: string;
  readonly since: Mono;
}

/** A plate that is not surely read is no half. */
export function plateSince(t: LaneTurn, plate: PresentedPlate): Mono | null {
  const isSure = plate.confidence === null || plate.confidence >= t.model.minConfidence;
  return plate.text !== '' && isSure ? t.now.mono : null;
}

/** `believed` is the plate of this car after `read`; another one than before leaves nothing of the half that it replaces. */
export function afterPlate(
  t: LaneTurn,
  current: Presentation,
  read: PresentedPlate,
  believed: PresentedPlate | null,
): Halves {
  const { halves, plate } = current;
  if (plate === null || believed?.text !== plate.text) return { ...halves, plate: plateSince(t, read) };
  const isRead = read.text === plate.text && plateSince(t, read) !== null;
  return isRead && mayBegin(t, current, 'plate') ? { ...halves, plate: t.now.mono } : halves;
}

export function afterCard(t: LaneTurn, current: Presentation, read: PresentedCard): Halves {
  const { halves, card } = current;
  const isRepeat = card !== null && card.bits === read.bits && card.value === read.value;
  return isRepeat && !mayBegin(t, current, 'card') ? halves : { ...halves, card: t.now.mono };
}

/**
 * A repeat renews nothing, or a car would have as long as it stands. Only where its other half has come too late for it is the
 * half that is read again the one which that other half waits for.
 */
function mayBegin(t: LaneTurn, current: Presentation, half: 'plate' | 'card'): boolean {
  const own = current.halves[half];
  const other = current.halves[half === 'plate' ? 'card' : 'plate'];
  if (own === null) return true;
  return other !== null && other - own > t.model.timing.secondFactorWindowMs && isOnePermit(t, current);
}

function isOnePermit(t: LaneTurn, { plate, card }: Presentation): boolean {
  const rows = t.turn.facts?.rows ?? [];
  const key = plateKey(plate?.text ?? '');
  const cards = cardKeys(card);
  const permits = new Set(rows.filter((row) => row.key === key).map((row) => row.permit));
  return rows.some((row) => cards.includes(row.key) && permits.has(row.permit));
}

/** Nothing could read the other half until now: nobody was late, and the window is a whole one. */
export function renewed(t: LaneTurn, { plate, card }: Halves): Halves {
  const now = t.now.mono;
  return { plate: plate === null ? null : now, card: card === null ? null : now, excusedUntil: now };
}

/** A grant is over without a passage: what was read within the window still stands, the rest has to be read again. */
export function stillHeld(t: LaneTurn, halves: Halves): Halves {
  const held = (since: Mono | null): Mono | null => (since !== null && !isOver(t, since) ? since : null);
  return { ...halves, plate: held(halves.plate), card: held(halves.card) };
}

function isOver(t: LaneTurn, since: Mono): boolean {
  return t.now.mono - since >= t.model.timing.secondFactorWindowMs;
}

/** Each half's window ends once, and before that a device whose fault has only begun may turn out to be down. */
export function armSecondHalf(t: LaneTurn, direction: Direction, current: Presentation): void {
  const { decision, halves } = current;
  if (decision?.code !== 'awaitingSecondFactor') return;
  const ends = [halves.plate, halves.card].flatMap((since) =>
    since === null ? [] : [since + t.model.timing.secondFactorWindowMs],
  );
  const downAt = (['plate', 'card'] as const).flatMap((half) => {
    const since = downSince(t, direction, half);
    return since === null ? [] : [since.since + DOWN_AFTER_MS];
  });
  const due = [...ends, ...downAt].filter((at) => at > t.now.mono);
  if (due.length > 0) arm(t, `${direction}.secondFactor`, Math.min(...due));
}

export function secondFactorOf(t: LaneTurn, { halves, decision }: Presentation): SecondFactor {
  const { plate, card } = halves;
  const apart = plate === null || card === null ? null : Math.abs(plate - card);
  const isExcused = decision?.code === 'secondFactorUnavailable';
  return {
    paired: apart !== null && apart <= t.model.timing.secondFactorWindowMs,
    lapsed: (['plate', 'card'] as const).filter((half) => {
      const since = halves[half];
      return since !== null && !isExcused && isOver(t, since);
    }),
  };
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
