/** What a driver says it saw, as the core takes it. Shapes only; rules are in the rooms beside. */
import type { DeviceId, Json, Mono, Wall } from './values.ts';

export type PlateColor = 'blue' | 'yellow' | 'white' | 'black' | 'green' | 'yellowGreen' | 'other' | 'unknown';

/** One plate read by a camera (protocols.md §1). Confidence is normalised per vendor to 0..1 by the driver. */
export interface PlateRead {
  readonly kind: 'plateRead';
  readonly device: DeviceId;
  /** The camera's lane or channel number, when it sends one. */
  readonly channel?: number | undefined;
  /** Text as sent, untouched: the record keeps it. `''` = vehicle seen, no plate read. */
  readonly raw: string;
  readonly color: PlateColor;
  readonly confidence: number | null;
  /** The camera's own word on direction of travel: approaching / leaving / unknown. */
  readonly heading: 'approaching' | 'leaving' | 'unknown';
  /** Not live: the camera marked it replayed, historical or re-sent (protocols.md §0.3), or the receiver held it too long. Recorded; moves nothing. */
  readonly late: false | 'replayed' | 'historical' | 'held';
  /** The camera's id of the event, equal over re-sends; `null` where the camera gives none. */
  readonly eventId: string | null;
  /** The camera's clock; only ever recorded, never decided on (protocols.md §0.4). */
  readonly cameraWall: Wall | null;
  readonly receivedAt: Mono;
  /** Vendor's class words (vehicleType, plateType …) as facts for the record. */
  readonly vendor: { readonly [key: string]: Json };
}

export type CardFormat = 'w26' | 'w32' | 'w34' | 'w35' | 'w37' | 'w66' | 'em4100' | 'decimal' | 'hex' | 'text';

/** One card or tag heard by a reader: canonical bits and value (protocols.md §5). */
export interface CardRead {
  readonly kind: 'cardRead';
  readonly device: DeviceId;
  /** Number of significant bits of `value`, without parity. */
  readonly bits: number;
  /** Lower-case hexadecimal without leading zeros, `'0'` for zero. */
  readonly value: string;
  readonly format: CardFormat;
  /** What a QR code says where it is no number, at most 3 kB, untrusted; `value` is then 128 bits of its SHA-256. Personal. */
  readonly text?: string | undefined;
  readonly receivedAt: Mono;
  readonly late: false | 'replayed' | 'held';
}

/** What a contact's line shows that is neither alarm nor rest: cut, short-circuited, or a value that nothing gives. */
export type ContactLine = 'open' | 'short' | 'outside';

/** Every input of a device that one successful poll has shown. `true` = active / occupied. */
export interface InputsRead {
  readonly kind: 'inputsRead';
  readonly device: DeviceId;
  /** When the reply's last byte arrived. */
  readonly at: Mono;
  readonly values: Readonly<Record<string, boolean>>;
  /** Of supervised lines that the poll has found broken: how. Their `values` say nothing. */
  readonly lines?: Readonly<Record<string, ContactLine>> | undefined;
  /** Output states where the driver reads them back (coil on = true), by output name: `open`, `close`, `stop`, `hold`, `announce`, `unlock`. */
  readonly outputs?: Readonly<Record<string, boolean>> | undefined;
}

/** The device no longer answers, or has said nothing within its limit: everything of it is unknown from now on. */
export interface DeviceSilent {
  readonly kind: 'deviceSilent';
  readonly device: DeviceId;
  readonly why: string;
}

export interface DeviceReturned {
  readonly kind: 'deviceReturned';
  readonly device: DeviceId;
}

/** A fault that the driver declares in its `faults`. Conditions, not exceptions. */
export interface DeviceFault {
  readonly kind: 'deviceFault';
  readonly device: DeviceId;
  readonly fault: string;
  readonly raised: boolean;
  readonly detail: string;
}

export type Observation = PlateRead | CardRead | InputsRead | DeviceSilent | DeviceReturned | DeviceFault;
