/** One relay board in the yard: its twin answers in bytes, its relays are the boom's contacts, its inputs what the sensors say. */
import type { Command } from '../../core/io.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from '../yard/agenda.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { Broken } from '../yard/witness.ts';
import type { WireUnit } from './byte-wire.ts';
import { type BoardWiring, RELAYS, type RelayRole } from './wiring.ts';

/** What is needed of a driver's twin. */
export interface BoardTwinPort {
  powered: boolean;
  readonly relays: boolean[];
  onRelay(listen: (relay: number, on: boolean) => void): void;
  setInput(number: number, energised: boolean): void;
  answer(unit: number, pdu: Uint8Array): Uint8Array | null;
}

export interface BoardEvents {
  /** The frame of this order is on the wire. */
  framed(order: Order, isHeard: boolean): void;
}

type Turn = 'on' | 'off' | 'pulse';

/** A contact closed for longer is no pulse to a barrier's controller. */
const HELD_MS = 1500;
const SAMPLES_KEPT_MS = 4000;
/** An answer is waited for so long at most, and takes its time on the wire. */
const READ_WITHIN_MS = 600;
const GUARD_MS = 250;
const READ_INPUTS = 2;
const BUSY = 6;

const RANKS: Readonly<Record<Command['priority'], number>> = { emergency: 0, reopen: 1, guard: 2, command: 3 };
const ORDERS: Readonly<Record<RelayRole, Readonly<Record<Turn, readonly Command['action'][]>>>> = {
  open: { on: ['pulseOpen', 'holdOn'], pulse: ['pulseOpen'], off: ['holdOff'] },
  hold: { on: ['holdOn'], pulse: [], off: ['holdOff'] },
  close: { on: ['pulseClose'], pulse: ['pulseClose'], off: ['closeOff'] },
  stop: { on: ['stop'], pulse: ['stop'], off: ['stopOff'] },
  announce: { on: ['announceOn'], pulse: [], off: ['announceOff'] },
};

/** An order that the field was given. */
export interface Order {
  readonly command: Command;
  readonly at: number;
  /** The line's connection then; null where there was none. */
  readonly connection: number | null;
  isFramed: boolean;
}

interface Sample {
  readonly at: number;
  readonly values: Readonly<Record<string, boolean>>;
}

export class ByteBoard implements WireUnit {
  readonly unit: number;
  readonly wiring: BoardWiring;
  /** The gateway was told, or has found, that it does not answer. */
  isToldDown = false;
  /** Orders that the field has been given and that nobody has answered for. */
  readonly orders = new Map<string, Order>();
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #twin: BoardTwinPort;
  readonly #yard: LaneYard;
  readonly #events: BoardEvents;
  #samples: Sample[] = [];
  #held: Due | null = null;
  /** Contacts that stay on by an order of this gateway's. */
  readonly #levels = new Set<RelayRole>();
  /** Contacts that hold the boom open. */
  readonly #holding = new Set<'open' | 'hold'>();

