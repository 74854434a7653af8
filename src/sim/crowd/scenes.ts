/** Scenes with a beginning and an end: each is drawn, hour by hour, from a luck of its own, so that none shifts another's. */
import type { ListRow } from '../../core/decide/facts.ts';
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import { SCENES, type SceneKind } from './hazards.ts';
import type { LaneCrowd } from './lane-crowd.ts';
import { type Cast, HOUR_MS } from './season.ts';
import type { Cameras, Surroundings } from './surroundings.ts';

/** How likely a scene of one kind begins in an hour. */
const IN_AN_HOUR = 0.5;
const AFTERMATH_MS = 60_000;

export class Scenes {
  readonly #on: Surroundings;
  readonly #cast: Pick<Cast, 'crowds' | 'people' | 'machine'>;
  readonly #cameras: Cameras;
  readonly #lucks: ReadonlyMap<SceneKind, Random>;
  readonly #ends = new Set<() => void>();

  constructor(on: Surroundings, cast: Pick<Cast, 'crowds' | 'people' | 'machine'>, cameras: Cameras) {
    this.#on = on;
    this.#cast = cast;
    this.#cameras = cameras;
    this.#lucks = new Map(SCENES.filter((kind) => on.has(kind)).map((kind) => [kind, on.random.fork(`scene ${kind}`)]));
  }

