/** All that a lane remembers. Three small machines (portal, claims, passages) kept apart, never one product of them. */
import type { Decision } from '../decide/decision.ts';
import type { Actor, ClaimPurpose, Command } from '../io.ts';
import type { CardRead, ContactLine, PlateRead } from '../presentation.ts';
import type { FeedbackOutput } from '../site-model.ts';
import type { CommandId, DeviceId, Direction, LaneId, Mono, RecordRef, Wall } from '../values.ts';

export interface LaneState {
  readonly id: LaneId;
  /** By `inputKey`: two devices of one lane may use the same name. */
  readonly inputs: Readonly<Record<string, Reading>>;
  readonly barrier: BarrierState | null;
  readonly door: DoorState | null;
  readonly claims: readonly Claim[];
  readonly grants: readonly Grant[];
  readonly crossing: Crossing | null;
  /** When the arming sensor was left by what passed last: whatever follows without leaving it anew may be a person. */
  readonly lastLeftAt: Mono | null;
  readonly approaches: { readonly in: Approach; readonly out: Approach };
  /** Commands that have not settled yet. */
  readonly pending: readonly PendingCommand[];
  readonly close: CloseIntent | null;
  /** A close of ours that was not seen to end in its time; null once the boom is measured closed or open. */
  readonly unfinished: UnfinishedClose | null;
  /** Mono times of the last reopenings, for hunting (three in 2 min). */
  readonly reopenings: readonly Mono[];
  /** The obstruction input that a technician has taken out of what a close looks at; null = none. */
  readonly bypass: Bypass | null;
  /** The person or input that holds a close to run, for as long as it is held. */
  readonly attending: Attending | null;
  /** Since when the boom has stood open because of a fault of its safety sensors; null where it does not. */
  readonly leftOpenSince: Mono | null;
  /** Passages measured since each safety sensor was last seen occupied, by input id. */
  readonly silentPassages: Readonly<Record<string, number>>;
  /** One-time rows that this lane honours once more (gate.md "Exits"). */
  readonly honour: readonly { readonly rowId: string; readonly until: Mono }[];
  /** Plates whose passage ended, so that the opposite camera's read of them is recorded only. */
  readonly passed: readonly { readonly plate: string; readonly direction: Direction; readonly until: Mono }[];
  /** The boom stood open when it was first seen: who opened it, and for whom, is not known. */
  readonly foundOpen: boolean;
  /** The boom was first seen, or seen again, between its ends: a close of an earlier process may bring it down. The record of that. */
  readonly foundMoving: RecordRef | null;
  /** Events heard lately, so that a camera's re-sending of one never meets the next car (I9). */
  readonly heard: readonly { readonly event: string; readonly until: Mono }[];
  /** Since when the boom has been off its closed position; a departure counts only when it begins after this. */
  readonly passableSince: Mono | null;
  /** A hold that is being asserted: how often so far. Null once it is known to stand, or where nothing holds. */
  readonly assertion: { readonly attempt: number } | null;
  /** Since when an emergency holds this lane and it is not open; null where it is, or nothing holds it. */
  readonly notOpenSince: Mono | null;
  /** Where the boom was measured when its board fell silent, until it is seen at an end again; and when the board came back. */
  readonly absence: { readonly position: 'open' | 'closed' | null; readonly returnedAt: Mono | null };
  /** Since when the boom has stood open without grant, claim or close. */
  readonly unownedSince: Mono | null;
  /** Buttons whose present press has already acted, by input id. */
  readonly acted: Readonly<Record<string, boolean>>;
  /** Buttons whose present press has latched an emergency, by input id. */
  readonly latched: Readonly<Record<string, boolean>>;
  readonly nextPassage: number;
  /** Credentials turned away in a row: on the lane, and by reader. */
  readonly failedTries: FailedTries;
  /** What the boom's own measured travels have taught. */
  readonly travel: TravelState;
  /** Contacts that are only ever pulsed, found on; the announcing lamp; what a fire panel is told. */
  readonly contacts: Readonly<Record<'close' | 'stop' | 'announce' | FeedbackOutput, ContactState>>;
}

export interface FailedTries {
  readonly lane: number;
  readonly readers: Readonly<Record<DeviceId, number>>;
}

