/** What a reader sends and is taken for no card: shown to whoever learns cards, judged by nobody, recorded nowhere. */
import type { CardFormat } from '../core/presentation.ts';
import type { Mono, Text } from '../core/values.ts';

/** The bytes between two silences, or of half a second where there is none, with something among them that was refused. */
export interface Refused {
  /** Names in `RefusalRules.words`, each once, as they were found. */
  readonly why: readonly string[];
  /** Lower-case hexadecimal, a new piece after each pause; `at` in milliseconds from the first. */
  readonly pieces: readonly { readonly at: number; readonly hex: string }[];
  /** Bytes behind those, more than are kept. */
  readonly more: number;
  /** Bytes that are in no piece because they may be keys of somebody's code. */
  readonly withheld: number;
  /** Frames among them in which this configuration reads a card. */
  readonly cards: number;
}

/** Hears one device beside its driver, by the same rules. No timer of its own: whoever feeds it calls `silent` at `dueAt`. */
export interface RefusalWatch {
  /** `null` while nothing waits. */
  readonly dueAt: Mono | null;
  hear(bytes: Uint8Array, at: Mono): Refused | null;
  silent(at: Mono): Refused | null;
  /** The connection is gone, and what was begun with it. */
  lost(): void;
}

/** A card that other settings would read. */
export interface Fit {
  readonly bits: number;
  /** Lower-case hexadecimal without leading zeros. */
  readonly value: string;
  readonly format: CardFormat;
  /** Keys of the device in the YAML, by which it would be read; each entry is one way. */
  readonly by: readonly FitSettings[];
}

export interface FitSettings {
  readonly set: Readonly<Record<string, string | number>>;
  /** Keys that are written now and must go. */
  readonly without: readonly string[];
}

export interface RefusalRules<C> {
  /** Every reason of this driver. */
  readonly words: Readonly<Record<string, Text>>;
  /** Those of them that a frame of the right form has which was changed on its way. */
  readonly damages: ReadonlySet<string>;
  /** Pure. */
  watch(config: C): RefusalWatch;
  /**
   * Pure. The surest first; empty where nothing known reads it.
   * @param config `null` where the device's own is not known
   * @param profiles by name, each as the schema of `DriverDefinition.profiles` gave it out
   */
  fits(refused: Refused, config: C | null, profiles: ReadonlyMap<string, unknown>): readonly Fit[];
}
