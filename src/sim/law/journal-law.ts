/** Records are dense and tell the truth about commands; no command overtakes its record but life safety (I1, I13, I15, I17). */
import type { Command, Input, JournalRecord } from '../../core/io.ts';
import type { Scene } from '../level-one/run.ts';
import { Broken, type Witness } from '../yard/witness.ts';

/** A command whose record is not acknowledged by then may go out as with a broken journal. */
const ACK_LIMIT_MS = 300;
const UNSETTLED_MAX = 40;
/** An order that was sent again counts from its first frame. */
const EARLIEST_TIMER_MS = 600_000;
const LONGEST_TIMER_MS = 25 * 3_600_000;
const OPENINGS: readonly string[] = ['pulseOpen', 'holdOn'];
/** A lamp, or a contact that is let go, moves nothing. */
const MOVES: readonly string[] = [...OPENINGS, 'pulseClose', 'holdOff'];
/** What a start, a reload or a clock step may send: nothing but what saves life. */
const MOVES_NOTHING: readonly string[] = [
  'siteReplaced',
  'clockStepped',
  'recall',
  'recallTravel',
  'recallReasons',
  'giveReason',
  'systemFault',
  'note',
];

interface Commanded {
  readonly ref: number;
  readonly at: number;
}

export class JournalLaw implements Witness {
  readonly #scene: Scene;
  #next = 1;
  #durable = 0;
  #isRefusing = false;
  readonly #commanded = new Map<string, Commanded>();
  /** Life safety that has gone out before its record. */
  #unrecorded: Command[] = [];
  readonly #unsettled = new Map<string, string>();
  /** Orders that this input has put on record; their frames may wait for the disk until other inputs have come. */
  #moved: JournalRecord[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(): void {
    this.#next = 1;
    this.#durable = 0;
    this.#isRefusing = false;
    this.#commanded.clear();
    this.#unrecorded = [];
    this.#unsettled.clear();
    this.#moved = [];
  }

  cut(): void {
    this.#unrecorded = [];
  }

  recorded(record: JournalRecord, at: number): void {
    if (record.ref !== this.#next)
      throw new Broken('I6', 'numbers of records have a gap', { record, next: this.#next });
    this.#next++;
    if ((record.cause ?? 0) >= record.ref) throw new Broken('I11', 'a record is caused by a later one', record);
    if (record.kind !== 'commanded' || record.command === undefined) return;
    this.#commanded.set(record.command, { ref: record.ref, at });
    if (MOVES.includes(String(record.body.action))) this.#moved.push(record);
    this.#unrecorded = this.#unrecorded.filter(({ id }) => id !== record.command);
    if (this.#commanded.size > 500) for (const [id] of [...this.#commanded].slice(0, 250)) this.#commanded.delete(id);
  }

  durable(ref: number): void {
    this.#durable = Math.max(this.#durable, ref);
  }

  journalRefuses(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  ordered(command: Command, at: number): void {
    this.#unsettled.set(command.id, command.lane);
    const open = [...this.#unsettled.values()].filter((lane) => lane === command.lane).length;
    if (open > UNSETTLED_MAX) throw new Broken('I15', 'commands without limit', { lane: command.lane, open });
    if (command.deadline < at || command.deadline > at + 2000)
      throw new Broken('I9', 'a command does not expire within 2 s', { command, at });
    const isUrgent = command.priority !== 'command';
    if (command.after === null) {
      if (!isUrgent) throw new Broken('I1', 'a command waits for no record', command);
      if (command.action === 'pulseClose' || command.action === 'holdOff')
        throw new Broken('I1', 'a close went out before its record', command);
      this.#unrecorded.push(command);
      return;
    }
    if (isUrgent) throw new Broken('I4', 'life safety waits for a record', command);
    const own = this.#commanded.get(command.id);
    if (own === undefined || own.ref !== command.after)
      throw new Broken('I1', 'a command waits for another record than its own', { command, own: own ?? null });
    if (this.#durable >= own.ref) return;
    const isLate = this.#isRefusing || at - own.at >= ACK_LIMIT_MS;
    if (!isLate || !command.evenIfJournalBroken)
      throw new Broken('I1', 'a command went out before its record was durable', { command, durable: this.#durable });
    if (!OPENINGS.includes(command.action) && (command.action === 'pulseClose' || command.action === 'holdOff'))
      throw new Broken('I1', 'a close went out without a durable record', command);
  }

  settled(command: Command): void {
    this.#unsettled.delete(command.id);
  }

  armed(timer: string, inMs: number): void {
    // A timer by the wall clock would be out by decades, or by what that clock jumped.
    if (inMs < -EARLIEST_TIMER_MS || inMs > LONGEST_TIMER_MS)
      throw new Broken('I13', 'a timer is out of reason', { timer, inMs });
  }

  taken(input: Input): void {
    const moved = this.#moved;
    this.#moved = [];
    if (this.#unrecorded.length > 0)
      throw new Broken('I1', 'life safety went out and no record follows', this.#unrecorded[0]);
    const kind = input.kind === 'requested' ? input.request.kind : input.kind;
    if (!MOVES_NOTHING.includes(kind)) return;
    const wrong = moved.find(({ body }) => body.priority !== 'emergency' && body.priority !== 'reopen');
    if (wrong !== undefined) throw new Broken('I17', `${kind} moves a boom`, { wrong, at: this.#scene.agenda.now });
  }
}
