/**
 * A small deterministic world around `step`: virtual time, named timers, a boom, sensors polled at 10 Hz, a journal that
 * acknowledges when it is told to, and a list. What no gate may ever do is checked at every step (`lane-laws.ts`).
 */
import type { Command, Effect, Fault, Input, JournalRecord, Outcome, Request } from '../../src/core/io.ts';
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { LaneState } from '../../src/core/lane/state.ts';
import type { Observation, PlateRead } from '../../src/core/presentation.ts';
import type { LaneModel, RouteModel } from '../../src/core/site-model.ts';
import { beginSite, type SiteState } from '../../src/core/site-state.ts';
import { step, wantedKeys } from '../../src/core/step.ts';
import { monday } from './decide-fixtures.ts';
import { Boom } from './lane-boom.ts';
import { checkLaws } from './lane-laws.ts';
import { siteModel, type WorldOptions } from './lane-site.ts';
import { type Due, Timeline } from './lane-timeline.ts';

export type Fate = Outcome['result'] | 'heardButUnanswered';

export interface Sent {
  readonly at: number;
  readonly command: Command;
}

const POLL_MS = 100;
const WIRE_MS = 20;
const ACK_LIMIT_MS = 300;

export class World {
  site: SiteState;
  wallTrusted = true;
  rows: readonly ListRow[];
  /** Milliseconds until a record is durable, or the disk refuses. */
  journal: number | 'refuses' = 0;
  fate: (command: Command) => Fate = () => 'confirmed';
  readonly sent: Sent[] = [];
  readonly records: JournalRecord[] = [];
  readonly effects: Effect[] = [];
  readonly booms = new Map<string, Boom>();
  readonly watched = new Map<string, string>();
  readonly #levels = new Map<string, boolean>();
  readonly #outputs = new Map<string, Record<string, boolean>>();
  readonly #down = new Set<string>();
  readonly #muted = new Set<string>();
  readonly #time = new Timeline(1000);
  readonly #timers = new Map<string, Due>();
  readonly #waiting = new Map<string, Command>();
  #acked = 0;

  constructor(options: WorldOptions) {
    this.rows = options.rows ?? [];
    this.site = beginSite(siteModel(options), 'boot', this.now);
    for (const lane of options.lanes) {
      if (lane.portal.kind === 'none' || lane.portal.kind === 'door') continue;
      this.booms.set(
        lane.portal.device,
        new Boom({
          travelMs: lane.portal.travelMs,
          boardClosesAfterMs: options.boardClosesAfterMs ?? null,
          startsOpen: options.startsOpen ?? false,
        }),
      );
    }
    for (const device of new Set(options.lanes.flatMap((lane) => lane.inputs.map((input) => input.device))))
      this.#time.at(this.now, () => this.#poll(device));
  }

  lane(id = 'east'): LaneState {
    const state = this.site.lanes[id];
    if (state === undefined) throw new Error(`no lane ${id}`);
    return state;
  }

  boom(device = 'board'): Boom {
    const boom = this.booms.get(device);
    if (boom === undefined) throw new Error(`no boom ${device}`);
    return boom;
  }

  get faults(): readonly string[] {
    return Object.values(this.site.faults).map((fault: Fault) => fault.code);
  }

  ofKind(kind: string): readonly JournalRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  actions(): readonly string[] {
    return this.sent.map(({ command }) => command.action);
  }

  // ------------------------------------------------------------ what happens

  /** A sensor, button or contact changes; it is seen at the next poll. */
  set(input: string, value: boolean, device = 'board'): void {
    this.#levels.set(`${device}.${input}`, value);
  }

  /** The boom's own limit switch again. */
  unset(input: string, device = 'board'): void {
    this.#levels.delete(`${device}.${input}`);
  }

  level(input: string, device = 'board'): boolean {
    return this.#levels.get(`${device}.${input}`) === true;
  }

  /** What the board reads back of its own outputs, from now on. */
  outputs(states: Record<string, boolean>, device = 'board'): void {
    this.#outputs.set(device, states);
  }

  /** The input is no longer part of the replies. */
  mute(input: string, device = 'board'): void {
    this.#muted.add(`${device}.${input}`);
  }

  unmute(input: string, device = 'board'): void {
    this.#muted.delete(`${device}.${input}`);
  }

  silence(device = 'board', told = true): void {
    this.#down.add(device);
    if (told) this.observe({ kind: 'deviceSilent', device, why: 'no answer' });
  }

  bringBack(device = 'board'): void {
    this.#down.delete(device);
    this.observe({ kind: 'deviceReturned', device });
  }

