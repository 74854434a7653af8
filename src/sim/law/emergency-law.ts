/** What a cause of emergency reaches opens, in time, and stays open until a person on the spot ends it, also over a power cut (I3, I4, I12). */
import type { Command, JournalRecord, Request } from '../../core/io.ts';
import type { InputModel, SiteModel } from '../../core/site-model.ts';
import type { Scene } from '../level-one/run.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Witness } from '../yard/witness.ts';

const IN_TIME_MS = 30_000;
/** It is said again after so long. */
const REPEAT_MS = 2000;
/** The latch is on disk by then, at the latest, where the disk works. */
const KEPT_MS = 100;
const RECALLED_MS = 3500;
/** A limit that has just been made is read by then. */
const SEEN_MS = 300;
/** A pulse shows what it does within this. */
const EFFECT_MS = 1600;
/** What is added to a travel before it counts as over, and to what a sensor that was felt begins anew. */
const PRESUMED_UP_MS = 2000;
const ON_THE_SPOT: readonly string[] = ['screen', 'cli', 'button'];

interface Contact {
  readonly yard: LaneYard;
  readonly input: InputModel;
  value: boolean;
  at: number;
  reads: number;
}

interface Standing {
  readonly since: number;
  readonly lanes: ReadonlySet<string>;
}

