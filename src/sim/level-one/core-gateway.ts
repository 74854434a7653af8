/**
 * The real core in place of a gateway: inputs are taken one by one, effects performed in their order, commands held for their
 * records, as `runtime/loop.ts` does with bytes and threads around it. It can lose its power between any two effects.
 */
import type { Latch } from '../../core/emergency/latch.ts';
import type { Command, Effect, Fault, Input, JournalRecord, Outcome, Request } from '../../core/io.ts';
import type { Observation } from '../../core/presentation.ts';
import type { SiteModel } from '../../core/site-model.ts';
import type { SiteState } from '../../core/site-state.ts';
import type { Step } from '../../core/step.ts';
import type { Facts, LookupKeys } from '../../core/decide/facts.ts';
import type { Now } from '../../core/values.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from '../yard/agenda.ts';
import type { Field, GatewayPort } from '../yard/field.ts';
import { Broken, type Witness } from '../yard/witness.ts';
import { Disk } from './disk.ts';
import { LatchKeeper } from './latch-keeper.ts';
import { ReasonKeeper } from './reason-keeper.ts';
import { Satisfaction } from './satisfaction.ts';
import type { Registry } from './registry.ts';

/** What a run needs of the core: the real one, or a copy with a planted bug. */
export interface Core {
  step(site: SiteState, input: Input): Step;
  wantedKeys(site: SiteState, input: Input): LookupKeys | null;
  beginSite(model: SiteModel, boot: string, mono: number, faults?: readonly Fault[]): SiteState;
  latchOf(site: SiteState): Latch;
}

export interface CoreGatewayPorts {
  readonly core: Core;
  readonly agenda: Agenda;
  readonly field: Field;
  readonly registry: Registry;
  readonly witness: Required<Witness>;
  readonly random: Random;
  readonly wall: () => { readonly wall: number; readonly wallTrusted: boolean };
}

const ACK_LIMIT_MS = 300;
const RECALLED_READS = 64;
/** A monotonic clock begins anew with each boot, somewhere. */
const MONO_BEGINS = 1000;
/** Faults that no reading would raise again stand over a restart. */
const STICKY: readonly string[] = ['obstructionHunting', 'obstructionSilent'];

export class CoreGateway implements GatewayPort {
  readonly disk: Disk;
  readonly #ports: CoreGatewayPorts;
  readonly #keeper: LatchKeeper;
  readonly #reasons: ReasonKeeper;
  readonly #standing = new Map<string, Fault>();
  #site: SiteState | null = null;
  #model: SiteModel;
  #bootAt = 0;
  #boots = 0;
  #acked = 0;
  #inputs: Input[] = [];
  #isBusy = false;
  /** Power goes after so many further effects; null = it stays. */
  #cutAfter: number | null = null;
  #whenCut: (() => void) | null = null;
  readonly #timers = new Map<string, Due>();
  readonly #waiting = new Map<string, { readonly command: Command; readonly due: Due | null }>();
  readonly #satisfied = new Satisfaction();

  constructor(ports: CoreGatewayPorts, model: SiteModel) {
    this.#ports = ports;
    this.#model = model;
    this.disk = new Disk(ports.agenda, ports.random.fork('disk'), (record) => ports.registry.took(record));
    this.#keeper = new LatchKeeper(ports.agenda, this.disk, ports.random.fork('latch'));
    this.#reasons = new ReasonKeeper(this.disk);
  }

  get isOn(): boolean {
    return this.#site !== null;
  }

  get model(): SiteModel {
    return this.#model;
  }

  // ------------------------------------------------------------ power

