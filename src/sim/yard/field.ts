/** The boards between the gateway and the yard: they are polled, obey frames or lose them, fall silent and come back. No bytes. */
import type { Command, Outcome, Request } from '../../core/io.ts';
import type { Observation } from '../../core/presentation.ts';
import type { SiteModel } from '../../core/site-model.ts';
import type { BoardPlan, SensorPlan } from '../crowd/site-plan.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from './agenda.ts';
import { type Board, obey, outputsOf } from './board.ts';
import type { LaneYard } from './lane-yard.ts';
import type { Witness } from './witness.ts';

/** What the world tells a gateway: the core alone behind it (level 1), or the whole runtime. */
export interface GatewayPort {
  observe(observation: Observation): void;
  request(request: Request): void;
  listsChanged(): void;
  clockStepped(byMs: number): void;
  replaceSite(model: SiteModel): void;
  /** Need it not be told that this board says what it said before? A gateway that reads for itself has none of this. */
  isSatisfied?(device: string, at: number): boolean;
  /** The board has said so, at `at`. */
  readAgain?(device: string, at: number): void;
}

/** Which readings must be told although they repeat the one before. */
export interface Attention {
  changed(board: string, yard: LaneYard, sensor: SensorPlan, said: boolean | null, at: number): void;
  ordered(board: string, at: number): void;
  isDue(board: string, at: number): boolean;
}

export type Settle = (result: Outcome['result'], sentAt: number | null) => void;

/** Of 1, how many frames of a board suffer it. */
export interface LineLuck {
  lostReply: number;
  lostFrame: number;
  refused: number;
}

/** The boards as people and judges have them, with or without bytes. */
export interface Boards {
  readonly luck: LineLuck;
  /** `dropsRelays`: it has lost its power, and every relay with it. */
  silence(device: string, dropsRelays: boolean): void;
  bringBack(device: string): void;
  /** It does not answer, or nobody has asked it again yet. */
  isDown(device: string): boolean;
  /** A pulse that nobody has let go of; it moves nothing here, the read-back shows it. */
  leaveOn(device: string, contact: 'close' | 'stop'): void;
  /** Did the frame of this close go out on a fresh look that showed the sensor clear? */
  hasLooked(command: Command, sensor: SensorPlan): boolean;
}

const CLOSING_POLL_MS = 100;
const SILENT_POLL_MS = 1000;
const MISSES_TOLD = 3;
const ANSWER_MS = 8;
const TIMEOUT_MS = 120;

interface OnTheWay {
  readonly command: Command;
  readonly due: Due;
  readonly settle: Settle;
}

export class Field implements Boards {
  /** Null: every reading is told. */
  attention: Attention | null = null;
  readonly luck: LineLuck = { lostReply: 0, lostFrame: 0, refused: 0 };
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #witness: Required<Witness>;
  readonly #boards = new Map<string, Board>();
  readonly #way = new Map<string, OnTheWay>();
  #gateway: GatewayPort | null = null;

