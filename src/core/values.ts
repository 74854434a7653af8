/** The small value types that everything else is written in. */

/** Milliseconds of the monotonic clock, counted from any fixed point of this boot. Never compared across boots. */
export type Mono = number;
/** Milliseconds since 1970-01-01T00:00:00Z by the wall clock. */
export type Wall = number;

/** What the runtime tells `step` of time. The core never asks for it. */
export interface Now {
  readonly mono: Mono;
  readonly wall: Wall;
  /** False until a configured probe has shown the wall clock to be within 5 s of true time. */
  readonly wallTrusted: boolean;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type LaneId = string;
export type DeviceId = string;
export type LineId = string;
export type RouteId = string;
/** Unique over boots: `<bootId>.<n>`. Each command frame on a line belongs to exactly one. */
export type CommandId = string;
/** Number of a record within this boot, dense from 1 in the order in which the core made them. */
export type RecordRef = number;

export type Direction = 'in' | 'out';

/** Both languages of everything that a person reads. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** Fails to compile where a switch over a union forgets a case, and throws should data lie at run time. */
export function never(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