  plate(raw: string, change: Partial<PlateRead> = {}): void {
    this.observe({
      kind: 'plateRead',
      device: 'camera',
      raw,
      color: 'blue',
      confidence: 0.9,
      heading: 'approaching',
      late: false,
      eventId: null,
      cameraWall: null,
      receivedAt: this.now,
      vendor: {},
      ...change,
    });
  }

  card(value: string, change: { readonly late?: 'replayed' | 'held'; readonly device?: string } = {}): void {
    const { late = false, device = 'reader' } = change;
    this.observe({ kind: 'cardRead', device, bits: 24, value, format: 'w26', receivedAt: this.now, late });
  }

  observe(observation: Observation): void {
    this.feed({ kind: 'observed', now: this.#now(), observation, facts: null });
  }

  request(request: Request): void {
    this.feed({ kind: 'requested', now: this.#now(), request, facts: null });
  }

  guard(kind: 'guardOpen' | 'guardClose' | 'guardStop', lane = 'east'): void {
    this.request({ kind, lane, by: { via: 'screen', name: '王' } });
  }

  claim(
    purpose: 'hold' | 'lockdown' | 'outOfService' | 'fire' | 'emergency',
    key: string = purpose,
    expiresInMs: number | null = null,
  ): void {
    this.request({
      kind: 'claim',
      lane: 'east',
      by: { via: 'screen', name: '王' },
      purpose,
      key,
      reason: '',
      expiresInMs,
    });
  }

  release(key: string, by: { via: string; name: string | null } = { via: 'screen', name: '王' }): void {
    this.request({ kind: 'releaseClaim', lane: 'east', by, key });
  }

  listsChanged(rows: readonly ListRow[]): void {
    this.rows = rows;
    this.feed({ kind: 'listsChanged', now: this.#now(), facts: null });
  }

  clockSteps(byMs: number): void {
    this.feed({ kind: 'clockStepped', now: this.#now(), byMs });
  }

  replace(lanes: readonly LaneModel[], routes: readonly RouteModel[] = this.site.model.routes): void {
    this.feed({ kind: 'siteReplaced', now: this.#now(), model: { ...this.site.model, lanes, routes } });
  }

  /** The process ends, whatever was on its way to a record or a timer with it, and the next one knows the configuration alone. */
  restart(): void {
    for (const due of this.#timers.values()) this.#time.cancel(due);
    this.#timers.clear();
    this.#waiting.clear();
    const { model, nextRef, boot } = this.site;
    this.site = { ...beginSite(model, `${boot}+`, this.now), nextRef };
  }

  /** A broken one stays broken until it is mended. */
  slowJournal(ms: number): void {
    if (this.journal !== 'refuses') this.journal = ms;
  }

  breakJournal(): void {
    this.journal = 'refuses';
    this.feed({ kind: 'journalRefused', now: this.#now(), ref: this.#acked + 1, why: 'disk full' });
    for (const command of [...this.#waiting.values()]) this.#withoutJournal(command.id);
  }

  mendJournal(): void {
    this.journal = 0;
    this.#ack(this.site.nextRef - 1);
    this.feed({ kind: 'journalMended', now: this.#now(), facts: null });
  }

  get now(): number {
    return this.#time.now;
  }

  /** Lets time pass, event by event. */
  run(ms: number): void {
    this.#time.run(ms);
    for (const boom of this.booms.values()) boom.advance(this.now, false);
  }

  /** Until `done`, or fails after `limitMs` of virtual time. */
  until(done: () => boolean, limitMs = 120_000): void {
    for (let waited = 0; !done(); waited += 50) {
      if (waited > limitMs) throw new Error(`still waiting after ${limitMs} ms`);
      this.run(50);
    }
  }

  // ------------------------------------------------------------ machinery

  feed(input: Input): void {
    const keys = 'facts' in input ? wantedKeys(this.site, input) : null;
    const facts =
      keys === null
        ? null
        : {
            listVersion: 'v1',
            listAgeMs: 1000,
            rows: this.rows.filter((row) => keys.exact.includes(row.key)),
            near: this.rows.filter((row) => keys.near.includes(row.key)),
            lookupUs: 50,
            available: true,
          };
    const before = this.site;
    const { site, effects } = step(before, 'facts' in input ? { ...input, facts } : input);
    this.site = site;
    checkLaws(before, input, site, effects);
    this.effects.push(...effects);
    for (const effect of effects) this.#perform(effect);
    if (this.journal !== 'refuses' && effects.some((effect) => effect.kind === 'record')) {
      const upTo = site.nextRef - 1;
      if (this.journal === 0) this.#ack(upTo);
      else this.#time.at(this.now + this.journal, () => this.#ack(upTo));
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'record':
        this.records.push(effect.record);
        break;
      case 'command':
        if (effect.command.after === null) this.#send(effect.command);
        else this.#hold(effect.command);
        break;
      case 'withdraw': {
        const waiting = this.#waiting.get(effect.command);
        if (waiting === undefined) break;
        this.#waiting.delete(effect.command);
        this.#settle(waiting, 'expired', null, 0);
        break;
      }
      case 'arm':
        this.#disarm(effect.timer);
        this.#timers.set(
          effect.timer,
          this.#time.at(effect.at, () => {
            this.#timers.delete(effect.timer);
            this.feed({ kind: 'elapsed', now: this.#now(), timer: effect.timer, facts: null });
          }),
        );
        break;
      case 'disarm':
        this.#disarm(effect.timer);
        break;
      case 'watch':
        this.watched.set(effect.device, effect.level);
        break;
      case 'raise':
      case 'clear':
        break;
    }
  }

  #hold(command: Command): void {
    this.#waiting.set(command.id, command);
    if (this.journal === 'refuses') this.#withoutJournal(command.id);
    else this.#time.at(this.now + ACK_LIMIT_MS, () => this.#withoutJournal(command.id));
  }

  #withoutJournal(id: string): void {
    const command = this.#waiting.get(id);
    if (command === undefined) return;
    this.#waiting.delete(id);
    if (command.evenIfJournalBroken) this.#send(command);
    else this.#settle(command, 'refused', null, 0, 'journalBroken');
  }

  #ack(ref: number): void {
    this.#acked = Math.max(this.#acked, ref);
    if (this.site.reservations.length > 0) this.feed({ kind: 'journalAcked', now: this.#now(), ref: this.#acked });
    for (const command of [...this.#waiting.values()]) {
      if ((command.after ?? 0) > this.#acked) continue;
      this.#waiting.delete(command.id);
      this.#send(command);
    }
  }

  /** The driver and the wire: a close goes out only while its inputs are physically clear (I2). */
  #send(command: Command): void {
    if (this.now > command.deadline) return this.#settle(command, 'expired', null, 0);
    if (this.#down.has(command.device)) return this.#settle(command, 'unreachable', null, WIRE_MS);
    const { device } = command;
    const unseen = (name: string): boolean => this.level(name, device) || this.#muted.has(`${device}.${name}`);
    if (command.onlyIfClear.some(unseen)) return this.#settle(command, 'notClear', null, WIRE_MS);
    const fate = this.fate(command);
    const heard = fate === 'confirmed' || fate === 'heardButUnanswered';
    if (fate === 'confirmed' || fate === 'heardButUnanswered' || fate === 'unanswered')
      this.sent.push({ at: this.now, command });
    if (heard) this.booms.get(command.device)?.obey(command.action, this.now);
    const result = fate === 'heardButUnanswered' ? 'unanswered' : fate;
    this.#settle(command, result, result === 'confirmed' || result === 'unanswered' ? this.now : null, WIRE_MS);
  }

  #settle(command: Command, result: Outcome['result'], sentAt: number | null, afterMs: number, detail = ''): void {
    this.#time.at(this.now + afterMs, () =>
      this.feed({
        kind: 'outcome',
        now: this.#now(),
        outcome: {
          command: command.id,
          device: command.device,
          result,
          sentAt,
          committedAt: null,
          settledAt: this.now,
          detail,
        },
      }),
    );
  }

  #poll(device: string): void {
    this.#time.at(this.now + POLL_MS, () => this.#poll(device));
    const boom = this.booms.get(device);
    boom?.advance(this.now, this.level('obstruction', device));
    if (this.#down.has(device)) return;
    const values: Record<string, boolean> = {};
    for (const lane of this.site.model.lanes)
      for (const input of lane.inputs) {
        if (input.device !== device || this.#muted.has(`${device}.${input.id}`)) continue;
        if (input.role === 'openLimit' && boom !== undefined && !this.#levels.has(`${device}.${input.id}`))
          values[input.id] = boom.isUp;
        else if (input.role === 'closedLimit' && boom !== undefined && !this.#levels.has(`${device}.${input.id}`))
          values[input.id] = boom.isDown;
        else values[input.id] = this.level(input.id, device);
      }
    const outputs = this.#outputs.get(device);
    this.observe({ kind: 'inputsRead', device, at: this.now, values, ...(outputs === undefined ? {} : { outputs }) });
  }

  #now() {
    return { mono: this.now, wall: monday + this.now, wallTrusted: this.wallTrusted };
  }

  #disarm(timer: string): void {
    const event = this.#timers.get(timer);
    this.#timers.delete(timer);
    if (event !== undefined) this.#time.cancel(event);
  }
}