  constructor(
    agenda: Agenda,
    boards: readonly BoardPlan[],
    yards: readonly LaneYard[],
    random: Random,
    witness: Required<Witness>,
  ) {
    this.#agenda = agenda;
    this.#random = random;
    this.#witness = witness;
    for (const plan of boards)
      this.#boards.set(plan.id, {
        plan,
        sensors: yards.flatMap((yard) =>
          yard.plan.sensors.filter(({ input }) => input.device === plan.id).map((sensor) => ({ yard, sensor })),
        ),
        yard:
          yards.find(({ plan: { model } }) => model.portal.kind !== 'none' && model.portal.device === plan.id) ?? null,
        nextAt: Number.POSITIVE_INFINITY,
        isClosely: false,
        isDown: false,
        isToldDown: false,
        misses: 0,
        lastFrameAt: 0,
        outputs: { close: false, stop: false, announce: false },
        said: [],
        saidOutputs: 0,
        isFresh: false,
        isOwed: false,
        leftOutAt: null,
      });
  }

  /** Something is about to change, or has changed: each board is to be read before any of its readings is passed over. */
  stirred(): void {
    for (const board of this.#boards.values()) board.isFresh = false;
  }

  /** Would all boards say again what they said, as far as they answer, and is the gateway satisfied with that? */
  isQuiet(until: number): boolean {
    const gateway = this.#gateway;
    for (const [id, { isDown, isToldDown, isFresh, isOwed }] of this.#boards) {
      if (isDown ? !isToldDown : !isFresh || isOwed || isToldDown) return false;
      if (!isDown && gateway !== null && gateway.isSatisfied?.(id, until) !== true) return false;
    }
    return true;
  }

  /** A gateway has started, or has lost its power (null): frames that have not begun go with it. */
  attach(gateway: GatewayPort | null): void {
    this.#gateway = gateway;
    for (const { due } of this.#way.values()) due.isOff = true;
    this.#way.clear();
    let offset = 20;
    for (const board of this.#boards.values()) {
      board.isClosely = false;
      board.isToldDown = false;
      board.misses = 0;
      board.said.length = 0;
      board.leftOutAt = null;
      board.nextAt = gateway === null ? Number.POSITIVE_INFINITY : this.#agenda.now + offset;
      offset += 7;
    }
  }

  /** When the next board is read. */
  get nextPollAt(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const board of this.#boards.values()) if (board.nextAt < at) at = board.nextAt;
    return at;
  }

  /** Reads the board whose turn it is; gives its name. */
  poll(): string {
    let next: Board | null = null;
    for (const board of this.#boards.values()) if (next === null || board.nextAt < next.nextAt) next = board;
    if (next === null) throw new RangeError('no board');
    this.#agenda.now = Math.max(this.#agenda.now, next.nextAt);
    this.#read(next);
    return next.plan.id;
  }

  /** Passes over polls of all boards that would show nothing new, up to and including `until`. */
  passOver(until: number): void {
    for (const [id, board] of this.#boards) {
      const period = this.#periodOf(board);
      const times = Math.floor((until - board.nextAt) / period);
      if (times < 0) continue;
      const at = board.nextAt + times * period;
      board.nextAt = at + period;
      if (!board.isDown) this.#leaveOut(id, board, at);
    }
  }

  #leaveOut(id: string, board: Board, at: number): void {
    board.leftOutAt = at;
    this.#gateway?.readAgain?.(id, at);
  }

  /** Before anything that is judged by the age of a reading. */
  #tellLeftOut(): void {
    for (const [id, board] of this.#boards) {
      if (board.leftOutAt === null) continue;
      this.#witness.polledQuietly(id, board.leftOutAt);
      board.leftOutAt = null;
    }
  }

  #periodOf(board: Board): number {
    if (board.isDown && board.isToldDown) return SILENT_POLL_MS;
    return board.isClosely ? CLOSING_POLL_MS : board.plan.pollMs;
  }

  #read(board: Board): void {
    const { now } = this.#agenda;
    if (board.isDown) {
      board.misses++;
      board.isOwed = true;
      const tell = board.misses >= MISSES_TOLD && !board.isToldDown;
      if (tell) board.isToldDown = true;
      board.nextAt = now + this.#periodOf(board);
      if (tell) {
        this.#tellLeftOut();
        this.#witness.wentSilent(board.plan.id);
        this.#gateway?.observe({ kind: 'deviceSilent', device: board.plan.id, why: 'no answer' });
      }
      return;
    }
    board.misses = 0;
    board.nextAt = now + this.#periodOf(board);
    if (board.isToldDown) {
      board.isToldDown = false;
      this.#gateway?.observe({ kind: 'deviceReturned', device: board.plan.id });
    }
    const isSame = this.#listen(board);
    const isDue = this.attention?.isDue(board.plan.id, now) !== false;
    if (
      isSame &&
      !isDue &&
      !board.isOwed &&
      (this.#gateway === null || this.#gateway.isSatisfied?.(board.plan.id, now) === true)
    )
      return this.#leaveOut(board.plan.id, board, now);
    board.isOwed = false;
    this.#tellLeftOut();
    const values: Record<string, boolean> = {};
    board.sensors.forEach(({ sensor }, at) => {
      const said = board.said[at];
      if (typeof said === 'boolean') values[sensor.input.id] = said;
    });
    this.#witness.polled(board.plan.id, values, now);
    const outputs = board.plan.readsBack ? outputsOf(board) : undefined;
    this.#gateway?.observe({
      ...{ kind: 'inputsRead', device: board.plan.id, at: now, values },
      ...(outputs === undefined ? {} : { outputs }),
    });
  }

  /** What the board says now; true where it said the same when it was read last. */
  #listen(board: Board): boolean {
    const { now } = this.#agenda;
    const { said, sensors, plan, outputs } = board;
    let isSame = said.length === sensors.length;
    for (let at = 0; at < sensors.length; at++) {
      const { yard, sensor } = sensors[at] as Board['sensors'][number];
      const says = yard.says(sensor);
      if (said[at] === says) continue;
      said[at] = says;
      isSame = false;
      this.attention?.changed(plan.id, yard, sensor, says, now);
    }
    const bits =
      (board.yard?.boom.isHeld === true ? 1 : 0) +
      (outputs.close ? 2 : 0) +
      (outputs.stop ? 4 : 0) +
      (outputs.announce ? 8 : 0);
    if (plan.readsBack && bits !== board.saidOutputs) isSame = false;
    board.saidOutputs = bits;
    board.isFresh = true;
    return isSame;
  }

  watch(device: string, level: 'normal' | 'closing'): void {
    const board = this.#boards.get(device);
    if (board === undefined) return;
    if (board.isClosely !== (level === 'closing')) for (const other of this.#boards.values()) other.isOwed = true;
    board.isClosely = level === 'closing';
    if (board.isClosely) board.nextAt = Math.min(board.nextAt, this.#agenda.now + CLOSING_POLL_MS);
  }

  silence(device: string, dropsRelays: boolean): void {
    const board = this.#boards.get(device);
    if (board === undefined) return;
    board.isDown = true;
    if (!dropsRelays) return;
    board.outputs = { close: false, stop: false, announce: false };
    if (board.yard?.boom.isHeld === true) board.yard.boom.hold(false, 'board');
  }

  bringBack(device: string): void {
    const board = this.#boards.get(device);
    if (board !== undefined) board.isDown = false;
  }

  isDown(device: string): boolean {
    const board = this.#boards.get(device);
    return board !== undefined && (board.isDown || board.isToldDown);
  }

  leaveOn(device: string, contact: 'close' | 'stop'): void {
    const board = this.#boards.get(device);
    if (board !== undefined) board.outputs[contact] = true;
  }

  hasLooked({ device, onlyIfClear }: Command, { input: { id } }: SensorPlan): boolean {
    const board = this.#boards.get(device);
    return board !== undefined && onlyIfClear.includes(id) && this.#saysClear(board, id);
  }

  command(command: Command, settle: Settle): void {
    const board = this.#boards.get(command.device);
    const { now } = this.#agenda;
    this.#tellLeftOut();
    this.#witness.ordered(command, now);
    if (board === undefined) return;
    this.attention?.ordered(command.device, now);
    const wireMs = command.after === null ? this.#random.whole(3, 15) : this.#random.whole(5, 45);
    const at = Math.max(now + wireMs, board.lastFrameAt + 2);
    board.lastFrameAt = at;
    const due = this.#agenda.at(at, () => {
      this.#way.delete(command.id);
      this.#frame(board, command, settle);
    });
    this.#way.set(command.id, { command, due, settle });
  }

  withdraw(id: string): void {
    const entry = this.#way.get(id);
    if (entry === undefined) return;
    this.#way.delete(id);
    entry.due.isOff = true;
    this.#settle(entry.command, entry.settle, 'expired', null, 1);
  }

  #frame(board: Board, command: Command, settle: Settle): void {
    const { now } = this.#agenda;
    this.#tellLeftOut();
    const end = (result: Outcome['result'], sentAt: number | null, afterMs: number): void =>
      this.#settle(command, settle, result, sentAt, afterMs);
    if (now > command.deadline) return end('expired', null, 0);
    if (board.isDown && board.isToldDown) return end('unreachable', null, ANSWER_MS);
    const luck = this.#random.next();
    const { lostReply, lostFrame, refused } = this.luck;
    const isClear = command.onlyIfClear.every((id) => this.#saysClear(board, id));
    if (!isClear && !board.isDown) return end('notClear', null, ANSWER_MS);
    const isLost = board.isDown || luck < lostFrame;
    const isRefused = !isLost && luck < lostFrame + refused;
    const isHeard = !isLost && !isRefused;
    this.#witness.framed(command, now, isHeard);
    if (isHeard) obey(board, command);
    if (isLost) end('unanswered', now, TIMEOUT_MS);
    else if (isRefused) end('refused', now, ANSWER_MS);
    else if (luck < lostFrame + refused + lostReply) end('unanswered', now, TIMEOUT_MS);
    else end('confirmed', now, ANSWER_MS);
  }

  #saysClear(board: Board, id: string): boolean {
    const found = board.sensors.find(({ sensor }) => sensor.input.id === id);
    return found !== undefined && found.yard.says(found.sensor) === false;
  }

  #settle(command: Command, settle: Settle, result: Outcome['result'], sentAt: number | null, afterMs: number): void {
    this.#agenda.after(afterMs, () => {
      this.#witness.settled(command, result, this.#agenda.now);
      this.attention?.ordered(command.device, this.#agenda.now);
      settle(result, sentAt);
    });
  }
}