export interface TravelState {
  /** The boom and the configured travel that all of it is about; with another it begins anew. */
  readonly device: DeviceId;
  readonly configuredMs: number;
  readonly open: LearnedTravel;
  readonly closed: LearnedTravel;
  /** The full travel under way: begun at one measured end, on our order or the board's. */
  readonly leg: { readonly toward: 'open' | 'closed'; readonly startedAt: Mono } | null;
}

export interface LearnedTravel {
  /** The last measured travels to this end, ms, oldest first. */
  readonly samples: readonly number[];
  /** The 95th percentile when it was first known, ms: what a slower boom is compared with. */
  readonly firstMs: number | null;
  /** Travels measured since the last `travelLearned` record. */
  readonly unsaved: number;
}

/** A relay as it was last read or ordered. */
export interface ContactState {
  readonly on: boolean;
  /** Our order that is on its way to it. */
  readonly command: CommandId | null;
  /** Orders to let it go since it was last read off. */
  readonly tries: number;
  /** When our last order to it was settled; a read-back soon after may be older. */
  readonly settledAt: Mono | null;
  /** Not ordered again before this. */
  readonly notBefore: Mono;
}

/** The newest reading of one input. Clear needs two fresh agreeing reads (design.md "Lines"); active counts at once. */
export interface Reading {
  readonly value: boolean;
  /** Its line is broken, in this way: `value` says nothing. */
  readonly line?: ContactLine | undefined;
  readonly at: Mono;
  /** When the present value began without a break or a stale gap. */
  readonly since: Mono;
  /** Reads in a row with this value, capped at 3; 0 = known to be unknown (the device fell silent). */
  readonly reads: number;
}

export type Position = 'closed' | 'opening' | 'open' | 'closing' | 'stopped' | 'unknown';

export interface BarrierState {
  readonly position: Position;
  readonly basis: 'measured' | 'presumed' | 'none';
  readonly since: Mono;
  /** Who set it moving: our command, the board's own auto-close, or nobody that we know. */
  readonly mover: 'us' | 'board' | 'unordered' | null;
  /** Our newest order to move, until the travel is over. */
  readonly order: {
    readonly action: 'open' | 'close';
    readonly command: CommandId;
    readonly cause: RecordRef;
    readonly sentAt: Mono | null;
    readonly at: Mono;
    /** When the first frame of this movement went out; repeats give a stuck boom no new time. */
    readonly firstSentAt: Mono | null;
    /** It was given while a close of ours might be out: a boom that goes down meanwhile goes down on our word. */
    readonly overtook: boolean;
    /** A person's STOP came after it: that it does not arrive is no fault of the boom. */
    readonly stopped: boolean;
  } | null;
  /** A maintained OPEN that we assert, or that was found on at start. */
  readonly hold: 'off' | 'on' | 'foundOn';
  /** False until a first complete reading of the inputs has been taken. */
  readonly seen: boolean;
}

export interface DoorState {
  readonly lock: 'locked' | 'released' | 'unknown';
  /** False for a pulsed strike. */
  readonly staysReleased: boolean;
  readonly contact: 'closed' | 'open' | 'unknown';
  readonly since: Mono;
  readonly openedAt: Mono | null;
}

export interface Claim {
  readonly key: string;
  readonly purpose: ClaimPurpose;
  readonly by: Actor;
  readonly since: Mono;
  readonly expiresAt: Mono | null;
  readonly cause: RecordRef;
  /** Of a cause of emergency, once this lane has been open for it: how long that took. */
  readonly opened?: { readonly ms: number; readonly basis: 'measured' | 'presumed' } | undefined;
  /** Of a hold that ends behind a number of vehicles: how many are left. */
  readonly passagesLeft?: number | undefined;
  /** Given for the whole site. */
  readonly wholeSite?: true | undefined;
}

/** One right to drive through, in the order given; a passage consumes the oldest. */
export interface Grant {
  readonly passage: number;
  readonly direction: Direction;
  readonly cause: RecordRef;
  readonly at: Mono;
  /** When its credential was presented, or what it had to wait for was over: its first frame goes out within 2 s of this. */
  readonly presentedAt: Mono;
  /** When it counts as not taken; moves on when a later grant extends the opening. */
  readonly expiresAt: Mono;
  /** When the frame that opened for it was sent; null until it is echoed, and where it found the boom open already. */
  readonly openedAt: Mono | null;
  readonly source: 'credential' | 'guard' | 'emergencyVehicle';
  readonly plate: string | null;
  readonly rowId: string | null;
  readonly spends: boolean;
  /** waiting: its pulse waits for the previous passage (autoClose: board) · sent: on its way · opened: the boom is up for it. */
  readonly opening: 'waiting' | 'sent' | 'opened';
  /** What it had to wait for first; null where its frame was ordered with the grant. */
  readonly waitsFor: WaitsFor | null;
  readonly command: CommandId | null;
  /** Its first frame was sent and no reply came; cleared when the one permitted second frame goes out (I10). */
  readonly lost: { readonly sentAt: Mono; readonly deadline: Mono } | null;
  readonly resent: boolean;
  /** The lane's mode forbids it now and its frame was taken back, if that was in time. */
  readonly withdrawn: boolean;
}

