/** Guards at their buttons and screens, technicians, the fire panel and whoever orders an emergency; all that they do is undone by somebody. */
import type { Actor, Request } from '../../core/io.ts';
import type { Random } from '../random.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import type { Surroundings } from './surroundings.ts';
import { ToDo } from './to-do.ts';
import type { Visit } from './visit.ts';

const GUARD: Actor = { via: 'screen', name: '王' };
const SERVER: Actor = { via: 'upstream', name: null };
const TECHNICIAN: Actor = { via: 'cli', name: '李' };
const ACKNOWLEDGED = ['obstructionHunting', 'obstructionSilent', 'failedTries', 'latchUnreadable'] as const;

export class Staff {
  /** Sees the journal, as a screen would show it. */
  readonly toDo: ToDo;
  readonly #on: Surroundings;
  readonly #random: Random;
  /** Causes of emergency that somebody has begun, by key: where they are released. */
  readonly #causes = new Map<string, string>();

  constructor(on: Surroundings) {
    this.#on = on;
    this.#random = on.random.fork('staff');
    this.toDo = new ToDo(on);
  }

  /** A driver has waited long enough to ask. */
  asked(lane: string, visit: Visit): void {
    const random = this.#random;
    if (visit.person.parts.every((part) => !part.isMetal)) return visit.leave();
    if (random.chance(0.3) && visit.isLast) return visit.giveUp();
    this.#on.agenda.after(random.whole(500, 5000), () => {
      const how = random.next();
      if (how < 0.5) this.press(lane, random.whole(350, 900));
      else if (how < 0.7) this.#ask({ kind: 'guardOpen', lane, by: GUARD });
      else this.#ask({ kind: 'answerReferral', lane, by: GUARD, grant: random.chance(0.8), reason: '' });
    });
  }

  press(lane: string, ms: number, button = 'button'): void {
    const yard = this.#yard(lane);
    if (yard?.sensor(button) === undefined || yard.isSet(button)) return;
    this.#set(yard, button, true);
    this.#on.agenda.after(ms, () => this.#set(yard, button, false));
    if (button === 'button' && ms >= 4500) this.#release(`button:${lane}-board.button`, lane, ms);
  }

  /** One deed of a guard with nothing better to do. */
  guard(lane: string): void {
    const random = this.#random;
    const how = random.next();
    if (how < 0.45) this.press(lane, random.whole(350, 900));
    else if (how < 0.6) {
      // Twice in a row, as people do.
      this.press(lane, 350);
      this.#on.agenda.after(random.whole(500, 1500), () => this.press(lane, random.whole(350, 900)));
    } else if (how < 0.8) this.#ask({ kind: 'guardOpen', lane, by: GUARD });
    else this.#ask({ kind: 'answerReferral', lane, by: GUARD, grant: random.chance(0.7), reason: '' });
  }

  holdButton(lane: string): void {
    this.#on.trouble(null, 150_000);
    this.press(lane, this.#random.pick([5500, 8000, 70_000]));
  }

  close(lane: string): void {
    if (this.#random.chance(0.5)) this.press(lane, this.#random.whole(350, 900), 'closeButton');
    else this.#ask({ kind: 'guardClose', lane, by: GUARD });
    if (this.#random.chance(0.2))
      this.#on.agenda.after(this.#random.whole(500, 6000), () => this.#ask({ kind: 'guardStop', lane, by: GUARD }));
  }

  claim(lane: string, purpose: 'hold' | 'lockdown' | 'outOfService'): void {
    const random = this.#random;
    const ms = random.whole(10_000, 180_000);
    const expires = random.chance(0.4) ? random.whole(8000, ms) : null;
    this.#on.trouble(lane, ms + 60_000);
    const by = purpose === 'hold' && random.chance(0.3) ? SERVER : GUARD;
    this.#ask({ kind: 'claim', lane, by, purpose, key: purpose, reason: '', expiresInMs: expires });
    this.#on.agenda.after(ms, () => this.#ask({ kind: 'releaseClaim', lane, by: GUARD, key: purpose }));
  }

  fire(lane: string): void {
    const yard = this.#yard(lane);
    const sensor = yard?.sensor(this.#random.chance(0.8) ? 'fire' : 'emergency') ?? yard?.sensor('fire');
    if (yard === undefined || sensor === undefined || yard.isSet(sensor.input.id)) return;
    const ms = this.#random.pick([3000, 20_000, 90_000]);
    const { id, role } = sensor.input;
    const levels = role === 'fire' && yard.sensor('fireNo') !== undefined ? [id, 'fireNo'] : [id];
    this.#on.trouble(null, ms + 200_000);
    for (const level of levels) this.#set(yard, level, true);
    this.#on.agenda.after(ms, () => {
      for (const level of levels) this.#set(yard, level, false);
    });
    this.#release(`${role}:${sensor.input.device}.${id}`, lane, ms);
  }

  /** One half of a supervised pair comes loose. */
  breakPair(lane: string): void {
    const yard = this.#yard(lane);
    if (yard?.sensor('fireNo') === undefined || yard.isSet('fire')) return;
    const ms = this.#random.whole(2000, 30_000);
    this.#on.trouble(null, ms + 200_000);
    this.#set(yard, 'fireNo', true);
    this.#on.agenda.after(ms, () => this.#set(yard, 'fireNo', false));
    this.#release('fire:l1-board.fire', lane, ms);
  }

  order(lane: string): void {
    const { routes } = this.#on.plan.model;
    const route = routes[0];
    const how = this.#random.pick(['lane', 'site', ...(route === undefined ? [] : ['route'])]);
    const [reach, key] =
      how === 'lane'
        ? [{ kind: 'lane' as const, lane }, `order:lane:${lane}`]
        : how === 'site' || route === undefined
          ? [{ kind: 'site' as const }, 'order:site']
          : [{ kind: 'route' as const, route: route.id }, `order:route:${route.id}`];
    this.#on.trouble(null, 200_000);
    this.#ask({ kind: 'emergency', by: this.#random.pick([GUARD, TECHNICIAN]), reach, reason: '' });
    this.#release(key, lane, 10_000);
  }

  /** At the end: every reason is given, every claim and cause ended, every alarm acknowledged, boom by boom. */
  tidy(): void {
    this.toDo.answerAll();
    for (const { id } of this.#on.plan.lanes) {
      for (const key of ['hold', 'lockdown', 'outOfService'])
        this.#ask({ kind: 'releaseClaim', lane: id, by: GUARD, key });
      for (const [key] of this.#causes) this.#ask({ kind: 'releaseClaim', lane: id, by: GUARD, key });
      this.acknowledge(id);
    }
  }

  acknowledge(lane: string): void {
    for (const fault of ACKNOWLEDGED) this.#ask({ kind: 'acknowledgeFault', lane, by: TECHNICIAN, fault, reason: '' });
  }

  /** Whoever sees a boom stand open for nobody brings it down. */
  closeAll(): void {
    for (const { id } of this.#on.plan.lanes) this.#ask({ kind: 'guardClose', lane: id, by: GUARD });
  }

  reload(lane: string): void {
    const gateway = this.#on.gateway();
    if (gateway === null) return;
    const random = this.#random;
    const { model } = this.#on.plan;
    const routes = random.chance(0.7) ? model.routes : [];
    const lanes = model.lanes.map((one) => {
      if (one.id !== lane || random.chance(0.4)) return one;
      return { ...one, timing: { ...one.timing, notTakenAfterMs: random.pick([10_000, 15_000, 20_000]) } };
    });
    gateway.replaceSite({ ...model, lanes, routes, configHash: `c${random.whole(1, 999)}` });
  }

  #release(key: string, lane: string, afterMs: number): void {
    this.#causes.set(key, lane);
    const random = this.#random;
    // Somebody tries too early, somebody without a name, somebody far away.
    if (random.chance(0.5))
      this.#on.agenda.after(random.whole(500, afterMs), () =>
        this.#ask({ kind: 'releaseClaim', lane, by: random.pick([GUARD, SERVER]), key }),
      );
    this.#on.agenda.after(afterMs + random.whole(3000, 60_000), () =>
      this.#ask({ kind: 'releaseClaim', lane, by: GUARD, key }),
    );
  }

  #set(yard: LaneYard, level: string, isActive: boolean): void {
    yard.set(level, isActive);
    this.#on.touched();
  }

  #ask(request: Request): void {
    this.#on.gateway()?.request(request);
  }

  #yard(lane: string): LaneYard | undefined {
    return this.#on.yards.find(({ id }) => id === lane);
  }
}
