/**
 * The compiled site that the core works on. `src/config` makes it from YAML; every default is filled in, every name
 * resolved, every duration in milliseconds. Semantics of each field: gate.md, cited by section in the lane rooms.
 */
import type { DeviceId, Direction, LaneId, LineId, RouteId, Text } from './values.ts';

export interface SiteModel {
  readonly id: string;
  readonly name: string;
  /** IANA name; weekly windows and holidays are read in it. */
  readonly timezone: string;
  /** Province character that comes first where a guard types a plate; null where none is named. It decides nothing. */
  readonly homeProvince: string | null;
  /** SHA-256 of the effective configuration, hexadecimal; recorded with each decision (I11). */
  readonly configHash: string;
  readonly lanes: readonly LaneModel[];
  readonly routes: readonly RouteModel[];
  readonly interlocks: readonly InterlockModel[];
  readonly calendar: Calendar;
  readonly near: NearPlatePolicy;
  /** The site's own emergency vehicles: plates whose class says nothing (ambulances). Normalised text. */
  readonly emergencyPlates: readonly string[];
  /** How many booms each line can watch while closing, by line id; config computes it from the wire's budget. */
  readonly closingsAtOnce: Readonly<Record<LineId, number>>;
  /** What drills are asked for; null or left out: none. */
  readonly drills?: DrillPlan | null | undefined;
}

/** When a drill is asked for, of what, and how long each one holds. */
export interface DrillPlan {
  /** Longest time between two drills of one reach. */
  readonly everyMs: number;
  /** The asking itself comes at the next of these moments, in the site's time zone. */
  readonly at: CronTime;
  /** Each of these routes, or the site as a whole. */
  readonly reach: 'site' | readonly RouteId[];
  /** From the moment at which all its lanes are open. */
  readonly holdOpenMs: number;
  /** Asked for so long in vain, a drill is missed. */
  readonly graceMs: number;
}

/** A cron expression that means one moment a day at most, read (`calendar/cron.ts`). */
export interface CronTime {
  readonly text: string;
  /** Minutes after local midnight. */
  readonly minute: number;
  readonly monthDays: readonly number[];
  readonly months: readonly number[];
  /** 1 = Monday … 7 = Sunday. */
  readonly weekdays: readonly number[];
}

/** Lanes that the fire engines take from the gate to the fire ground, those that run; neighbours stand next to each other. */
export interface RouteModel {
  readonly id: RouteId;
  readonly name: string;
  readonly lanes: readonly LaneId[];
  /** The way the fire engines go. */
  readonly direction: Direction;
}

/** Portals of which one opens only while all the others are measured closed (gate.md "Interlock"). */
export interface InterlockModel {
  readonly id: string;
  readonly name: string;
  /** From the outside to the inside; also those that do not run, of which nothing is known. */
  readonly lanes: readonly LaneId[];
}

/** What a cause of emergency opens: its own lane, the whole site, or these routes. */
export type Reach = 'lane' | 'site' | readonly RouteId[];

export interface Calendar {
  /** `YYYY-MM-DD` → is it a day off or a working day, where it differs from the plain week (调休). */
  readonly days: Readonly<Record<string, 'off' | 'work'>>;
  /** Years the calendar covers; a date outside it is judged by its weekday alone. */
  readonly years: readonly number[];
  /** Named weekly windows that permits refer to. */
  readonly windows: Readonly<Record<string, readonly WeeklyWindow[]>>;
}

/** From `from` to `to` minutes after local midnight on the given days; `to` ≤ `from` runs past midnight into the next day. */
export interface WeeklyWindow {
  /** 1 = Monday … 7 = Sunday; `off`/`work` follow the calendar. */
  readonly days: readonly (1 | 2 | 3 | 4 | 5 | 6 | 7 | 'off' | 'work')[];
  readonly from: number;
  readonly to: number;
}

export interface NearPlatePolicy {
  readonly suggest: boolean;
}

export type ExitPolicy = 'free' | 'known' | 'paid';
export type OnObstructionUnknown = 'stayOpen' | 'yieldToBoard';
/** refer: a person decides · singleFactor: the half that can be read is enough, while the other's device is down. */
export type SecondFactorFallback = 'refer' | 'singleFactor';
export type Detects = 'vehicle' | 'person' | 'both';

export interface LaneModel {
  readonly id: LaneId;
  readonly name: string;
  readonly directions: readonly Direction[];
  /** False until signed off: the lane is manual only, credentials are referred and no close is ordered by software. */
  readonly commissioned: boolean;
  readonly portal: PortalModel;
  readonly cameras: readonly CameraBinding[];
  readonly readers: readonly ReaderBinding[];
  readonly inputs: readonly InputModel[];
  readonly exitPolicy: ExitPolicy;
  /** An unread vehicle that has stood at a free exit this long is let out (gate.md "Exits"); null = a person opens. */
  readonly blindExitAfterMs: number | null;
  /** Days of access: a list row may name lanes; this lane's classes are matched as well (e.g. `residents`). */
  readonly groups: readonly string[];
  readonly onObstructionUnknown: OnObstructionUnknown;
  /** The barrier's own hard-wired protection was proved at sign-off. */
  readonly boardProtected: boolean;
  /** Trailers pass here: a gap shorter than `clearFor` is one vehicle's, whatever stood on the arming sensor meanwhile. */
  readonly longVehicles: boolean;
  /** The guard has one button: pressed with the boom measured open for 3 s and nothing under it, it closes. */
  readonly buttonCloses: boolean;
  readonly timing: LaneTiming;
  /** Accept presence from the camera's own trigger where there is no arming sensor. */
  readonly presenceFromCamera: boolean;
  /** What a permit for plate + card comes to while every device that could read its other half is down (gate.md "Two factors"). */
  readonly secondFactorFallback: SecondFactorFallback;
  /** Below this camera confidence (0..1) a read is never granted, only referred. */
  readonly minConfidence: number;
}

