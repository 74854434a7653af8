/** A press opens, whatever else is wrong (I4, I5); who should be let through and has done nothing odd is let through (I11, I16). */
import type { Command, JournalRecord, Request } from '../../core/io.ts';
import type { Scene } from '../level-one/run.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Shown, type Witness } from '../yard/witness.ts';

/** From a good reading to an opening, where everything is measured and works. */
const AT_ONCE_MS = 9000;
/** Elsewhere an earlier grant may have to time out first. */
const IN_THE_END_MS = 36_000;
/** Nothing has been wrong for so long before. */
const CALM_MS = 61_000;
const OPENINGS: readonly string[] = ['pulseOpen', 'holdOn'];

export class ResidentLaw implements Witness {
  readonly #scene: Scene;
  readonly #openedAt = new Map<string, number>();
  readonly #upAt = new Map<string, number>();
  readonly #seenAs = new Map<string, Shown>();
  readonly #misreadAt = new Map<string, number>();
  readonly #stoppedAt = new Map<string, number>();
  readonly #claims = new Map<string, Set<string>>();
  readonly #pressed = new Map<string, { value: boolean; at: number; acted: boolean }>();
  #mustOpen: string[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(): void {
    this.#pressed.clear();
    this.#mustOpen = [];
    this.#claims.clear();
  }

  wentSilent(device: string): void {
    for (const yard of this.#scene.yards) this.#pressed.delete(`${yard.id}/${device}`);
  }

  polled(device: string, values: Readonly<Record<string, boolean>>, at: number): void {
    for (const yard of this.#scene.yards) {
      const button = yard.sensor('button')?.input;
      const value = button?.device === device ? values[button.id] : undefined;
      if (value === undefined) continue;
      const key = `${yard.id}/${device}`;
      const before = this.#pressed.get(key);
      const isFresh = before !== undefined && at - before.at <= yard.plan.model.timing.staleAfterMs;
      if (value && isFresh && !before.value) this.#mustOpen.push(yard.id);
      this.#pressed.set(key, { value, at, acted: value });
    }
  }

  polledQuietly(device: string, at: number): void {
    for (const yard of this.#scene.yards) {
      const before = this.#pressed.get(`${yard.id}/${device}`);
      if (before !== undefined) before.at = at;
    }
  }

  requested(request: Request): void {
    if (request.kind === 'guardOpen') this.#mustOpen.push(request.lane);
    if (request.kind === 'guardStop') this.#stoppedAt.set(request.lane, this.#scene.agenda.now);
  }

  ordered({ lane, action }: Command, at: number): void {
    if (OPENINGS.includes(action)) this.#openedAt.set(lane, at);
  }

  looked(lane: string, at: number): void {
    const yard = this.#scene.yards.find(({ id }) => id === lane);
    if (yard !== undefined && !yard.boom.isDown) this.#upAt.set(lane, at);
  }

  /** Claims as they were put on record: what a person has closed on purpose keeps nobody out by mistake. */
  recorded({ kind, lane, body }: JournalRecord): void {
    if (lane === null) return;
    const own = this.#claims.get(lane) ?? new Set<string>();
    if (kind === 'claim') own.add(String(body.key));
    if (kind === 'claimEnded') own.delete(String(body.key));
    this.#claims.set(lane, own);
  }

  taken(_input: unknown, at: number): void {
    const lanes = this.#mustOpen;
    this.#mustOpen = [];
    for (const id of lanes) {
      const yard = this.#scene.yards.find((one) => one.id === id);
      if (yard === undefined || this.#openedAt.get(id) === at) continue;
      // Where the guard has one button, it brings a boom down that stands open, or that a stuck limit shows so.
      if (yard.plan.model.buttonCloses && (!yard.boom.isDown || isShownOpen(yard))) continue;
      // A step input is not told to bring a risen boom down.
      if (yard.boom.plan.isStep && (!yard.boom.isDown || !isMeasured(yard) || this.#scene.calmFor(id) <= 0)) continue;
      throw new Broken('I4', 'a guard presses and nothing is sent', { lane: id, at });
    }
  }

  shown(shown: Shown): void {
    const yard = this.#scene.yards.find(({ id }) => id === shown.lane);
    const { visit } = shown;
    if (yard === undefined || visit === null || !shown.isLive) return;
    const back = `${yard.id}/${shown.text}`;
    const before = this.#seenAs.get(back);
    this.#seenAs.set(back, shown);
    if (
      !shown.isSure ||
      (before !== undefined && before.direction !== shown.direction && shown.at - before.at < 2 * CALM_MS)
    )
      this.#misreadAt.set(yard.id, shown.at);
    // A camera that has read it both ways leaves a doubt, and a person decides; a plate that has just gone the other way is
    // taken for the same car.
    // It lasts as long as that car stands there: the person may have said no.
    const calmFrom = Math.min(shown.at, visit.waitingSince) - CALM_MS;
    if ((this.#misreadAt.get(yard.id) ?? Number.NEGATIVE_INFINITY) > calmFrom) return;
    if (!visit.isFirst || !visit.isWaiting || !this.#isAlone(yard) || !this.#isLetIn(yard, shown)) return;
    if (!this.#isCalm(yard.id, CALM_MS) || !stands(yard, visit)) return;
    const since = visit.waitingSince;
    // He has let the boom come down again before him: his grant times out first.
    const hasSeenItUp = (this.#upAt.get(yard.id) ?? Number.NEGATIVE_INFINITY) >= since;
    const isPlain = isMeasured(yard) && yard.sensor('obstruction') !== undefined && !hasSeenItUp;
    const waitMs = isPlain ? AT_ONCE_MS : IN_THE_END_MS;
    this.#scene.agenda.after(waitMs, () => {
      if (!visit.isWaiting || visit.waitingSince !== since || !visit.isFirst || !this.#isAlone(yard)) return;
      if (!this.#isCalm(yard.id, CALM_MS + waitMs) || !this.#isLetIn(yard, shown) || !stands(yard, visit)) return;
      if ((this.#misreadAt.get(yard.id) ?? -1) >= shown.at) return;
      // Whoever has stopped the boom on its way stands there; what was granted times out first.
      if ((this.#stoppedAt.get(yard.id) ?? Number.NEGATIVE_INFINITY) > shown.at - IN_THE_END_MS) return;
      const seen = Math.max(this.#openedAt.get(yard.id) ?? -1, this.#upAt.get(yard.id) ?? -1);
      if (seen >= shown.at) return;
      throw new Broken('kept out', 'who should be let through waits in vain', {
        ...{ lane: yard.id, direction: shown.direction, text: shown.text, at: shown.at, waitMs },
      });
    });
  }

  #isCalm(lane: string, ms: number): boolean {
    return this.#scene.calmFor(lane) >= ms && (this.#claims.get(lane)?.size ?? 0) === 0;
  }

  #isAlone(yard: LaneYard): boolean {
    return yard.bodies.size === 1;
  }

  /** An own, simple reading of the list: standing permits that ask for one credential; and the way out where it is free. */
  #isLetIn({ plan: { model } }: LaneYard, { text, direction }: Shown): boolean {
    if (!model.commissioned) return false;
    if (model.portal.kind === 'barrier' && model.portal.openInput === 'step') return false;
    if (direction === 'out' && model.exitPolicy === 'free') return true;
    const { registry } = this.#scene;
    const rows = [...registry.byKey(`plate:${text}`), ...registry.byKey(`card:24:${text}`)];
    return rows.some(
      (row) =>
        row.enabled && !row.blocked && row.requires === 'any' && row.usesLeft === null && !row.id.startsWith('t'),
    );
  }
}

/** On its arming sensor, where there is one. */
function stands(yard: LaneYard, visit: NonNullable<Shown['visit']>): boolean {
  const has = yard.plan.sensors.some(({ input }) => input.role === 'arming' && input.direction === visit.direction);
  return !has || visit.isOnArming;
}

function isShownOpen(yard: LaneYard): boolean {
  const limit = yard.sensor('openLimit');
  return limit !== undefined && yard.says(limit) === true;
}

function isMeasured({ plan: { model } }: LaneYard): boolean {
  return model.portal.kind === 'barrier' && model.portal.hasClosedLimit && model.portal.hasOpenLimit;
}
