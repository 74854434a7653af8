/** What `decide` is asked: everything it may look at, handed in. */
import type { PlateKind } from '../plate/patterns.ts';
import type { PlateColor, PlateRead } from '../presentation.ts';
import type { LaneModel, SiteModel } from '../site-model.ts';
import type { DeviceId, Direction, Now } from '../values.ts';
import type { Facts } from './facts.ts';

export interface PlateCredential {
  /** Canonical text (`normalisePlate`); `''` for kind `none`. */
  readonly text: string;
  readonly color: PlateColor;
  /** 0..1, or null where the camera gives none. */
  readonly confidence: number | null;
  readonly kind: PlateKind;
}

export interface CardCredential {
  readonly bits: number;
  readonly value: string;
}

export interface Credentials {
  readonly plate: PlateCredential | null;
  readonly card: CardCredential | null;
}

export type LaneMode = 'normal' | 'heldOpen' | 'lockedDown' | 'emergency' | 'outOfService';

/** One more thing that was shown in this presence; `kind` as in `PlateCredential`. */
export type Shown = Pick<PlateCredential, 'text' | 'color' | 'kind'> | CardCredential;

/** What the lane knows of the times of `credentials` (gate.md "Opening", two factors); who they belong to, the list says. */
export interface SecondFactor {
  /** Both were read in one window. */
  readonly paired: boolean;
  /** Halves that have waited for their other one longer than the window. */
  readonly lapsed: readonly ('plate' | 'card')[];
}

/** What could still read one half here: something that works, nothing that is built in, or only what is down. */
export type FactorSource =
  | { readonly state: 'works' }
  | { readonly state: 'none' }
  | {
      readonly state: 'down';
      readonly device: DeviceId;
      /** Code of its standing fault, and how long that has stood, ms. */
      readonly fault: string;
      readonly forMs: number;
    };

export interface UnreadPresence {
  readonly presentMs: number;
  /** The sensor was seen to become occupied; a car that stood there at a start, or when a silent sensor returned, did not. */
  readonly risen: boolean;
  /** This presence has been let out blind before, and has not gone. */
  readonly again: boolean;
}

/** Milliseconds; null where there is nothing to be old: no sensor, no plate, no claim. */
export interface FactAges {
  /** Of the oldest reading of the arming sensor, or of the camera's trigger where it stands for one. */
  readonly presence: number | null;
  /** Of the newest read of the plate. */
  readonly plate: number | null;
  /** Of the claim that makes the lane's mode. */
  readonly mode: number | null;
}

export type SiteRules = Pick<SiteModel, 'timezone' | 'calendar' | 'near' | 'emergencyPlates'>;

export interface AccessQuestion {
  readonly credentials: Credentials;
  readonly lane: LaneModel;
  readonly direction: Direction;
  readonly mode: LaneMode;
  /** A named person holds the portal open, and it stands open. */
  readonly standsHeld?: boolean | undefined;
  /** An emergency stands anywhere on the site. */
  readonly emergency: boolean;
  /** An emergency route runs against this lane's entry. */
  readonly opposing: boolean;
  /** All that this presence has shown before, in whatever window: for the block list alone. */
  readonly shown?: readonly Shown[] | undefined;
  /** The camera's own word on where the car is going; absent where no plate was read. */
  readonly heading?: PlateRead['heading'] | undefined;
  /** Rows for all keys of `credentials` and `shown`; null where nothing was looked up. */
  readonly facts: Facts | null;
  readonly now: Now;
  readonly site: SiteRules;
  /** A car (or person) on the arming sensor; `unknown` where the lane has no sensor that can be believed. */
  readonly present: 'yes' | 'no' | 'unknown';
  /** Somebody stands there whom nothing has read; null or absent where a credential was presented. */
  readonly unread?: UnreadPresence | null | undefined;
  /** How old the facts are that are not the list's. */
  readonly ages?: FactAges | undefined;
  /** Reads of exactly this plate in this presence, this one included. */
  readonly framesAgree: number;
  /** Null where `credentials` were shown at one moment. */
  readonly secondFactor: SecondFactor | null;
  /** By half; absent where nobody asked after the devices. */
  readonly factorSources?: { readonly plate: FactorSource; readonly card: FactorSource } | undefined;
  /** Row ids of grants in flight that `facts` do not show yet, one entry a use. */
  readonly spentRows: readonly string[];
  /** One-time rows that this lane honours once more after an unmeasured passage (gate.md "Exits"). */
  readonly honouredRows?: readonly string[] | undefined;
  readonly journalBroken: boolean;
  /** A named person or the button has said yes. */
  readonly guardGranted?: boolean | undefined;
}