export interface LaneTiming {
  /** How long a live read waits for the next presence edge (Plate before sensor). Default 5 s. */
  readonly armWindowMs: number;
  /** Clear without a break for this long before a close. Default 1 s, long-vehicle lanes 3 s. */
  readonly clearForMs: number;
  /** After clear, how long until the gateway closes. Default 1 s. */
  readonly closeAfterClearMs: number;
  /** A grant that nobody drove through by then is `notTaken`. Default 20 s. */
  readonly notTakenAfterMs: number;
  /** A boom found open, or opened by hand, without a claim. Default 60 s. */
  readonly heldOpenAlarmAfterMs: number;
  /** Announcement before a close not directly behind a measured vehicle. Default 3 s. */
  readonly announceMs: number;
  /** A reading older than this is unknown. Default 3 × the poll period, at least 1 s. */
  readonly staleAfterMs: number;
  /** Two halves of plate + card must come within this. Default 15 s. */
  readonly secondFactorWindowMs: number;
  /** A door stays released this long for a grant or REX. Default 5 s. */
  readonly doorReleaseMs: number;
}

export type PortalModel = { readonly kind: 'none' } | BarrierModel | DoorModel;

export interface BarrierModel {
  readonly kind: 'barrier' | 'turnstile';
  readonly device: DeviceId;
  readonly line: LineId;
  readonly open: 'pulse' | 'maintained';
  readonly openInput: 'dedicated' | 'step';
  readonly hold: 'maintained' | 'holdInput' | 'none';
  readonly stop: 'wired' | 'none';
  readonly close: 'pulse' | 'none';
  /** A lamp or buzzer of its own that announces a close; without it the record and the screen do. */
  readonly announce: 'wired' | 'none';
  readonly autoClose: 'board' | 'gateway';
  readonly travelMs: number;
  readonly hasOpenLimit: boolean;
  readonly hasClosedLimit: boolean;
  /** How people lift it with the mains off; it decides nothing. */
  readonly manualLift?: Text | undefined;
}

export interface DoorModel {
  readonly kind: 'door';
  readonly device: DeviceId;
  readonly line: LineId;
  readonly fail: 'safe' | 'secure';
  /** Its strike bolts again by itself: nothing holds it released, and released it is never taken to stand open. */
  readonly pulsed?: true;
  readonly escapeRoute: boolean;
  readonly hasContact: boolean;
  readonly heldOpenAfterMs: number;
}

export interface CameraBinding {
  readonly device: DeviceId;
  readonly direction: Direction;
  /** The camera's own lane or channel number, where one camera serves several lanes. */
  readonly channel?: number | undefined;
}

export interface ReaderBinding {
  readonly device: DeviceId;
  readonly direction: Direction;
}

export type InputRole =
  | 'openLimit'
  | 'closedLimit'
  | 'obstruction'
  | 'arming'
  | 'departure'
  | 'button'
  | 'closeButton'
  /** `fire` is the supervised contact; with `pair` supervision `fireNo` is its N.O. half. */
  | 'fire'
  | 'fireNo'
  /** A siren's or remote control's contact: a level that latches as fire does. */
  | 'emergency'
  | 'rex'
  | 'doorContact'
  /** The arm is off its mount, or off altogether. */
  | 'boomBroken'
  | 'tamper'
  /** There is no mains power · the UPS is nearly empty. */
  | 'mainsLost'
  | 'upsLow';

export type FeedbackOutput = 'feedback' | 'feedback2';

/** One input of a lane. The driver has already applied polarity and wiring: `true` = active / occupied / in alarm. */
export interface InputModel {
  /** Name in the driver's observations, e.g. `obstruction`, `obstruction2`, `armingOut`. */
  readonly id: string;
  readonly role: InputRole;
  readonly device: DeviceId;
  readonly direction?: Direction | undefined;
  readonly detects?: Detects | undefined;
  /** A press longer than this is `buttonStuck`, etc. are constants of the core, not of the input. */
  readonly supervision?: 'none' | 'pair' | 'analog' | undefined;
  readonly onBroken?: 'open' | 'alarm' | undefined;
  /** Of fire: the output of the same device that tells the panel that the way is open. */
  readonly feedback?: FeedbackOutput | undefined;
  /** What it opens as a cause of emergency; without it the routes that its lane is on, else its lane. */
  readonly reach?: Reach | undefined;
}
