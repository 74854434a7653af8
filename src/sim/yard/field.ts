/** The boards between the gateway and the yard: they are polled, obey frames or lose them, fall silent and come back. No bytes. */
import type { Command, Outcome, Request } from '../../core/io.ts';
import type { Observation } from '../../core/presentation.ts';
import type { SiteModel } from '../../core/site-model.ts';
import type { BoardPlan, SensorPlan } from '../crowd/site-plan.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from './agenda.ts';
import type { LaneYard } from './lane-yard.ts';
import type { Witness } from './witness.ts';

/** What the world tells a gateway: the core alone behind it (level 1), or the whole runtime. */
export interface GatewayPort {
  observe(observation: Observation): void;
  request(request: Request): void;
  listsChanged(): void;
  clockStepped(byMs: number): void;
  replaceSite(model: SiteModel): void;
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

interface Board {
  readonly plan: BoardPlan;
  readonly sensors: readonly { readonly yard: LaneYard; readonly sensor: SensorPlan }[];
  readonly yard: LaneYard | null;
  nextAt: number;
  isClosely: boolean;
  isDown: boolean;
  isToldDown: boolean;
  misses: number;
  lastFrameAt: number;
  outputs: { close: boolean; stop: boolean; announce: boolean };
}

interface OnTheWay {
  readonly command: Command;
  readonly due: Due;
  readonly settle: Settle;
}

export class Field implements Boards {
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
      });
  }

  /** Boards that answer. */
  get upBoards(): readonly string[] {
    const up: string[] = [];
    for (const [id, { isDown }] of this.#boards) if (!isDown) up.push(id);
    return up;
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

  /** Passes over polls of all boards that would show nothing new, up to and including `until`. Gives each its last one. */
  passOver(until: number): ReadonlyMap<string, number> {
    const last = new Map<string, number>();
    for (const [id, board] of this.#boards) {
      const period = this.#periodOf(board);
      const times = Math.floor((until - board.nextAt) / period);
      if (times < 0) continue;
      const at = board.nextAt + times * period;
      board.nextAt = at + period;
      if (board.isDown) continue;
      last.set(id, at);
      this.#witness.polledQuietly(id, at);
    }
    return last;
  }

  #periodOf(board: Board): number {
    if (board.isDown && board.isToldDown) return SILENT_POLL_MS;
    return board.isClosely ? CLOSING_POLL_MS : board.plan.pollMs;
  }

  #read(board: Board): void {
    const { now } = this.#agenda;
    if (board.isDown) {
      board.misses++;
      const tell = board.misses >= MISSES_TOLD && !board.isToldDown;
      if (tell) board.isToldDown = true;
      board.nextAt = now + this.#periodOf(board);
      if (tell) {
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
    const values: Record<string, boolean> = {};
    for (const { yard, sensor } of board.sensors) {
      const said = yard.says(sensor);
      if (said !== null) values[sensor.input.id] = said;
    }
    this.#witness.polled(board.plan.id, values, now);
    const outputs = board.plan.readsBack ? this.#outputsOf(board) : undefined;
    this.#gateway?.observe({
      ...{ kind: 'inputsRead', device: board.plan.id, at: now, values },
      ...(outputs === undefined ? {} : { outputs }),
    });
  }

  #outputsOf(board: Board): Readonly<Record<string, boolean>> | undefined {
    const portal = board.yard?.plan.model.portal;
    if (board.yard === null || portal === undefined || portal.kind === 'none' || portal.kind === 'door')
      return undefined;
    const isHeld = board.yard.boom.isHeld;
    const { close, stop, announce } = board.outputs;
    return {
      open: isHeld && portal.hold !== 'holdInput',
      ...(portal.hold === 'holdInput' ? { hold: isHeld } : {}),
      close,
      ...(portal.stop === 'wired' ? { stop } : {}),
      ...(portal.announce === 'wired' ? { announce } : {}),
    };
  }

  watch(device: string, level: 'normal' | 'closing'): void {
    const board = this.#boards.get(device);
    if (board === undefined) return;
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
    this.#witness.ordered(command, now);
    if (board === undefined) return;
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
      settle(result, sentAt);
    });
  }
}

function obey({ yard, outputs }: Board, { action }: Command): void {
  if (action === 'closeOff') outputs.close = false;
  else if (action === 'stopOff') outputs.stop = false;
  else if (action === 'announceOn' || action === 'announceOff') outputs.announce = action === 'announceOn';
  if (yard === null) return;
  if (action === 'pulseOpen') yard.boom.pulseOpen();
  else if (action === 'pulseClose') yard.boom.pulseClose();
  else if (action === 'stop') yard.boom.stop();
  else if (action === 'holdOn' || action === 'holdOff') yard.boom.hold(action === 'holdOn');
}