  start(): void {
    const { core, agenda, field, random, witness } = this.#ports;
    const boot = `b${++this.#boots}`;
    this.#bootAt = agenda.now - MONO_BEGINS;
    this.#acked = 0;
    this.#site = core.beginSite(this.#model, boot, this.#mono());
    this.#reasons.begin(this.#site.owedReasons);
    const openAt = agenda.now + random.whole(20, 250);
    this.disk.begin(boot, openAt, {
      acked: (ref) => this.#ackedUpTo(ref),
      refused: (ref, why) => this.#refused(ref, why),
      mended: () => {
        witness.journalRefuses(false, agenda.now);
        this.#feed({ kind: 'journalMended', now: this.#now(), facts: null });
      },
    });
    witness.started(boot, agenda.now);
    const kept = this.#keeper.fromFile();
    if (kept !== null) this.request(kept);
    field.attach(this);
    agenda.at(openAt, () => {
      if (this.#site?.boot === boot) this.#databaseOpened();
    });
  }

  /** After `effects` further effects the power is gone; `done` is called then. */
  cutAfter(effects: number, done: () => void): void {
    this.#cutAfter = effects;
    this.#whenCut = done;
  }

  cut(): void {
    const { agenda, field, witness, random } = this.#ports;
    if (this.#site === null) return;
    this.#site = null;
    this.#cutAfter = null;
    this.#inputs = [];
    for (const due of this.#timers.values()) due.isOff = true;
    this.#timers.clear();
    for (const { due } of this.#waiting.values()) if (due !== null) due.isOff = true;
    this.#waiting.clear();
    this.#satisfied.forget();
    field.attach(null);
    this.disk.cut(random.chance(0.5));
    this.#keeper.cut();
    witness.cut(agenda.now);
    const done = this.#whenCut;
    this.#whenCut = null;
    done?.();
  }

  #databaseOpened(): void {
    const latch = this.#keeper.fromDatabase();
    if (latch !== null) this.request(latch);
    const owed = this.#reasons.recalled();
    if (owed !== null) this.request(owed);
    for (const { code, subject, detail } of [...this.#standing.values()])
      if (STICKY.includes(code)) this.request({ kind: 'systemFault', code, subject, raised: true, detail });
    this.#standing.clear();
    const reads = this.disk.records.slice(-600).filter(({ record }) => record.kind === 'plateRead');
    const heard = reads.slice(-RECALLED_READS).flatMap(({ record: { lane, body, personal } }) => {
      const { device, eventId, cameraWall } = body;
      const raw = personal?.raw;
      if (lane === null || typeof device !== 'string' || typeof raw !== 'string') return [];
      return [
        {
          ...{ lane, device, raw },
          eventId: typeof eventId === 'string' ? eventId : null,
          cameraWall: typeof cameraWall === 'number' ? cameraWall : null,
        },
      ];
    });
    if (heard.length > 0) this.request({ kind: 'recall', heard });
  }

  // ------------------------------------------------------------ what happens

  observe(observation: Observation): void {
    this.#feed({ kind: 'observed', now: this.#now(), observation: this.#inOurTime(observation), facts: null });
  }

  request(request: Request): void {
    this.#ports.witness.requested(request);
    this.#feed({ kind: 'requested', now: this.#now(), request, facts: null });
  }

  listsChanged(): void {
    this.#feed({ kind: 'listsChanged', now: this.#now(), facts: null });
  }

  clockStepped(byMs: number): void {
    this.#feed({ kind: 'clockStepped', now: this.#now(), byMs });
  }

  replaceSite(model: SiteModel): void {
    this.#model = model;
    this.#ports.witness.replaced(model);
    this.#feed({ kind: 'siteReplaced', now: this.#now(), model });
  }

  // ------------------------------------------------------------ quiet stretches

  isSatisfied(device: string, at: number): boolean {
    return this.#site === null || this.#satisfied.with(this.#site, device, at - this.#bootAt);
  }

  readAgain(device: string, at: number): void {
    for (const { timer, inMs } of this.#satisfied.readAgain(device, at - this.#bootAt))
      this.#arm(timer, at - this.#bootAt + inMs);
  }

  /** How much the core remembers, in characters: it may not grow for ever (I15). */
  get size(): number {
    return this.#site === null ? 0 : JSON.stringify(this.#site).length;
  }

  // ------------------------------------------------------------ machinery

  #mono(): number {
    return this.#ports.agenda.now - this.#bootAt;
  }

  #now(): Now {
    return { mono: this.#mono(), ...this.#ports.wall() };
  }

  #inOurTime(observation: Observation): Observation {
    if (observation.kind === 'inputsRead') return { ...observation, at: observation.at - this.#bootAt };
    if (observation.kind === 'plateRead' || observation.kind === 'cardRead')
      return { ...observation, receivedAt: observation.receivedAt - this.#bootAt };
    return observation;
  }

  #feed(input: Input): void {
    if (this.#site === null) return;
    this.#inputs.push(input);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#take(next);
    } finally {
      this.#isBusy = false;
    }
  }

  #take(asked: Input): void {
    const { core, witness, agenda } = this.#ports;
    if (this.#site === null) return;
    const before = this.#satisfied.catchUp(this.#site);
    const input = this.#withFacts(before, asked);
    let taken: Step;
    try {
      taken = core.step(before, input);
    } catch (error) {
      throw new Broken('step', 'threw into the loop', { input: input.kind, error: String(error) });
    }
    this.#site = taken.site;
    this.#satisfied.note(before, taken, input);
    for (const effect of taken.effects) {
      // A timer is lost with the power in any case; one that a reading sets anew is no moment of its own.
      const isTimer = effect.kind === 'arm' || effect.kind === 'disarm';
      if (!isTimer && this.#cutAfter !== null && this.#cutAfter-- <= 0) return this.cut();
      this.#perform(effect);
    }
    if (this.#site === null) return;
    if (taken.site.emergencies !== before.emergencies || taken.site.faults !== before.faults)
      this.#keeper.look(core.latchOf(taken.site));
    this.#reasons.look(taken.site.owedReasons);
    witness.taken(input, agenda.now);
  }

  #withFacts(site: SiteState, input: Input): Input {
    if (!('facts' in input)) return input;
    const keys = this.#ports.core.wantedKeys(site, input);
    if (keys === null) return input;
    const facts: Facts = this.#ports.registry.lookup(keys, this.disk.isOpen);
    return { ...input, facts };
  }

  #perform(effect: Effect): void {
    const { witness, field } = this.#ports;
    switch (effect.kind) {
      case 'record':
        this.#record(effect.record);
        break;
      case 'command':
        if (effect.command.after === null) this.#send(effect.command, null);
        else this.#hold(effect.command, effect.command.after);
        break;
      case 'withdraw':
        this.#withdraw(effect.command);
        break;
      case 'arm':
        witness.armed(effect.timer, effect.at - this.#mono());
        this.#arm(effect.timer, effect.at);
        break;
      case 'disarm':
        this.#disarm(effect.timer);
        break;
      case 'watch':
        field.watch(effect.device, effect.level);
        break;
      case 'raise':
        this.#standing.set(`${effect.fault.code}@${effect.fault.subject}`, effect.fault);
        witness.fault(effect.fault.code, effect.fault.subject, true);
        break;
      case 'clear':
        this.#standing.delete(`${effect.code}@${effect.subject}`);
        witness.fault(effect.code, effect.subject, false);
        break;
    }
  }

  #record(record: JournalRecord): void {
    this.#ports.witness.recorded(record, this.#ports.agenda.now);
    this.disk.append([record]);
  }

  #arm(timer: string, at: number): void {
    this.#disarm(timer);
    const due = this.#ports.agenda.at(at + this.#bootAt, () => {
      this.#timers.delete(timer);
      this.#feed({ kind: 'elapsed', now: this.#now(), timer, facts: null });
    });
    this.#timers.set(timer, due);
  }

  #disarm(timer: string): void {
    const due = this.#timers.get(timer);
    if (due !== undefined) due.isOff = true;
    this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  #hold(command: Command, after: number): void {
    if (after <= this.#acked) return this.#send(command, null);
    if (this.disk.isBroken) {
      this.#waiting.set(command.id, { command, due: null });
      return this.#withoutJournal(command.id);
    }
    const due = this.#ports.agenda.after(ACK_LIMIT_MS, () => this.#withoutJournal(command.id));
    this.#waiting.set(command.id, { command, due });
  }

  #ackedUpTo(ref: number): void {
    const { witness, agenda } = this.#ports;
    this.#acked = Math.max(this.#acked, ref);
    witness.durable(ref, agenda.now);
    for (const { command, due } of [...this.#waiting.values()]) {
      if ((command.after ?? 0) > ref) continue;
      if (due !== null) due.isOff = true;
      this.#waiting.delete(command.id);
      this.#send(command, this.#mono());
    }
    if ((this.#site?.reservations.length ?? 0) > 0) this.#feed({ kind: 'journalAcked', now: this.#now(), ref });
  }

  #refused(ref: number, why: string): void {
    this.#ports.witness.journalRefuses(true, this.#ports.agenda.now);
    this.#feed({ kind: 'journalRefused', now: this.#now(), ref, why });
    for (const { command } of [...this.#waiting.values()])
      if ((command.after ?? 0) >= ref) this.#withoutJournal(command.id);
  }

  #withoutJournal(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry === undefined) return;
    if (entry.due !== null) entry.due.isOff = true;
    this.#waiting.delete(id);
    if (entry.command.evenIfJournalBroken) this.#send(entry.command, null);
    else this.#settle(entry.command, 'refused', null, null, 'journalBroken');
  }

  #withdraw(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry === undefined) return this.#ports.field.withdraw(id);
    if (entry.due !== null) entry.due.isOff = true;
    this.#waiting.delete(id);
    this.#settle(entry.command, 'expired', null, null, 'withdrawn');
  }

  #send(command: Command, committedAt: number | null): void {
    if (this.#mono() > command.deadline) return this.#settle(command, 'expired', null, null, 'deadline');
    const boot = this.#site?.boot;
    const onTheWire = { ...command, deadline: command.deadline + this.#bootAt };
    this.#ports.field.command(onTheWire, (result, sentAt) => {
      if (this.#site === null || this.#site.boot !== boot) return;
      this.#settle(command, result, sentAt === null ? null : sentAt - this.#bootAt, committedAt, '');
    });
  }

  #settle(
    command: Command,
    result: Outcome['result'],
    sentAt: number | null,
    committedAt: number | null,
    detail: string,
  ): void {
    const now = this.#now();
    const { id, device } = command;
    const outcome = { command: id, device, result, sentAt, settledAt: now.mono, committedAt, detail };
    this.#feed({ kind: 'outcome', now, outcome });
  }
}
