/**
 * Feeds `step` and performs its effects, in order: life safety to the field at once, records to the journal, and every
 * other command when the journal has acknowledged the record that it waits for (design.md "Order of effects"; I1, I4).
 */
import type { Clock } from '../contract/clock.ts';
import type { DriverCommand, DriverOutcome, Receipt } from '../contract/driver.ts';
import type { Command, Effect, Fault, Input, JournalRecord, Request } from '../core/io.ts';
import type { JournalEvents, JournalPort, ListPort } from '../core/ports.ts';
import type { Observation } from '../core/presentation.ts';
import type { SiteModel } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';
import { step, wantedKeys } from '../core/step.ts';
import type { Now } from '../core/values.ts';
import { CommitTimes } from './commit-times.ts';
import { LimitWatch } from './limit-watch.ts';
import { INPUTS_MAX, isReadKind, LoopInbox, type WaitingInput } from './loop-inbox.ts';
import { performInOrder } from './perform-in-order.ts';

export interface LoopField {
  command(device: string, command: DriverCommand): Promise<DriverOutcome>;
  /** Lets what is ordered within go out as one frame, where several lanes hang on one board; at once when it returns. */
  together?(order: () => void): void;
  withdraw(device: string, commandId: string): void;
  watch(device: string, level: 'normal' | 'closing'): void;
}

/** Hears what the loop takes and performs, in the turn in which it does: a simulation's judges. Must not throw. */
export interface LoopEar {
  taking(input: Input): void;
  /** Before each effect, in order. */
  performing(effect: Effect): void;
  /** All effects of the input are performed. */
  taken(input: Input): void;
  /** The field is given the command in this turn. */
  sent(command: Command): void;
  settled(command: Command, result: DriverOutcome['result']): void;
}

export interface LoopPorts {
  readonly clock: Clock;
  readonly field: LoopField;
  readonly journal: JournalPort;
  readonly lists: ListPort;
  /** Shown by a configured probe to be within 5 s of true time; never assumed. */
  wallTrusted(): boolean;
  /** Faults are conditions: they are kept, so that a restart knows what stood. */
  faultChanged(fault: Fault, raised: boolean): void;
  /** After each record has been handed to the journal; for the log, the demo's lines, the screens. */
  recorded(record: JournalRecord): void;
  /** Our own bug: thrown by `step` or a port. The loop goes on. */
  failed(error: unknown, input: Input): void;
  readonly ear?: LoopEar | undefined;
}

/** A record not acknowledged by then counts as a broken journal for the command that waits for it (I1). */
const ACK_LIMIT_MS = 300;
/** Reads whose sender waits for the disk; further ones are refused, and sent again (I15). */
export const RECEIPTS_MAX = 4096;
const STOP_ROUNDS = 8;

interface Waiting {
  readonly command: Command;
  readonly cancelTimer: () => void;
}

interface AwaitedReceipt {
  readonly ref: number;
  readonly resolve: (receipt: Receipt) => void;
}

export class Loop {
  readonly #ports: LoopPorts;
  #site: SiteState;
  readonly #timers = new Map<string, () => void>();
  readonly #inputs = new LoopInbox();
  readonly #waiting = new Map<string, Waiting>();
  /** Device and time of the durable record, by command id. */
  readonly #sent = new Map<string, { readonly device: string; readonly committedAt: number | null }>();
  readonly #receipts: AwaitedReceipt[] = [];
  readonly #overfull: LimitWatch;
  readonly #commits: CommitTimes;
  #busy = false;
  #stopped = false;
  #turns = 0;
  #ackedRef = 0;

