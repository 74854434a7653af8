/** A relay board as it is on the wire, and the barrier wired to it. Byte side only: sockets and ports belong to who serves it. */
import type { Clock } from '../../src/contract/clock.ts';

export type Dialect = 'waveshare' | 'jydam' | 'eletechsup' | 'generic';

export interface BoardTwinSettings {
  readonly clock: Clock;
  readonly unit: number;
  readonly dialect: Dialect;
  readonly relays?: number;
  readonly inputs?: number;
  /** Analog inputs, in input registers from 0 (FC04); without it those show the contacts, one a register. */
  readonly analog?: number;
  /** What becomes of FC15; some boards say nothing at all to a function that they do not know. */
  readonly many?: 'obeyed' | 'refused' | 'ignored';
}

/** A write that the board obeyed, in its order. */
export interface BoardWrite {
  readonly at: number;
  readonly pdu: readonly number[];
}

const rememberedWrites = 1000;

export class BoardTwin {
  readonly unit: number;
  readonly relays: boolean[];
  readonly inputs: boolean[];
  /** Counts as the converter gives them, 16 bits. */
  readonly analog: number[];
  /** Waveshare's control modes, registers 0x1000… */
  readonly modes: number[];
  readonly writes: BoardWrite[] = [];
  /** `false`: powered off or cut from the bus. */
  powered = true;
  readonly #clock: Clock;
  readonly #dialect: Dialect;
  readonly #many: 'obeyed' | 'refused' | 'ignored';
  readonly #flash: (() => void)[];
  readonly #listeners: ((relay: number, on: boolean) => void)[] = [];

  constructor(settings: BoardTwinSettings) {
    this.unit = settings.unit;
    this.#clock = settings.clock;
    this.#dialect = settings.dialect;
    this.#many = settings.many ?? (settings.dialect === 'eletechsup' ? 'refused' : 'obeyed');
    const relays = settings.relays ?? 8;
    this.relays = new Array<boolean>(relays).fill(false);
    this.inputs = new Array<boolean>(settings.inputs ?? 8).fill(false);
    this.analog = new Array<number>(settings.analog ?? 0).fill(0);
    this.modes = new Array<number>(relays).fill(0);
    this.#flash = Array.from({ length: relays }, () => () => {});
  }

  /** Relays count from 1, as printed. */
  onRelay(listen: (relay: number, on: boolean) => void): void {
    this.#listeners.push(listen);
  }

  setInput(number: number, energised: boolean): void {
    this.inputs[number - 1] = energised;
  }

