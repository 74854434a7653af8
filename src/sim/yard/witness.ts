/** What anybody beside the gate could see and hear of a run, and the journal: all that a checker may know. */
import type { Command, Input, JournalRecord, Outcome, Request } from '../../core/io.ts';
import type { SiteModel } from '../../core/site-model.ts';
import type { Direction } from '../../core/values.ts';

/** A plate or card as it was shown to the gateway, with what the people there know of it. */
export interface Shown {
  readonly at: number;
  readonly device: string;
  readonly lane: string;
  readonly direction: Direction;
  readonly text: string;
  /** Neither late nor sent before, and read without an error. */
  readonly isLive: boolean;
  readonly isSure: boolean;
  /** The camera says that it sees the back of a car. */
  readonly isLeaving?: boolean;
  readonly visit: Standing | null;
}

/** Somebody before the boom. */
export interface Standing {
  readonly lane: string;
  readonly direction: Direction;
  readonly plate: string | null;
  readonly isFirst: boolean;
  readonly isWaiting: boolean;
  /** Of the part of it that a loop feels. */
  readonly isOnArming: boolean;
  readonly waitingSince: number;
}

export interface Witness {
  polled?(device: string, values: Readonly<Record<string, boolean>>, at: number): void;
  /** Nothing has changed for a while: the board was read so often as usual, for the last time at `at`. */
  polledQuietly?(device: string, at: number): void;
  wentSilent?(device: string): void;
  shown?(shown: Shown): void;
  requested?(request: Request): void;
  replaced?(model: SiteModel): void;
  /** The gateway gives it to the device. */
  ordered?(command: Command, at: number): void;
  /** Its frame is on the wire; `isHeard` = the device obeys it. */
  framed?(command: Command, at: number, isHeard: boolean): void;
  settled?(command: Command, result: Outcome['result'], at: number): void;
  recorded?(record: JournalRecord, at: number): void;
  /** All up to this number of this boot is on the disk. */
  durable?(ref: number, at: number): void;
  journalRefuses?(isRefusing: boolean, at: number): void;
  fault?(code: string, subject: string, isRaised: boolean): void;
  armed?(timer: string, at: number): void;
  started?(boot: string, at: number): void;
  /** With its power: what was not on the disk is gone. */
  cut?(at: number): void;
  /** One input has been taken and all its effects performed. */
  taken?(input: Input, at: number): void;
  /** While anything moves in the lane, ten times a second, and when its boom begins or ends to move. */
  looked?(lane: string, at: number): void;
}

type Told = Required<Witness>;

/** Several as one. */
export class Witnesses implements Told {
  readonly #all: readonly Witness[];

  constructor(all: readonly Witness[]) {
    this.#all = all;
  }

  polled: Told['polled'] = (...told) => {
    for (const one of this.#all) one.polled?.(...told);
  };
  polledQuietly: Told['polledQuietly'] = (...told) => {
    for (const one of this.#all) one.polledQuietly?.(...told);
  };
  wentSilent: Told['wentSilent'] = (...told) => {
    for (const one of this.#all) one.wentSilent?.(...told);
  };
  shown: Told['shown'] = (...told) => {
    for (const one of this.#all) one.shown?.(...told);
  };
  requested: Told['requested'] = (...told) => {
    for (const one of this.#all) one.requested?.(...told);
  };
  replaced: Told['replaced'] = (...told) => {
    for (const one of this.#all) one.replaced?.(...told);
  };
  ordered: Told['ordered'] = (...told) => {
    for (const one of this.#all) one.ordered?.(...told);
  };
  framed: Told['framed'] = (...told) => {
    for (const one of this.#all) one.framed?.(...told);
  };
  settled: Told['settled'] = (...told) => {
    for (const one of this.#all) one.settled?.(...told);
  };
  recorded: Told['recorded'] = (...told) => {
    for (const one of this.#all) one.recorded?.(...told);
  };
  durable: Told['durable'] = (...told) => {
    for (const one of this.#all) one.durable?.(...told);
  };
  journalRefuses: Told['journalRefuses'] = (...told) => {
    for (const one of this.#all) one.journalRefuses?.(...told);
  };
  fault: Told['fault'] = (...told) => {
    for (const one of this.#all) one.fault?.(...told);
  };
  armed: Told['armed'] = (...told) => {
    for (const one of this.#all) one.armed?.(...told);
  };
  started: Told['started'] = (...told) => {
    for (const one of this.#all) one.started?.(...told);
  };
  cut: Told['cut'] = (...told) => {
    for (const one of this.#all) one.cut?.(...told);
  };
  taken: Told['taken'] = (...told) => {
    for (const one of this.#all) one.taken?.(...told);
  };
  looked: Told['looked'] = (...told) => {
    for (const one of this.#all) one.looked?.(...told);
  };
}

/** A rule of the gate that the run has shown to be broken. */
export class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, says: string, facts: unknown = {}) {
    super(`${invariant}: ${says} ${JSON.stringify(facts)}`);
    this.invariant = invariant;
  }
}