/** interlock: the other portal is not measured closed · oppositeCar: the other direction owns the boom · passageBefore: the board opens once a car · boomBefore: an opening under way · closing: a close that an opening has overtaken. */
export type WaitsFor = 'interlock' | 'oppositeCar' | 'passageBefore' | 'boomBefore' | 'closing';

/** A vehicle seen between arming and departure while the boom is up. */
export interface Crossing {
  /** The direction that owns the boom until it is cleared. */
  readonly direction: Direction;
  readonly startedAt: Mono;
  /** When something was first felt under the boom; null where only the departure sensor has felt it. */
  readonly obstructedAt: Mono | null;
  readonly departed: boolean;
  readonly clearedAt: Mono | null;
  /** A sensor that feels only vehicles has felt it, or none that can be believed is there. */
  readonly isVehicle: boolean;
  /** The boom was up, or no limit would show it up, while it was occupied. */
  readonly wasUp: boolean;
  /** The arming sensor was seen free: what it felt has driven on. */
  readonly released: boolean;
  /** The arming sensor as it was last seen, and how often it has been left since the start or before it. */
  readonly arming: 'active' | 'inactive' | 'unknown' | null;
  readonly leavings: number;
  /** When the arming sensor was left last while something stood here; null where it has not been. */
  readonly leftAt: Mono | null;
  /** How often something came under the boom again after it had cleared. */
  readonly gaps: number;
  /** Something that may be a person came under the boom behind it. */
  readonly followed: boolean;
  /** Its sensors were not read for a while: nobody knows all of it. */
  readonly blind: boolean;
  readonly lookedAt: Mono;
  /** Its grant has ended already: what it comes to is nobody's tailgating. */
  readonly settled: boolean;
}

export interface Approach {
  readonly direction: Direction;
  readonly presence: 'present' | 'absent' | 'unknown';
  readonly presenceSince: Mono;
  /** Live reads without presence, waiting for the next edge. */
  readonly waiting: readonly WaitingRead[];
  readonly current: Presentation | null;
  /** Live reads in a row that found no presence; 3 = the sensor is not believed. */
  readonly readsWithoutPresence: number;
  /** The present presence began with an edge that was seen, not with a start or the return of a silent sensor (I12). */
  readonly risen: boolean;
  /** Grants given in this direction so far. */
  readonly grantsGiven: number;
  /** Since when somebody stands there whom nothing has read and nobody lets through; null otherwise. */
  readonly unreadSince: Mono | null;
}

/** Live reads in a row that found no presence; after so many the sensor is not believed. */
export const READS_WITHOUT_PRESENCE_MAX = 3;

export interface WaitingRead {
  readonly read: PlateRead | CardRead;
  readonly ref: RecordRef;
  readonly until: Mono;
  /** A further frame of a car that waits already: no second miss of the sensor. */
  readonly again: boolean;
}

export interface Presentation {
  /** Record of its first read; every later record of the car names it as its cause. */
  readonly ref: RecordRef;
  readonly startedAt: Mono;
  readonly lastAt: Mono;
  readonly plate: PresentedPlate | null;
  readonly card: PresentedCard | null;
  readonly decision: Decision | null;
  readonly decisionRef: RecordRef | null;
  /** The card on which it was decided last; another card is another answer. */
  readonly decidedCard: string | null;
  /** What of it was counted as a failed try: each card once, its plate once. */
  readonly failed: readonly string[];
  readonly halves: Halves;
  /** A person has answered; later reads do not ask again. */
  readonly answered: boolean;
  /** Begun by presence alone: nothing had read the car. */
  readonly unread: boolean;
  /** It was let out blind; one presence opens so once, whatever becomes of its grant. */
  readonly wentBlind: boolean;
  /** Its live reads, as `eventOf` names them. */
  readonly events: readonly string[];
  /** Every credential that this presence has shown, the first ones where they are many: blocks are judged on all of them. */
  readonly shown: readonly ShownCredential[];
  /** Since when the grant that it was given is over, for whatever else than that nobody drove; null where it is not. */
  readonly overSince: Mono | null;
  /** `grantsGiven` when it began: a later grant that is over has let it through. */
  readonly grantsBefore: number;
}

