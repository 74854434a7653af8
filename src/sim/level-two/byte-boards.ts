/** All boards of the site on their wires, as people and judges have them. */
import type { Command, Outcome } from '../../core/io.ts';
import type { SensorPlan } from '../crowd/site-plan.ts';
import type { Random } from '../random.ts';
import type { Agenda } from '../yard/agenda.ts';
import type { Boards, LineLuck } from '../yard/field.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Witness } from '../yard/witness.ts';
import { type BoardTwinPort, ByteBoard, type Order } from './byte-board.ts';
import { ByteWire } from './byte-wire.ts';
import type { BoardWiring, Wiring } from './wiring.ts';

export interface ByteBoardsSettings {
  readonly agenda: Agenda;
  readonly wiring: Wiring;
  readonly yards: readonly LaneYard[];
  readonly random: Random;
  readonly witness: Required<Witness>;
  /** The driver's own simulated device. */
  readonly twinOf: (board: BoardWiring) => BoardTwinPort;
}

/** A frame's first byte may leave a moment after its deadline was judged. */
const DEADLINE_SLACK_MS = 1;
/** The transaction in flight: a write that nobody answers, and what the wire takes. */
const URGENT_MS = 450;
/** Other boards' life safety before it. */
const URGENT_EACH_MS = 60;

export class ByteBoards implements Boards {
  readonly luck: LineLuck = { lostReply: 0, lostFrame: 0, refused: 0 };
  readonly wires = new Map<string, ByteWire>();
  readonly #agenda: Agenda;
  readonly #witness: Required<Witness>;
  readonly #boards = new Map<string, ByteBoard>();
  #boots = 0;
  readonly #whenOrdered = new Map<ByteWire, () => void>();

  constructor({ agenda, wiring, yards, random, witness, twinOf }: ByteBoardsSettings) {
    this.#agenda = agenda;
    this.#witness = witness;
    for (const { id, type, baud } of wiring.lines) {
      const charMs = type === 'modbus-tcp' ? 0 : 10_000 / baud;
      const plan = { id, framing: type === 'modbus-tcp' ? 'mbap' : 'rtu', charMs } as const;
      this.wires.set(id, new ByteWire(plan, agenda, random.fork(`wire ${id}`), this.luck));
    }
    for (const board of wiring.boards) {
      const yard = yards.find(({ id }) => id === board.lane);
      const wire = this.wires.get(board.line);
      if (yard === undefined || wire === undefined) throw new RangeError(board.device);
      const made = new ByteBoard(board, yard, twinOf(board), agenda, random.fork(`board ${board.device}`), {
        framed: (order, isHeard) => this.#framed(order, isHeard),
      });
      this.#boards.set(board.device, made);
      wire.add(made);
    }
  }

  /** A gateway starts, or its power goes: what it had ordered and not put on a wire is gone with it. */
  forgetGateway(): void {
    this.#boots++;
    for (const board of this.#boards.values()) board.forget();
  }

  /** The field is given the order. Times are the world's. */
  ordered(command: Command): void {
    const board = this.#boards.get(command.device);
    if (board === undefined) return;
    const wire = this.wires.get(board.wiring.line);
    const connection = wire?.connection ?? null;
    board.orders.set(command.id, { command, at: this.#agenda.now, connection, isFramed: false });
    const waiting = wire === undefined ? undefined : this.#whenOrdered.get(wire);
    if (wire === undefined || waiting === undefined) return;
    this.#whenOrdered.delete(wire);
    waiting();
  }

  settled(command: Command, result: Outcome['result']): void {
    this.#boards.get(command.device)?.orders.delete(command.id);
    this.#witness.settled(command, result, this.#agenda.now);
  }

  /** True where the device is one of these boards. */
  judgeReading(device: string, values: Readonly<Record<string, boolean>>, at: number): boolean {
    const board = this.#boards.get(device);
    board?.judgeReading(values, at);
    return board !== undefined;
  }

  told(device: string, isDown: boolean): void {
    const board = this.#boards.get(device);
    if (board === undefined) return;
    board.isToldDown = isDown;
    if (isDown) this.#witness.wentSilent(device);
  }

  silence(device: string, dropsRelays: boolean): void {
    this.#boards.get(device)?.power(false, dropsRelays);
  }

  bringBack(device: string): void {
    this.#boards.get(device)?.power(true, false);
  }

  isDown(device: string): boolean {
    const board = this.#boards.get(device);
    if (board === undefined) return false;
    return board.isDown || board.isToldDown || this.wires.get(board.wiring.line)?.isCut === true;
  }

  leaveOn(device: string, contact: 'close' | 'stop'): void {
    this.#boards.get(device)?.leaveOn(contact);
  }

  hasLooked({ device, onlyIfClear }: Command, { input: { id } }: SensorPlan): boolean {
    return onlyIfClear.includes(id) && this.#boards.get(device)?.hasShownClear(id) === true;
  }

  /** Calls `act` in the moment in which the next order for a board on this wire is given, before it is written. */
  whenOrdered(wire: ByteWire, act: () => void): void {
    this.#whenOrdered.set(wire, act);
  }

  #framed({ command, at, connection }: Order, isHeard: boolean): void {
    const { now } = this.#agenda;
    if (connection !== this.wires.get(this.#boards.get(command.device)?.wiring.line ?? '')?.connection)
      throw new Broken('I9', 'a frame decided before the line was lost goes out behind it', { command, at, now });
    if (command.priority !== 'command' && now - at > URGENT_MS + this.#boards.size * URGENT_EACH_MS)
      throw new Broken('I4', 'life safety waits for more than the transaction in flight', { command, at, now });
    if (now > command.deadline + DEADLINE_SLACK_MS)
      throw new Broken('I9', 'a frame goes out after its deadline', { command, now });
    // Life safety is on the wire before its record is made, in one turn: judged behind it.
    const boot = this.#boots;
    this.#agenda.after(0, () => {
      if (boot === this.#boots) this.#witness.framed(command, now, isHeard);
    });
  }
}