export class EmergencyLaw implements Witness {
  readonly #scene: Scene;
  readonly #contacts: readonly Contact[];
  readonly #standing = new Map<string, Standing>();
  readonly #openedAt = new Map<string, number>();
  /** By lane: the newest opening in an emergency. */
  readonly #assertedAt = new Map<string, number>();
  /** By lane: a guard's STOP. */
  readonly #stoppedAt = new Map<string, number>();
  #model: SiteModel;
  #mustOpen: { readonly lane: string; readonly key: string }[] = [];
  #released: Request | null = null;
  #boot = '';
  #bootAt = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#model = scene.plan.model;
    this.#contacts = scene.yards.flatMap((yard) =>
      yard.plan.sensors
        .filter(
          ({ input: { role } }) => role === 'fire' || role === 'fireNo' || role === 'emergency' || role === 'button',
        )
        .map(({ input }) => ({ yard, input, value: false, at: Number.NEGATIVE_INFINITY, reads: 0 })),
    );
  }

  get stands(): boolean {
    return this.#standing.size > 0;
  }

  replaced(model: SiteModel): void {
    this.#model = model;
  }

  cut(at: number): void {
    // Whoever has no power opens nothing.
    this.#boot = '';
    this.#bootAt = Number.POSITIVE_INFINITY;
    for (const [key, { since }] of this.#standing) if (since > at - KEPT_MS) this.#standing.delete(key);
  }

  started(boot: string, at: number): void {
    this.#boot = boot;
    this.#bootAt = at;
    this.#mustOpen = [];
    for (const contact of this.#contacts) contact.reads = 0;
    for (const { lanes } of this.#standing.values())
      for (const lane of lanes) this.#scene.agenda.after(RECALLED_MS, () => this.#judgeRecalled(lane, boot));
  }

  polled(device: string, values: Readonly<Record<string, boolean>>, at: number): void {
    for (const contact of this.#contacts) {
      const value = contact.input.device === device ? values[contact.input.id] : undefined;
      if (value === undefined) continue;
      const isFresh = contact.reads > 0 && at - contact.at <= contact.yard.plan.model.timing.staleAfterMs;
      const isBelieved = value && ((isFresh && !contact.value) || (contact.value && isFresh));
      contact.reads = isFresh && contact.value === value ? contact.reads + 1 : 1;
      contact.value = value;
      contact.at = at;
      if (isBelieved) this.#begin(contact, at);
    }
  }

  polledQuietly(device: string, at: number): void {
    for (const contact of this.#contacts) if (contact.input.device === device) contact.at = at;
  }

  wentSilent(device: string): void {
    for (const contact of this.#contacts) if (contact.input.device === device) contact.reads = 0;
  }

  requested(request: Request): void {
    this.#released = request.kind === 'releaseClaim' ? request : null;
    if (request.kind !== 'emergency') return;
    const { reach } = request;
    const route = reach.kind === 'route' ? this.#model.routes.find(({ id }) => id === reach.route) : undefined;
    const key =
      reach.kind === 'site' ? 'order:site' : `order:${reach.kind}:${reach.kind === 'lane' ? reach.lane : reach.route}`;
    const lanes =
      reach.kind === 'site'
        ? this.#model.lanes.map(({ id }) => id)
        : reach.kind === 'lane'
          ? [reach.lane]
          : (route?.lanes ?? []);
    if (lanes.length > 0) this.#stand(key, lanes);
  }

  ordered({ lane, action, priority }: Command, at: number): void {
    if (action !== 'holdOn' && action !== 'pulseOpen') return;
    this.#openedAt.set(lane, at);
    if (priority === 'emergency') this.#assertedAt.set(lane, at);
  }

  framed(command: Command, at: number): void {
    if (command.action === 'stop') this.#stoppedAt.set(command.lane, at);
    if (command.action !== 'pulseClose' && command.action !== 'holdOff') return;
    for (const [key, { lanes }] of this.#standing)
      if (lanes.has(command.lane)) throw new Broken('I3', 'a close while an emergency stands', { key, command, at });
  }

  recorded(record: JournalRecord, at: number): void {
    const { body } = record;
    const key = String(body.key);
    if (record.kind === 'claim' && body.purpose === 'emergency' && body.heldMs !== undefined && record.lane !== null)
      this.#stand(key, [record.lane]);
    if (record.kind === 'decision' && record.lane !== null && this.stands) this.#judgeDecision(record, record.lane);
    if (record.kind !== 'claimEnded' || !this.#standing.has(key)) return;
    const request = this.#released;
    const by = request?.kind === 'releaseClaim' && request.key === key ? request.by : null;
    const isOnSpot = by !== null && by.name !== null && ON_THE_SPOT.includes(by.via);
    if (!isOnSpot) throw new Broken('I3', 'an emergency ended without a named person on the spot', { key, by, at });
    const active = this.#contacts.find(
      ({ input, value, reads }) => value && reads > 0 && input.role !== 'button' && keyOf(input) === key,
    );
    if (active !== undefined) throw new Broken('I3', 'an emergency ended while its contact is active', { key, at });
    this.#standing.delete(key);
  }

  /** The way out stays open to everybody; nobody is let in against the engines (I16). */
  #judgeDecision({ body, direction }: JournalRecord, lane: string): void {
    const { outcome, code, via } = body;
    // Four grants before him: the boom is up, or on its way, for those.
    // What a pulse would do to a step input's boom is not known there: a person opens.
    const isBusy = code === 'grantQueueFull' || code === 'outOfService' || this.#yard(lane)?.boom.plan.isStep === true;
    // A guard who says no where a technician works says it himself.
    const isPersonal = via !== null && outcome === 'denied';
    if (direction === 'out' && outcome !== 'granted' && !isBusy && !isPersonal)
      throw new Broken('I16', 'somebody is kept inside during an emergency', { lane, code });
    const isPerson = code === 'guardGranted' || code === 'emergencyVehicle';
    if (direction !== 'in' || outcome !== 'granted' || isPerson) return;
    const against = this.#model.routes.find((route) => route.direction === 'out' && route.lanes.includes(lane));
    const isOpen = [...this.#standing].some(
      ([key]) => key === 'order:site' || (against !== undefined && key === `order:route:${against.id}`),
    );
    if (against !== undefined && isOpen)
      throw new Broken('I3', 'an entry is granted against an open emergency route', { lane, code });
  }

  taken(_input: unknown, at: number): void {
    const must = this.#mustOpen;
    this.#mustOpen = [];
    for (const { lane, key } of must) {
      const yard = this.#yard(lane);
      if (
        yard === undefined ||
        mayTurn(yard, at, this.#openedAt.get(lane) ?? 0) ||
        at - (this.#assertedAt.get(lane) ?? Number.NEGATIVE_INFINITY) <= REPEAT_MS ||
        standsOpen(yard) ||
        this.#isOutOfSight(yard)
      )
        continue;
      throw new Broken('I4', 'a cause of emergency does not open its lane at once', { lane, key, at });
    }
  }

  /** At the end: has everything been released? */
  atEnd(): void {
    if (this.stands) throw new Broken('L1', 'an emergency stands although it was released', [...this.#standing.keys()]);
  }

  #begin({ yard, input }: Contact, at: number): void {
    if (input.role === 'button' || input.role === 'fireNo') return;
    if (input.supervision === 'pair') {
      const other = this.#contacts.find((one) => one.yard === yard && one.input.role === 'fireNo');
      if (other?.value !== true || at - other.at > 0) return;
    }
    const key = keyOf(input);
    if (this.#standing.has(key)) return;
    const { routes } = this.#model;
    const own = routes.filter(({ lanes }) => lanes.includes(yard.id)).flatMap(({ lanes }) => lanes);
    const lanes =
      input.reach === 'site'
        ? this.#model.lanes.map(({ id }) => id)
        : input.reach === 'lane' || own.length === 0
          ? [yard.id]
          : own;
    this.#stand(key, lanes);
  }

  #stand(key: string, lanes: readonly string[]): void {
    const { now } = this.#scene.agenda;
    if (this.#standing.has(key)) return;
    this.#standing.set(key, { since: now, lanes: new Set(lanes) });
    for (const lane of lanes) {
      this.#mustOpen.push({ lane, key });
      this.#scene.agenda.after(IN_TIME_MS, () => this.#judgeInTime(lane, key, now));
    }
  }

  #judgeInTime(lane: string, key: string, since: number): void {
    const yard = this.#yard(lane);
    if (yard === undefined || this.#standing.get(key)?.since !== since) return;
    const { lostFrame, refused } = this.#scene.field.luck;
    const lives =
      yard.boom.works &&
      !this.#scene.field.isDown(boardOf(yard)) &&
      lostFrame === 0 &&
      refused === 0 &&
      this.#bootAt < since;
    const canHold = yard.plan.model.portal.kind !== 'none' && yard.boom.plan.isStep === false;
    if (!lives || !canHold) return;
    const { now } = this.#scene.agenda;
    const { portal } = yard.plan.model;
    const isHeld = yard.boom.isHeld || (portal.kind === 'barrier' && portal.hold === 'none');
    // Relays that a short loss of power has let go are missed where the board reads back; without a limit they are asserted every 30 s.
    const { boards, hazards } = this.#scene.plan;
    const readsBack = boards.some((board) => board.id === boardOf(yard) && board.readsBack);
    const isSeen = !hazards.has('boardSilent') || (readsBack && portal.kind === 'barrier' && portal.hasOpenLimit);
    if (!isHeld && isSeen) throw new Broken('I3', 'a lane is open in an emergency and nothing holds it', { lane, key });
    if (!isHeld) return;
    const limit = yard.sensor('openLimit');
    // A limit that sticks shows a boom open that somebody has stopped on its way.
    if (limit !== undefined && yard.stateOf(limit.input.id) === 'on') return;
    // Nobody sees that a person has stopped it half way: it is said again every 30 s.
    const isStopped = now - (this.#stoppedAt.get(lane) ?? Number.NEGATIVE_INFINITY) < IN_TIME_MS + 2 * REPEAT_MS;
    if (isStopped && portal.kind === 'barrier' && !portal.hasOpenLimit) return;
    // Repaired a moment ago it may be on its way.
    if (yard.boom.isUp || yard.boom.isRising || now - (this.#openedAt.get(lane) ?? 0) < 2500) return;
    if (yard.plan.model.portal.kind === 'barrier' && yard.plan.model.portal.hold === 'none') return;
    throw new Broken('I3', 'a lane is not open 30 s after the cause', { lane, key, height: yard.boom.height });
  }

  /** A step input gets no pulse while nobody can tell where its boom is. */
  #isOutOfSight(yard: LaneYard): boolean {
    return yard.boom.plan.isStep && this.#scene.field.isDown(boardOf(yard));
  }

  /** What stood before the power cut is asserted again. */
  #judgeRecalled(lane: string, boot: string): void {
    const yard = this.#yard(lane);
    const stands = [...this.#standing.values()].some(({ lanes, since }) => lanes.has(lane) && since < this.#bootAt);
    if (yard === undefined || this.#boot !== boot || !stands) return;
    const asked = (this.#openedAt.get(lane) ?? Number.NEGATIVE_INFINITY) >= this.#bootAt;
    const at = this.#scene.agenda.now;
    if (asked || standsOpen(yard) || this.#isOutOfSight(yard) || mayTurn(yard, at, this.#openedAt.get(lane) ?? 0))
      return;
    throw new Broken('I3', 'the latch was forgotten at a restart', { lane, boot });
  }

  #yard(lane: string): LaneYard | undefined {
    return this.#scene.yards.find(({ id }) => id === lane);
  }
}

function keyOf({ role, device, id }: InputModel): string {
  return `${role}:${device}.${id}`;
}

/** Open and held, as far as it can be: nothing is to be sent. A limit that lies is no fault of whoever believes it. */
function standsOpen(yard: LaneYard): boolean {
  const { portal } = yard.plan.model;
  const limit = yard.sensor('openLimit');
  const isMisled = limit !== undefined && yard.stateOf(limit.input.id) !== 'works';
  const isHeld = yard.boom.isHeld || (portal.kind === 'barrier' && portal.hold === 'none');
  return isHeld && (yard.boom.isUp || isMisled);
}

/**
 * A step input is not told to turn a risen boom round: also not where nothing measures it and the board has lowered it unseen, for
 * as long as it is presumed to stand open. `openedAt`: the newest opening, heard or not.
 */
function mayTurn(yard: LaneYard, at: number, openedAt: number): boolean {
  const { boom, plan } = yard;
  const { portal, timing } = plan.model;
  if (!boom.plan.isStep || portal.kind !== 'barrier') return false;
  if (!boom.isDown) return true;
  // A pulse is not given blindly: while its limits say nothing or lie, or just after another pulse, nobody knows what it would do.
  const limits = plan.sensors.filter(({ input: { role } }) => role === 'openLimit' || role === 'closedLimit');
  if (limits.some(({ input }) => yard.stateOf(input.id) !== 'works') || at - openedAt <= EFFECT_MS) return true;
  if (portal.hasClosedLimit) return at - boom.closedAt <= SEEN_MS;
  const isFelt = plan.sensors.some((one) => one.input.role === 'obstruction' && yard.says(one) !== false);
  return (
    isFelt || at - Math.max(boom.closedAt, openedAt) <= PRESUMED_UP_MS + 2 * (timing.notTakenAfterMs + portal.travelMs)
  );
}

function boardOf({ plan: { model } }: LaneYard): string {
  return model.portal.kind === 'none' ? '' : model.portal.device;
}