  constructor(
    wiring: BoardWiring,
    yard: LaneYard,
    twin: BoardTwinPort,
    agenda: Agenda,
    random: Random,
    events: BoardEvents,
  ) {
    this.unit = wiring.unit;
    this.wiring = wiring;
    this.#yard = yard;
    this.#twin = twin;
    this.#agenda = agenda;
    this.#random = random;
    this.#events = events;
    if (wiring.portal !== null) twin.onRelay((relay, isOn) => this.#relay(relay, isOn));
  }

  get isDown(): boolean {
    return !this.#twin.powered;
  }

  answerMs(): number {
    return this.#random.between(...this.wiring.answersMs);
  }

  /** The gateway that gave them is gone. */
  forget(): void {
    this.isToldDown = false;
    this.orders.clear();
    this.#levels.clear();
  }

  power(isOn: boolean, dropsRelays: boolean): void {
    this.#twin.powered = isOn;
    if (!dropsRelays) return;
    this.#twin.relays.fill(false);
    this.#endHold();
    this.#holding.clear();
    if (this.wiring.portal !== null && this.#yard.boom.isHeld) this.#yard.boom.hold(false, 'board');
  }

  /** A contact that a crash has left closed; it moves nothing here, the read-back shows it. */
  leaveOn(contact: 'close' | 'stop'): void {
    this.#twin.relays[RELAYS[contact] - 1] = true;
  }

  answer(pdu: Uint8Array, isRefused: boolean): Uint8Array | null {
    if (this.isDown) return null;
    const fc = pdu[0] ?? 0;
    if (isRefused) return Uint8Array.of(fc | 0x80, BUSY);
    if (fc === READ_INPUTS && !this.#sample()) return Uint8Array.of(fc | 0x80, BUSY);
    return this.#twin.answer(this.unit, pdu);
  }

  written(pdu: Uint8Array, isHeard: boolean): void {
    const turned = this.#turnOf(pdu);
    if (turned === null || this.wiring.portal === null) return;
    const wanted = ORDERS[turned.role][turned.turn];
    const found = [...this.orders.values()]
      .filter(({ command, isFramed }) => !isFramed && wanted.includes(command.action))
      .sort((one, other) => RANKS[one.command.priority] - RANKS[other.command.priority])[0];
    if (found !== undefined) {
      found.isFramed = true;
      if (found.command.action === 'holdOn') this.#levels.add(turned.role);
      else if (turned.turn === 'off') this.#levels.delete(turned.role);
      return this.#events.framed(found, isHeard);
    }
    // What ends a pulse is part of the order that began it; so is a level said once more behind a pulse that might end it.
    if (turned.turn !== 'off' && !(turned.turn === 'on' && this.#levels.has(turned.role)))
      throw new Broken('I9', 'a frame that nobody orders at this time', { device: this.wiring.device, ...turned });
  }

  /** Does a reading of this time say what the board had just said? A late answer, or another's, does not. */
  judgeReading(values: Readonly<Record<string, boolean>>, at: number): void {
    const isSame = ({ values: said }: Sample): boolean =>
      Object.entries(values).every(([id, value]) => said[id] === value);
    if (this.#samples.some((sample) => at - sample.at <= READ_WITHIN_MS && isSame(sample))) return;
    throw new Broken('I2', 'a reading is taken for fresh that is not', {
      ...{ device: this.wiring.device, values, at },
      said: this.#samples.slice(-4),
    });
  }

  /** Has an answer of the last 250 ms shown this input clear? */
  hasShownClear(input: string): boolean {
    const from = this.#agenda.now - GUARD_MS;
    return this.#samples.some(({ at, values }) => at >= from && values[input] === false);
  }

  /** False where a sensor says nothing: the board does not know its inputs then. */
  #sample(): boolean {
    const values: Record<string, boolean> = {};
    for (const { sensor, at, energisedClear } of this.wiring.inputs) {
      const says = this.#yard.says(sensor);
      if (says === null) return false;
      values[sensor.input.id] = says;
      this.#twin.setInput(at, says !== energisedClear);
    }
    const { now } = this.#agenda;
    this.#samples.push({ at: now, values });
    while (now - (this.#samples[0]?.at ?? now) > SAMPLES_KEPT_MS) this.#samples.shift();
    return true;
  }

  #turnOf(pdu: Uint8Array): { readonly role: RelayRole; readonly turn: Turn } | null {
    const [fc = 0, high = 0, low = 0, first = 0] = pdu;
    const address = (high << 8) | low;
    let at = address;
    let turn: Turn = first === 0xff ? 'on' : 'off';
    if (fc === 16) {
      at = (address - 3) / 5;
      turn = 'pulse';
    } else if (fc !== 5) return null;
    else if (address >= 0x0200) {
      at = address - 0x0200;
      turn = 'pulse';
    }
    const role = (Object.keys(RELAYS) as RelayRole[]).find((name) => RELAYS[name] === at + 1);
    return role === undefined ? null : { role, turn };
  }

  #relay(relay: number, isOn: boolean): void {
    const { boom } = this.#yard;
    switch (relay) {
      case RELAYS.open:
        return isOn ? this.#openOn() : this.#openOff();
      case RELAYS.hold:
        return this.#hold('hold', isOn);
      case RELAYS.close:
        if (isOn) boom.pulseClose();
        return;
      case RELAYS.stop:
        if (isOn) boom.stop();
    }
  }

  #openOn(): void {
    const { boom } = this.#yard;
    if (this.wiring.portal?.open === 'maintained') return this.#hold('open', true);
    boom.pulseOpen();
    if (boom.plan.isStep) return;
    this.#endHold();
    this.#held = this.#agenda.after(HELD_MS, () => {
      this.#held = null;
      this.#hold('open', true);
    });
  }

  #openOff(): void {
    this.#endHold();
    this.#hold('open', false);
  }

  #hold(contact: 'open' | 'hold', isOn: boolean): void {
    const { boom } = this.#yard;
    if (isOn) this.#holding.add(contact);
    else this.#holding.delete(contact);
    if (boom.isHeld !== this.#holding.size > 0) boom.hold(this.#holding.size > 0);
  }

  #endHold(): void {
    if (this.#held !== null) this.#held.isOff = true;
    this.#held = null;
  }
}