  /** Draws the hour that begins now. */
  hour(): void {
    for (const [kind, random] of this.#lucks) {
      if (!random.chance(IN_AN_HOUR)) continue;
      const crowd = random.pick(this.#cast.crowds);
      this.#on.agenda.after(random.between(1000, HOUR_MS - 400_000), () => this.#play(kind, crowd, random));
    }
  }

  /** What stands is brought to its end. */
  heal(): void {
    for (const end of [...this.#ends]) end();
  }

  #play(kind: SceneKind, crowd: LaneCrowd, random: Random): void {
    const { people } = this.#cast;
    const direction = random.pick(crowd.yard.plan.model.directions);
    switch (kind) {
      case 'cardTries':
        return this.#tries(crowd, direction, random);
      case 'cameraFails':
        return this.#deviceFails(crowd, direction, random);
      case 'unreadable':
        crowd.come(people.unread(random), direction);
        return;
      case 'drivesAway':
        crowd.come(people.leaving(random), direction);
        return;
      case 'lorries':
        crowd.come(people.lorry(random), direction);
        return;
      case 'convoys':
        return this.#convoy(crowd, direction, random);
      case 'groups':
        return this.#group(crowd, direction, random);
      case 'imports':
        return this.#import(crowd, direction, random);
      case 'cold':
        return this.#cold(crowd, random);
    }
  }

  /** Somebody with a bunch of cards of which none is on the list, or the wrong one of two that belong together. */
  #tries(crowd: LaneCrowd, direction: Direction, random: Random): void {
    const { people } = this.#cast;
    if (random.chance(0.4)) {
      crowd.come(people.pair(random, false), direction);
      return;
    }
    const strange = (): string => random.whole(0x100000, 0xcfffff).toString(16);
    const visit = crowd.come(people.withCard(strange()), direction);
    if (visit === null || crowd.yard.plan.model.readers.length === 0) return;
    for (let nth = 1; nth <= 7; nth++)
      this.#on.agenda.after(6000 + nth * random.whole(1200, 3500), () => {
        if (visit.isWaiting && visit.isFirst) this.#cameras.showCard(crowd.yard.id, direction, strange(), visit);
      });
  }

  /** What reads one half of a permit for plate and card does not run; somebody comes who needs it. */
  #deviceFails(crowd: LaneCrowd, direction: Direction, random: Random): void {
    const { cameras, readers, id } = crowd.yard.plan.model;
    const bound = [...cameras, ...readers].filter((one) => one.direction === direction);
    const { device } = random.pick(bound);
    const { dead } = this.#cameras;
    if (dead.has(device)) return;
    dead.add(device);
    const fault = random.pick(['driverFailed', 'cameraNotRunning']);
    const tell = (raised: boolean): void =>
      this.#on.gateway()?.observe({ kind: 'deviceFault', device, fault, raised, detail: '' });
    tell(true);
    this.#until(id, random.whole(20_000, 180_000), () => {
      dead.delete(device);
      tell(false);
    });
    for (let nth = 0; nth < 2; nth++)
      this.#on.agenda.after(random.whole(2000, 40_000), () => {
        crowd.come(this.#cast.people.pair(random, true), direction);
      });
  }

  /** A person holds the lane for so many cars; more of them come than that, or fewer. */
  #convoy(crowd: LaneCrowd, direction: Direction, random: Random): void {
    const { id } = crowd.yard;
    const passages = random.whole(1, 4);
    const key = 'convoy';
    const by = { via: 'screen', name: '王' };
    const ms = random.whole(60_000, 150_000);
    this.#on
      .gateway()
      ?.request({ kind: 'claim', lane: id, by, purpose: 'hold', key, reason: '', expiresInMs: ms, passages });
    this.#until(id, ms, () => this.#on.gateway()?.request({ kind: 'releaseClaim', lane: id, by, key }));
    for (let nth = passages + random.whole(-1, 1); nth > 0; nth--)
      this.#on.agenda.after(random.whole(3000, 50_000), () => {
        crowd.come(this.#cast.people.driver(random, direction), direction);
      });
  }

  /** A party with one card among them, good for fewer openings than there are cars. */
  #group(crowd: LaneCrowd, direction: Direction, random: Random): void {
    const { people } = this.#cast;
    for (let nth = random.whole(3, 6); nth > 0; nth--)
      this.#on.agenda.after(random.whole(0, 25_000), () => {
        crowd.come(people.withCard(this.#on.plan.list.groupCard), direction);
      });
  }

  /** The committee's new list lacks some of those that the old one had; it is mended later. */
  #import(crowd: LaneCrowd, direction: Direction, random: Random): void {
    const { people, machine } = this.#cast;
    const isLost = (row: ListRow): boolean => row.id.startsWith('r') || row.id.startsWith('p');
    let lost: readonly ListRow[] = [];
    crowd.come(people.resident(random), direction);
    this.#on.agenda.after(random.whole(2000, 9000), () => {
      machine.changeList((rows) => {
        lost = rows.filter((row) => isLost(row) && random.chance(0.5));
        return rows.filter((row) => !lost.includes(row));
      });
      this.#until(null, random.whole(20_000, 120_000), () =>
        machine.changeList((rows) => [...rows, ...lost.filter(({ id }) => !rows.some((row) => row.id === id))]),
      );
    });
    this.#on.agenda.after(random.whole(3000, 30_000), () => {
      crowd.come(people.resident(random), direction);
    });
  }

  /** Grease stiffens: the boom takes longer for an hour, and a queue passes under it. */
  #cold(crowd: LaneCrowd, random: Random): void {
    const { boom, id } = crowd.yard;
    boom.slow(random.between(1.6, 2.2));
    this.#until(id, random.whole(10, 60) * 60_000, () => boom.slow(1));
    const [direction = 'in'] = crowd.yard.plan.model.directions;
    for (let nth = 0; nth < 8; nth++)
      this.#on.agenda.after(nth * 60_000 + random.whole(0, 20_000), () => {
        crowd.come(this.#cast.people.resident(random), direction);
      });
  }

  /** `lane` null: the whole site is not as it should be. */
  #until(lane: string | null, ms: number, end: () => void): void {
    this.#on.trouble(lane, ms + AFTERMATH_MS);
    this.#on.touched();
    const once = (): void => {
      if (!this.#ends.delete(once)) return;
      end();
      this.#on.trouble(lane, AFTERMATH_MS);
      this.#on.touched();
    };
    this.#ends.add(once);
    this.#on.agenda.after(ms, once);
  }
}