  constructor(site: SiteState, ports: LoopPorts) {
    this.#site = site;
    this.#ports = ports;
    this.#commits = new CommitTimes({
      clock: ports.clock,
      note: (kind, body) => this.request({ kind: 'note', record: kind, body }),
    });
    this.#overfull = new LimitWatch({
      clock: ports.clock,
      name: 'loop.overfull',
      isCalm: () => this.#receipts.length <= RECEIPTS_MAX / 2 && this.#inputs.length <= INPUTS_MAX / 2,
      tell: (raised, detail) =>
        this.request({ kind: 'systemFault', code: 'loopOverfull', subject: 'site', raised, detail }),
    });
  }

  get site(): SiteState {
    return this.#site;
  }

  /** Turns taken since the start: the guard thread's proof of useful work. */
  get turns(): number {
    return this.#turns;
  }

  get waitingCommands(): number {
    return this.#waiting.size;
  }

  /** Commands whose outcome is not known yet, those that wait for their record among them. */
  get commandsUnderWay(): number {
    return this.#waiting.size + this.#sent.size;
  }

  now(): Now {
    const { clock } = this.#ports;
    return { mono: clock.mono(), wall: clock.wall(), wallTrusted: this.#ports.wallTrusted() };
  }

  /**
   * Resolves when what the observation caused to be recorded is durable (`recorded`), or is held in memory (`held`). A read
   * for which nobody has room, or that a defect of ours lost, is `refused`: its sender should try again. Nothing else is
   * ever refused; without room for one more receipt it is `held`.
   */
  observe(observation: Observation): Promise<Receipt> {
    const isRead = isReadKind(observation.kind);
    const room = this.#receipts.length < RECEIPTS_MAX;
    if (this.#stopped) return Promise.resolve('refused');
    if (!room) this.#overfull.reached({ limit: 'receipts', most: RECEIPTS_MAX });
    if (isRead && !(room && this.#ports.journal.hasRoom())) return Promise.resolve('refused');
    const { promise, resolve } = Promise.withResolvers<Receipt>();
    const before = this.#site.nextRef;
    this.#feed({ kind: 'observed', now: this.now(), observation, facts: null }, (nextRef, taken) => {
      if (!taken) resolve('refused');
      else if (nextRef === before) resolve('recorded');
      else if (this.#site.journal === 'broken' || !room) resolve('held');
      else this.#receipts.push({ ref: nextRef - 1, resolve });
    });
    return promise;
  }

  request(request: Request): void {
    this.#feed({ kind: 'requested', now: this.now(), request, facts: null }, null);
  }

  listsChanged(): void {
    this.#feed({ kind: 'listsChanged', now: this.now(), facts: null }, null);
  }

  clockStepped(byMs: number): void {
    this.#feed({ kind: 'clockStepped', now: this.now(), byMs }, null);
  }

  replaceSite(model: SiteModel): void {
    this.#feed({ kind: 'siteReplaced', now: this.now(), model }, null);
  }

  /** What would happen, without its happening: a dry run of the same pure function on the same state. */
  rehearse(input: Input): { readonly site: SiteState; readonly effects: readonly Effect[] } {
    return step(this.#site, this.#withFacts(input));
  }

  /** For the journal to call back. */
  journalEvents(): JournalEvents {
    return {
      acked: (ref, _seq, committedAt) => {
        this.#ackedRef = Math.max(this.#ackedRef, ref);
        this.#commits.acked(ref, committedAt);
        this.#releaseUpTo(ref, committedAt);
        this.#settleReceipts(ref, 'recorded');
        if (this.#site.reservations.length > 0) this.#feed({ kind: 'journalAcked', now: this.now(), ref }, null);
      },
      refused: (ref, why) => {
        this.#feed({ kind: 'journalRefused', now: this.now(), ref, why }, null);
        for (const { command } of [...this.#waiting.values()])
          if ((command.after ?? 0) >= ref) this.#withoutJournal(command.id);
        this.#settleReceipts(Number.POSITIVE_INFINITY, 'held');
      },
      mended: () => this.#feed({ kind: 'journalMended', now: this.now(), facts: null }, null),
    };
  }

  /** No input is taken any more; commands that wait are dropped, and the boom is left as it is. */
  stop(): void {
    this.#commits.stop();
    // Dropped with a record each. What a drop sets off is dropped in its turn; a queue of grants bounds it.
    for (let rounds = 0; rounds < STOP_ROUNDS && this.#waiting.size > 0; rounds += 1) {
      for (const { command, cancelTimer } of [...this.#waiting.values()]) {
        cancelTimer();
        this.#waiting.delete(command.id);
        this.#settle(command, { result: 'expired', sentAt: null, detail: 'stopping' });
      }
    }
    this.#stopped = true;
    this.#overfull.stop();
    for (const { cancelTimer } of this.#waiting.values()) cancelTimer();
    this.#waiting.clear();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#settleReceipts(Number.POSITIVE_INFINITY, 'refused');
  }

  #feed(input: Input, done: ((nextRef: number, taken: boolean) => void) | null): void {
    if (this.#stopped) return;
    const displaced = this.#inputs.add({ input, done });
    if (displaced !== null) this.#noRoom(displaced);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#inputs.take(); next !== null; next = this.#inputs.take()) {
        const taken = this.#take(next.input);
        next.done?.(this.#site.nextRef, taken);
      }
    } finally {
      this.#busy = false;
    }
  }

  #noRoom({ input, done }: WaitingInput): void {
    this.#ports.failed(new RangeError(`more than ${INPUTS_MAX} inputs wait`), input);
    this.#overfull.reached({ limit: 'inputs', most: INPUTS_MAX });
    done?.(this.#site.nextRef, false);
  }

  /** False where a defect of ours lost the input. */
  #take(input: Input): boolean {
    this.#turns++;
    const { ear } = this.#ports;
    ear?.taking(input);
    try {
      const { site, effects } = step(this.#site, this.#withFacts(input));
      this.#site = site;
      this.#perform(effects);
      ear?.taken(input);
      return true;
    } catch (error) {
      this.#ports.failed(error, input);
      return false;
    }
  }

  #withFacts(input: Input): Input {
    if (!('facts' in input) || input.facts !== null) return input;
    const keys = wantedKeys(this.#site, input);
    return keys === null ? input : { ...input, facts: this.#ports.lists.lookup(keys) };
  }

  #perform(effects: readonly Effect[]): void {
    let records: JournalRecord[] = [];
    const flush = (): void => {
      if (records.length === 0) return;
      const batch = records;
      records = [];
      this.#ports.journal.append(batch);
      for (const record of batch) {
        this.#commits.made(record);
        this.#ports.recorded(record);
      }
    };
    // Life safety stands first among the effects, so nothing is appended before it has gone out.
    performInOrder(effects, this.#ports.field, (effect) => {
      this.#ports.ear?.performing(effect);
      switch (effect.kind) {
        case 'record':
          records.push(effect.record);
          break;
        case 'command':
          if (effect.command.after === null) this.#send(effect.command);
          else this.#hold(effect.command);
          break;
        case 'withdraw':
          this.#withdraw(effect.command);
          break;
        case 'arm':
          this.#arm(effect.timer, effect.at);
          break;
        case 'disarm':
          this.#timers.get(effect.timer)?.();
          this.#timers.delete(effect.timer);
          break;
        case 'watch':
          this.#ports.field.watch(effect.device, effect.level);
          break;
        case 'raise':
          this.#ports.faultChanged(effect.fault, true);
          break;
        case 'clear':
          this.#ports.faultChanged(
            { code: effect.code, subject: effect.subject, detail: {}, since: this.now() },
            false,
          );
          break;
      }
    });
    flush();
  }

  #arm(timer: string, at: number): void {
    this.#timers.get(timer)?.();
    this.#timers.set(
      timer,
      this.#ports.clock.at(timer, at, () => {
        this.#timers.delete(timer);
        this.#feed({ kind: 'elapsed', now: this.now(), timer, facts: null }, null);
      }),
    );
  }

  #hold(command: Command): void {
    if (command.after !== null && command.after <= this.#ackedRef) return this.#send(command);
    if (this.#site.journal === 'broken') {
      this.#waiting.set(command.id, { command, cancelTimer: () => {} });
      return this.#withoutJournal(command.id);
    }
    const limit = Math.min(command.deadline, this.#ports.clock.mono() + ACK_LIMIT_MS);
    const cancelTimer = this.#ports.clock.at(`command.${command.id}.ack`, limit, () =>
      this.#withoutJournal(command.id),
    );
    this.#waiting.set(command.id, { command, cancelTimer });
  }

  #releaseUpTo(ref: number, committedAt: number): void {
    for (const { command, cancelTimer } of [...this.#waiting.values()]) {
      if ((command.after ?? 0) > ref) continue;
      cancelTimer();
      this.#waiting.delete(command.id);
      this.#send(command, committedAt);
    }
  }

  /** The record is not durable and will not be in time: what may open all the same does, the rest is dropped, with a record. */
  #withoutJournal(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry === undefined) return;
    entry.cancelTimer();
    this.#waiting.delete(id);
    if (entry.command.evenIfJournalBroken && this.#ports.clock.mono() <= entry.command.deadline)
      this.#send(entry.command);
    else this.#settle(entry.command, { result: 'refused', sentAt: null, detail: 'journalBroken' });
  }

  #withdraw(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry !== undefined) {
      entry.cancelTimer();
      this.#waiting.delete(id);
      this.#settle(entry.command, { result: 'expired', sentAt: null, detail: 'withdrawn' });
      return;
    }
    const device = this.#sent.get(id)?.device;
    if (device !== undefined) this.#ports.field.withdraw(device, id);
  }

  #send(command: Command, committedAt: number | null = null): void {
    if (this.#ports.clock.mono() > command.deadline) {
      this.#settle(command, {
        result: 'expired',
        sentAt: null,
        detail: 'deadline passed before the record was durable',
      });
      return;
    }
    this.#sent.set(command.id, { device: command.device, committedAt });
    this.#ports.ear?.sent(command);
    const { id, action, priority, deadline, onlyIfClear } = command;
    this.#ports.field.command(command.device, { id, action, priority, deadline, onlyIfClear }).then(
      (outcome) => this.#settle(command, outcome),
      (error: unknown) => this.#settle(command, { result: 'unreachable', sentAt: null, detail: String(error) }),
    );
  }

  #settle(command: Command, outcome: DriverOutcome): void {
    const committedAt = this.#sent.get(command.id)?.committedAt ?? null;
    this.#sent.delete(command.id);
    this.#ports.ear?.settled(command, outcome.result);
    const now = this.now();
    const settled = { command: command.id, device: command.device, ...outcome, settledAt: now.mono, committedAt };
    this.#feed({ kind: 'outcome', now, outcome: settled }, null);
  }

  #settleReceipts(upTo: number, receipt: Receipt): void {
    let count = 0;
    for (const awaited of this.#receipts) {
      if (awaited.ref > upTo) break;
      awaited.resolve(receipt);
      count++;
    }
    this.#receipts.splice(0, count);
  }
}
