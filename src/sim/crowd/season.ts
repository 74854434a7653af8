/** What happens when: busy moments in each hour, drawn deed by deed, and long quiet between them, as at any gate. */
import type { ListRow } from '../../core/decide/facts.ts';
import type { Random } from '../random.ts';
import { HAZARDS, type Hazard, isScene } from './hazards.ts';
import type { LaneCrowd } from './lane-crowd.ts';
import type { People } from './people.ts';
import type { Staff } from './staff.ts';
import type { Surroundings } from './surroundings.ts';
import type { Troubles } from './troubles.ts';

/** What only the gateway's machine suffers. */
export interface Machine {
  slowDisk(ms: number): void;
  refuseDisk(ms: number): void;
  /** Power off after so many more effects, and on again later. */
  cutPower(effects: number, offMs: number): void;
  jumpClock(byMs: number): void;
  doubtClock(ms: number): void;
  changeList(change: (rows: readonly ListRow[]) => readonly ListRow[]): void;
  loseList(ms: number): void;
}

export interface Cast {
  readonly crowds: readonly LaneCrowd[];
  readonly people: People;
  readonly staff: Staff;
  readonly troubles: Troubles;
  readonly machine: Machine;
}

export const HOUR_MS = 3_600_000;
const BURST_MS = 60_000;

type Deed = (crowd: LaneCrowd) => void;

export class Season {
  readonly #on: Surroundings;
  readonly #cast: Cast;
  readonly #random: Random;
  readonly #deeds: readonly Deed[];
  readonly #strikes: readonly Deed[];