  /** The reply PDU to a request PDU for this unit; `null` where a board keeps silent. */
  answer(unit: number, pdu: Uint8Array): Uint8Array | null {
    if (!this.powered || unit !== this.unit || pdu.length < 2) return null;
    const fc = pdu[0] ?? 0;
    if (pdu.length < 5) return exception(fc, 3);
    const address = word(pdu, 1);
    const value = word(pdu, 3);
    if (fc <= 2) return this.#readBits(fc, address, value);
    if (fc === 3 || fc === 4) return this.#readWords(fc, address, value);
    if (fc === 15 && this.#many === 'ignored') return null;
    const refused = this.#write(fc, address, value, pdu);
    if (refused !== 0) return exception(fc, refused);
    this.writes.push({ at: this.#clock.mono(), pdu: [...pdu] });
    if (this.writes.length > rememberedWrites) this.writes.shift();
    return pdu.slice(0, 5);
  }

  #readBits(fc: number, address: number, count: number): Uint8Array {
    const bank = fc === 1 ? this.relays : this.inputs;
    if (fc === 0 || count === 0 || address + count > bank.length) return exception(fc, 2);
    const bytes = new Uint8Array(2 + Math.ceil(count / 8));
    bytes.set([fc, bytes.length - 2]);
    for (let at = 0; at < count; at += 1) {
      if (bank[address + at]) bytes[2 + (at >> 3)] = (bytes[2 + (at >> 3)] ?? 0) | (1 << (at & 7));
    }
    return bytes;
  }

  #readWords(fc: number, address: number, count: number): Uint8Array {
    const values = Array.from({ length: count }, (_, at) => this.#word(fc, address + at));
    if (count === 0 || count > 125 || values.includes(null)) return exception(fc, 2);
    return Uint8Array.from([fc, 2 * count, ...values.flatMap((value) => [(value ?? 0) >> 8, (value ?? 0) & 0xff])]);
  }

  #word(fc: number, address: number): number | null {
    if (fc === 4 && this.analog.length > 0) return this.analog[address] ?? null;
    if (fc === 4) return address < this.inputs.length ? Number(this.inputs[address]) : null;
    if (this.#dialect === 'waveshare') return this.modes[address - 0x1000] ?? null;
    if (this.#dialect !== 'eletechsup') return null;
    const relay = this.relays[address - 1];
    return relay === undefined ? null : Number(relay);
  }

  /** 0, or the exception code. */
  #write(fc: number, address: number, value: number, pdu: Uint8Array): number {
    const count = this.relays.length;
    if (fc === 5 && this.#dialect !== 'eletechsup') {
      if (this.#dialect === 'waveshare' && address >= 0x0200 && address < 0x0200 + count && value > 0) {
        return this.#pulse(address - 0x0200, value * 100);
      }
      if (address >= count) return 2;
      if (value !== 0xff00 && value !== 0) return 3;
      return this.#set(address, value === 0xff00);
    }
    if (fc === 6 && this.#dialect === 'eletechsup') {
      if (address < 1 || address > count) return 2;
      const code = value >> 8;
      if (code === 1 || code === 2) return this.#set(address - 1, code === 1);
      if (code === 5) return this.#pulse(address - 1, 1000);
      return code === 6 ? this.#pulse(address - 1, (value & 0xff) * 1000) : 3;
    }
    if (fc === 16 && this.#dialect === 'jydam' && pdu.length >= 10) {
      const relay = (address - 3) / 5;
      if (!Number.isInteger(relay) || relay < 0 || relay >= count || value !== 2) return 2;
      return word(pdu, 6) === 4 ? this.#pulse(relay, word(pdu, 8) * 100) : 3;
    }
    return fc === 15 && this.#many === 'obeyed' ? this.#setMany(address, value, pdu) : 1;
  }

  #setMany(address: number, count: number, pdu: Uint8Array): number {
    if (pdu[5] !== Math.ceil(count / 8) || pdu.length < 6 + Math.ceil(count / 8)) return 3;
    if (address + count > this.relays.length) return 2;
    for (let at = 0; at < count; at += 1) this.#set(address + at, (((pdu[6 + (at >> 3)] ?? 0) >> (at & 7)) & 1) === 1);
    return 0;
  }

  #set(at: number, on: boolean): number {
    this.#flash[at]?.();
    if (this.relays[at] === on) return 0;
    this.relays[at] = on;
    for (const listen of this.#listeners) listen(at + 1, on);
    return 0;
  }

  #pulse(at: number, ms: number): number {
    this.#set(at, true);
    this.#flash[at] = this.#clock.after(`twin.${this.unit}.flash${at + 1}`, ms, () => this.#set(at, false));
    return 0;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function exception(fc: number, code: number): Uint8Array {
  return Uint8Array.from([fc | 0x80, code]);
}

// ------------------------------------------------------------ the barrier

export interface BarrierTwinSettings {
  readonly clock: Clock;
  readonly board: BoardTwin;
  readonly travelMs: number;
  readonly relays: {
    readonly open: number;
    readonly close?: number;
    readonly stop?: number;
    readonly hold?: number;
    readonly announce?: number;
  };
  readonly inputs: { readonly openLimit?: number; readonly closedLimit?: number };
  /** The controller's own anti-crush: an occupied loop reverses a closing boom whatever we order. */
  readonly protects?: boolean;
}

const stepMs = 20;

/** The barrier's own controller and its boom. OPEN beats CLOSE, STOP beats both (protocols.md §3.2). */
export class BarrierTwin {
  /** 0 closed … 1 open. */
  position = 0;
  /** Something stands under the boom. */
  occupied = false;
  /** Touched by the boom while it came down: what must never happen. */
  hits = 0;
  moving: 'up' | 'down' | 'no' = 'no';
  /** The lamp or buzzer at the boom. */
  get announcing(): boolean {
    return this.#isOn(this.#settings.relays.announce);
  }

  /** The motor is on and the boom does not move. */
  jammed = false;
  #on = new Set<number>();
  #cancel: () => void = () => {};
  readonly #settings: BarrierTwinSettings;

  constructor(settings: BarrierTwinSettings) {
    this.#settings = settings;
    settings.board.onRelay((relay, on) => {
      if (on) this.#on.add(relay);
      else this.#on.delete(relay);
      if (on && relay !== settings.relays.announce) this.#ordered();
    });
    this.#showLimits();
  }

  #isOn(relay: number | undefined): boolean {
    return relay !== undefined && this.#on.has(relay);
  }

  #ordered(): void {
    const { relays } = this.#settings;
    if (this.#isOn(relays.stop)) this.moving = 'no';
    else if (this.#isOn(relays.open) || this.#isOn(relays.hold)) this.moving = 'up';
    else if (this.#isOn(relays.close)) this.moving = 'down';
    this.#cancel();
    if (this.moving !== 'no') this.#tick();
  }

  /** By hand, wind or the board itself: no order of ours. */
  push(to: 'up' | 'down'): void {
    this.moving = to;
    this.#cancel();
    this.#tick();
  }

  #tick(): void {
    this.#cancel = this.#settings.clock.after(`twin.${this.#settings.board.unit}.boom`, stepMs, () => {
      if (this.moving === 'down' && this.occupied) {
        if (this.#settings.protects === true) this.moving = 'up';
        else if (this.position < 0.3) this.hits += 1;
      }
      const step = this.jammed ? 0 : stepMs / this.#settings.travelMs;
      this.position = Math.min(1, Math.max(0, this.position + (this.moving === 'up' ? step : -step)));
      this.#showLimits();
      if (this.position === 0 || this.position === 1) this.moving = 'no';
      else this.#tick();
    });
  }

  #showLimits(): void {
    const { board, inputs } = this.#settings;
    if (inputs.openLimit !== undefined) board.setInput(inputs.openLimit, this.position === 1);
    if (inputs.closedLimit !== undefined) board.setInput(inputs.closedLimit, this.position === 0);
  }
}