/** Since when plate and card stand as halves of plate + card: their first sure reading; null where there is none to count. */
export interface Halves {
  readonly plate: Mono | null;
  readonly card: Mono | null;
  /** Until then nothing could read the other half: what stood then counts as read then. */
  readonly excusedUntil: Mono | null;
}

export type ShownCredential = Pick<PresentedPlate, 'text' | 'color'> | Pick<PresentedCard, 'bits' | 'value'>;

export interface PresentedCard {
  readonly bits: number;
  readonly value: string;
  readonly at: Mono;
  readonly device: DeviceId;
}

export interface PresentedPlate {
  readonly text: string;
  readonly color: PlateRead['color'];
  readonly confidence: number | null;
  readonly framesAgree: number;
  readonly heading: PlateRead['heading'];
  /** The camera's clock, only to tell one frame sent twice from two frames. */
  readonly cameraWall: Wall | null;
  readonly at: Mono;
}

export interface PendingCommand {
  readonly command: Command;
  readonly issuedAt: Mono;
}

/** The boom may still be falling on our word, slower than it should, or stand half way. */
export interface UnfinishedClose {
  readonly cause: RecordRef;
  /** Until then its inputs are read as attentively as while it closed; null afterwards. */
  readonly watchedUntil: Mono | null;
  /** When it counts as over; null where a closed limit will show it. */
  readonly until: Mono | null;
}

export interface Bypass {
  /** As `inputKey` gives it, and the name that people use. */
  readonly key: string;
  readonly input: string;
  readonly by: Actor;
  readonly since: Mono;
  readonly until: Mono;
  readonly cause: RecordRef;
}

export interface Attending {
  readonly by: Actor;
  /** One session or one input: whoever else holds meanwhile is refused, and releases nothing. */
  readonly holder: string;
  /** The newest sign that it is still held. */
  readonly heardAt: Mono;
  readonly cause: RecordRef;
}

export interface CloseIntent {
  readonly why: 'behindVehicle' | 'notTaken' | 'foundOpen' | 'guard' | 'claimEnded' | 'afterObstruction';
  readonly cause: RecordRef;
  /** settling: waiting for clear · announced: the 3 s run · ordered: frame on its way · moving: boom on its way down on our word. */
  readonly stage: 'settling' | 'announced' | 'ordered' | 'moving';
  readonly notBefore: Mono;
  readonly attended: boolean;
  /** Goes on only while its person holds it: released, the boom is stopped. */
  readonly held: boolean;
  /** asked: the lamp is ordered and its time counts from the answer · yes: the announcement runs, or has run. */
  readonly announced: 'no' | 'asked' | 'yes';
  readonly command: CommandId | null;
  /** Since when an obstruction input has been unknown while this close waited. */
  readonly unknownSince: Mono | null;
  /**
   * withdrawn: taken back, but its frame may be out · opening: an opening that waits for its record has overtaken it ·
   * reopening: life safety has. It is then watched until the boom is known to rise, and never ordered again.
   */
  readonly overtaken: 'no' | 'withdrawn' | 'opening' | 'reopening';
}

export const noHalves: Halves = { plate: null, card: null, excusedUntil: null };

export function emptyApproach(direction: Direction): Approach {
  return {
    direction,
    presence: 'unknown',
    presenceSince: 0,
    waiting: [],
    current: null,
    readsWithoutPresence: 0,
    risen: false,
    grantsGiven: 0,
    unreadSince: null,
  };
}

export const noTries: FailedTries = { lane: 0, readers: {} };

export const contactOff: ContactState = { on: false, command: null, tries: 0, settledAt: null, notBefore: 0 };

export function emptyTravel(device: DeviceId, configuredMs: number): TravelState {
  const nothing: LearnedTravel = { samples: [], firstMs: null, unsaved: 0 };
  return { device, configuredMs, open: nothing, closed: nothing, leg: null };
}