  constructor(on: Surroundings, cast: Cast) {
    this.#on = on;
    this.#cast = cast;
    this.#random = on.random.fork('season');
    this.#deeds = [(crowd) => this.#driver(crowd), (crowd) => this.#driver(crowd), ...this.#deedsOfPeople()];
    this.#strikes = HAZARDS.filter((hazard) => on.has(hazard) && !isScene(hazard)).flatMap((hazard) =>
      this.#strikesOf(hazard),
    );
  }

  /** Draws the hour that begins now. */
  hour(isFaulty: boolean): void {
    const random = this.#random;
    const { agenda, plan } = this.#on;
    const bursts = random.whole(1, 3);
    for (let nth = 0; nth < bursts; nth++) {
      const begins = random.between(1000, HOUR_MS - 400_000);
      const deeds = Math.max(1, Math.round(random.whole(1, 4) * plan.tempo * this.#cast.crowds.length * 0.6));
      for (let deed = 0; deed < deeds; deed++)
        agenda.after(begins + random.between(0, BURST_MS), () => this.#act(isFaulty));
    }
  }

  /** One at each lane, each way: what has healed lets them through. */
  residents(): void {
    for (const crowd of this.#cast.crowds)
      crowd.yard.plan.model.directions.forEach((direction, nth) => {
        this.#on.agenda.after(nth * 90_000, () => {
          crowd.come(this.#cast.people.resident(this.#random), direction);
        });
      });
  }

  #act(isFaulty: boolean): void {
    const random = this.#random;
    const crowd = random.pick(this.#cast.crowds);
    const isStrike = isFaulty && this.#strikes.length > 0 && random.chance(0.35);
    const deed = random.pick(isStrike ? this.#strikes : this.#deeds);
    if (random.chance(0.35)) this.#atTheWorstMoment(crowd, deed);
    else deed(crowd);
    // Whatever has just broken, somebody wants to pass.
    if (isStrike && random.chance(0.7))
      this.#on.agenda.after(random.whole(0, 20_000), () => this.#driver(random.pick(this.#cast.crowds)));
  }

  /** While the boom moves, or has just begun to. */
  #atTheWorstMoment(crowd: LaneCrowd, deed: Deed): void {
    const { agenda } = this.#on;
    const delayMs = this.#random.whole(0, 1500);
    const look = (left: number): void => {
      if (crowd.yard.boom.isMoving) agenda.after(delayMs, () => deed(crowd));
      else if (left > 0) agenda.after(150, () => look(left - 1));
    };
    look(200);
    this.#driver(crowd);
  }

  #driver(crowd: LaneCrowd): void {
    const random = this.#random;
    const { people } = this.#cast;
    const direction = random.pick(crowd.yard.plan.model.directions);
    crowd.come(people.driver(random, direction), direction);
    // A convoy, or only the next one.
    if (random.chance(0.35))
      this.#on.agenda.after(random.whole(1500, 6000), () => {
        crowd.come(people.driver(random, direction), direction);
      });
    if (this.#on.has('tailgaters') && random.chance(0.3))
      this.#on.agenda.after(random.whole(1200, 4000), () => {
        crowd.come(people.tailgater(random), direction);
      });
  }

  #deedsOfPeople(): readonly Deed[] {
    const { staff, people } = this.#cast;
    const has = this.#on.has;
    const random = this.#random;
    const found: Deed[] = [];
    if (has('guard')) found.push(({ yard }) => staff.guard(yard.id));
    if (has('guardCloses')) found.push(({ yard }) => staff.close(yard.id));
    if (has('pedestrians')) found.push((crowd) => this.#pedestrian(crowd));
    if (has('ebikes'))
      found.push((crowd) => {
        crowd.come(people.rider(random), random.pick(crowd.yard.plan.model.directions));
      });
    return found;
  }

  /** During it people come and go, everywhere. */
  #alarm(begin: () => void): void {
    begin();
    for (const crowd of this.#cast.crowds)
      this.#on.agenda.after(this.#random.whole(0, 30_000), () => this.#driver(crowd));
  }

  /** Not only when nothing is on: people walk under a boom when it is open. */
  #pedestrian(crowd: LaneCrowd): void {
    const { agenda } = this.#on;
    crowd.walk();
    for (let nth = 0; nth < 6; nth++)
      agenda.after(this.#random.whole(1000, 40_000), () => {
        if (!crowd.yard.boom.isDown) crowd.walk();
      });
  }

  #strikesOf(hazard: Hazard): readonly Deed[] {
    const { staff, troubles, machine } = this.#cast;
    const random = this.#random;
    switch (hazard) {
      case 'journalSlow':
        return [() => machine.slowDisk(random.whole(5000, 60_000))];
      case 'journalRefuses':
        return [() => machine.refuseDisk(random.whole(2000, 120_000))];
      case 'gatewayCut':
        return [() => machine.cutPower(random.whole(0, 40), random.pick([1500, 5000, 40_000]))];
      case 'clockJumps':
        return [() => machine.jumpClock(random.pick([-3_600_000, -5000, 7000, 3_600_000, 31_536_000_000]))];
      case 'clockDoubtful':
        return [() => machine.doubtClock(random.whole(20_000, 300_000))];
      case 'reload':
        return [({ yard }) => staff.reload(yard.id)];
      case 'listChanges':
        return [() => machine.changeList((rows) => changed(rows, random))];
      case 'listGone':
        return [() => machine.loseList(random.whole(5000, 60_000))];
      case 'fires':
        return [() => this.#alarm(() => staff.fire('l1')), () => staff.breakPair('l1')];
      case 'orders':
        return [({ yard }) => this.#alarm(() => staff.order(yard.id))];
      case 'guardHolds':
        return [({ yard }) => staff.holdButton(yard.id)];
      case 'lockdown':
        return [({ yard }) => staff.claim(yard.id, 'lockdown')];
      case 'service':
        return [({ yard }) => staff.claim(yard.id, 'outOfService')];
      case 'holds':
        return [({ yard }) => staff.claim(yard.id, 'hold')];
      case 'replays':
      case 'misreads':
      case 'tailgaters':
      case 'stalls':
      case 'reversers':
      case 'trailers':
      case 'ebikes':
      case 'pedestrians':
      case 'guard':
      case 'guardCloses':
      case 'permits':
        return [];
      default:
        return [({ yard }) => troubles.strike(hazard, yard)];
    }
  }
}

/** The committee at work: a permit off or on, a plate blocked or forgiven. */
function changed(rows: readonly ListRow[], random: Random): readonly ListRow[] {
  const at = random.whole(0, 7);
  const isBlock = random.chance(0.3);
  return rows.map((row, index) => {
    if (index !== at) return row;
    return isBlock ? { ...row, blocked: !row.blocked } : { ...row, enabled: !row.enabled };
  });
}
