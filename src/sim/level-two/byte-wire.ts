/** One line's wire in virtual time: bytes take their time on it, and are lost, torn, late, doubled or drowned as the seed has it. */
import type { Random } from '../random.ts';
import type { Agenda } from '../yard/agenda.ts';
import type { LineLuck } from '../yard/field.ts';
import { type Asked, answerOf, askedIn, type Framing } from './modbus-bytes.ts';

/** What the gateway's end of a connection is told; shaped as the field room's links are. */
export interface WireEnd {
  opened(): void;
  bytes(chunk: Uint8Array): void;
  lost(why: string): void;
}

export interface WireLink {
  write(bytes: Uint8Array): boolean;
  close(): void;
}

export interface WirePlan {
  readonly id: string;
  readonly framing: Framing;
  /** Of one character; 0 where the wire has none. */
  readonly charMs: number;
}

/** A unit on the wire. */
export interface WireUnit {
  readonly unit: number;
  /** How long it takes to answer, ms. */
  answerMs(): number;
  /** Null where it keeps silent. `isObeyed` false: it hears the frame and refuses it. */
  answer(pdu: Uint8Array, isRefused: boolean): Uint8Array | null;
  /** A frame for it is on the wire. `isHeard`: it will reach the board whole, and the board will do it. */
  written(pdu: Uint8Array, isHeard: boolean): void;
  readonly isDown: boolean;
}

/** Beside what all boards of a site suffer. */
export interface WireLuck {
  /** Of 1, how many replies come late, after the gateway has given them up. */
  lateReply: number;
  /** Come twice. */
  doubledReply: number;
}

const TCP_MS = 1;
const OPEN_MS: readonly [number, number] = [1, 12];
/** Until an end that nobody announces is noticed. */
const NOTICED_MS: readonly [number, number] = [0, 1500];
const READS_MAX = 4;

export class ByteWire {
  readonly plan: WirePlan;
  readonly luck: WireLuck = { lateReply: 0, doubledReply: 0 };
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #siteLuck: LineLuck;
  readonly #units = new Map<number, WireUnit>();
  /** When each unit's newest answer ends. */
  readonly #answeredAt = new Map<number, number>();
  #live: WireEnd | null = null;
  #isCut = false;
  #isBabbling = false;
  #connections = 0;
  /** The reply's last byte of the exchange before. */
  #freeAt = 0;
  /** True between a frame's two pieces. */
  #isHalf = false;
  /** What has come meanwhile. */
  readonly #behind: (() => void)[] = [];

  constructor(plan: WirePlan, agenda: Agenda, random: Random, siteLuck: LineLuck) {
    this.plan = plan;
    this.#agenda = agenda;
    this.#random = random;
    this.#siteLuck = siteLuck;
  }

  add(unit: WireUnit): void {
    this.#units.set(unit.unit, unit);
  }

  /** Of the connection that stands; null while there is none. */
  get connection(): number | null {
    return this.#live === null ? null : this.#connections;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** One attempt to connect, from the gateway's side. */
  open(end: WireEnd): WireLink {
    const random = this.#random;
    let isOver = false;
    this.#agenda.after(random.between(...OPEN_MS), () => {
      if (isOver) return;
      if (this.#isCut) {
        isOver = true;
        return end.lost('no way there');
      }
      this.#live = end;
      this.#connections++;
      end.opened();
    });
    return {
      write: (bytes) => {
        if (isOver || this.#live !== end) return false;
        this.#take(bytes, end);
        return true;
      },
      close: () => {
        isOver = true;
        if (this.#live === end) this.#live = null;
      },
    };
  }

  /** The cable is pulled, the converter loses its power; whoever holds the line learns of it in a while. */
  cut(): void {
    this.#isCut = true;
    const end = this.#live;
    if (end === null) return;
    const noticedMs = this.#random.chance(0.6) ? 0 : this.#random.between(...NOTICED_MS);
    this.#agenda.after(noticedMs, () => {
      if (this.#live !== end) return;
      this.#live = null;
      end.lost('connection reset');
    });
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Somebody speaks without being asked, for so long. */
  babble(ms: number): void {
    const until = this.#agenda.now + ms;
    if (this.#isBabbling || this.plan.framing === 'mbap') return;
    this.#isBabbling = true;
    const speak = (): void => {
      if (this.#agenda.now >= until) {
        this.#isBabbling = false;
        return;
      }
      const noise = Uint8Array.from({ length: this.#random.whole(1, 6) }, () => this.#random.whole(0, 255));
      if (!this.#isCut) this.#live?.bytes(noise);
      this.#agenda.after(this.#random.between(2, 60), speak);
    };
    speak();
  }

  #take(bytes: Uint8Array, end: WireEnd): void {
    const { framing, charMs } = this.plan;
    const asked = askedIn(bytes, framing);
    if (asked === null) throw new RangeError(`${this.plan.id}: the gateway wrote no whole frame`);
    const unit = this.#units.get(asked.unit);
    if (unit === undefined) return;
    const luck = this.#random.next();
    const { lostFrame, refused, lostReply } = this.#siteLuck;
    const isWrite = (asked.pdu[0] ?? 0) > READS_MAX;
    const isLost = this.#isCut || unit.isDown || luck < lostFrame;
    const isRefused = !isLost && isWrite && luck < lostFrame + refused;
    unit.written(asked.pdu, !isLost && !isRefused);
    if (isLost) return;
    const isReplyLost = luck < lostFrame + refused + lostReply && luck >= lostFrame + (isWrite ? refused : 0);
    const arrivesAt = Math.max(this.#agenda.now + bytes.length * charMs, this.#freeAt) + (charMs === 0 ? TCP_MS : 0);
    this.#agenda.at(arrivesAt, () => {
      const pdu = unit.answer(asked.pdu, isRefused);
      if (pdu !== null) this.#reply(asked, pdu, isReplyLost, unit.answerMs(), end);
    });
  }

  #reply(asked: Asked, pdu: Uint8Array, isLost: boolean, answerMs: number, end: WireEnd): void {
    const random = this.#random;
    const whole = answerOf(asked, pdu);
    const bytes = isLost ? torn(whole, random, this.plan.framing) : whole;
    const lateMs = random.chance(this.luck.lateReply) ? random.between(100, 1400) : 0;
    const soonest = this.#agenda.now + answerMs + lateMs + whole.length * this.plan.charMs;
    // A unit answers one question after the other: what is late is overtaken by no later answer of its own.
    const at = Math.max(soonest, (this.#answeredAt.get(asked.unit) ?? 0) + 1);
    this.#answeredAt.set(asked.unit, at);
    if (lateMs === 0 && at === soonest) this.#freeAt = at;
    if (bytes !== null) this.#send(bytes, at, end);
    if (!isLost && random.chance(this.luck.doubledReply)) this.#send(whole, at + random.between(2, 60), end);
  }

  #send(bytes: Uint8Array, at: number, end: WireEnd): void {
    const cut = this.#random.chance(0.15) ? this.#random.whole(1, bytes.length - 1) : 0;
    const hand = (part: Uint8Array): void => {
      if (this.#live === end && !this.#isCut) end.bytes(part);
    };
    const rest = (): void => {
      this.#isHalf = false;
      hand(bytes.slice(cut));
      for (const next of this.#behind.splice(0)) next();
    };
    // Adapters hand over what has come: a frame in two pieces is still one, and a stream puts nothing between them.
    if (cut === 0) this.#agenda.at(at, () => (this.#isHalf ? void this.#behind.push(() => hand(bytes)) : hand(bytes)));
    else
      this.#agenda.at(Math.max(this.#agenda.now, at - 0.5), () => {
        if (this.#isHalf) return void this.#behind.push(() => hand(bytes));
        this.#isHalf = true;
        hand(bytes.slice(0, cut));
        this.#agenda.at(Math.max(this.#agenda.now, at), rest);
      });
  }
}

/** Nothing of it, a part, or one to three bits wrong, which the checksum always finds; on TCP a frame is lost whole. */
function torn(bytes: Uint8Array, random: Random, framing: Framing): Uint8Array | null {
  const how = random.next();
  if (framing === 'mbap' || how < 0.4) return null;
  if (how < 0.7) return bytes.slice(0, random.whole(1, bytes.length - 1));
  const wrong = Uint8Array.from(bytes);
  for (let nth = random.whole(1, 3); nth > 0; nth--) {
    const at = random.whole(0, wrong.length - 1);
    wrong[at] = (wrong[at] ?? 0) ^ (1 << random.whole(0, 7));
  }
  return wrong;
}
