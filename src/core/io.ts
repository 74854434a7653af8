/** Everything that goes into `step` and everything that comes out of it. Data only, structured-cloneable. */
import type { RecordedDecision } from './decide/decision.ts';
import type { Facts } from './decide/facts.ts';
import type { Observation } from './presentation.ts';
import type { Reach, SiteModel } from './site-model.ts';
import type {
  CommandId,
  DeviceId,
  Direction,
  JsonObject,
  LaneId,
  Mono,
  Now,
  RecordRef,
  RouteId,
  Wall,
} from './values.ts';

// ---------------------------------------------------------------- in

export type Input =
  | { readonly kind: 'observed'; readonly now: Now; readonly observation: Observation; readonly facts: Facts | null }
  | { readonly kind: 'requested'; readonly now: Now; readonly request: Request; readonly facts: Facts | null }
  | { readonly kind: 'elapsed'; readonly now: Now; readonly timer: TimerName; readonly facts: Facts | null }
  | { readonly kind: 'outcome'; readonly now: Now; readonly outcome: Outcome }
  /** All records up to and including `ref` are durable. */
  | { readonly kind: 'journalAcked'; readonly now: Now; readonly ref: RecordRef }
  /** Records from `ref` on are held in memory: the disk is full, broken, or slower than 300 ms. */
  | { readonly kind: 'journalRefused'; readonly now: Now; readonly ref: RecordRef; readonly why: string }
  | { readonly kind: 'journalMended'; readonly now: Now; readonly facts: Facts | null }
  /** Lists changed: standing cars are decided again, on facts looked up anew. */
  | { readonly kind: 'listsChanged'; readonly now: Now; readonly facts: Facts | null }
  /** The wall clock jumped: no pending close survives it (I2). */
  | { readonly kind: 'clockStepped'; readonly now: Now; readonly byMs: number }
  | { readonly kind: 'siteReplaced'; readonly now: Now; readonly model: SiteModel };

export type Request =
  /** Without a reason it is asked for afterwards. */
  | { readonly kind: 'guardOpen'; readonly lane: LaneId; readonly by: Actor; readonly reason?: string | undefined }
  /** Why the guard opened; `opening` as of `RecalledReason.id`. */
  | { readonly kind: 'giveReason'; readonly opening: string; readonly by: Actor; readonly reason: string }
  | { readonly kind: 'guardClose'; readonly lane: LaneId; readonly by: Actor }
  | { readonly kind: 'guardStop'; readonly lane: LaneId; readonly by: Actor }
  /** Said again and again while a person who watches holds a close; `holder` names his session. */
  | { readonly kind: 'holdClose'; readonly lane: LaneId; readonly by: Actor; readonly holder: string }
  | { readonly kind: 'letGoClose'; readonly lane: LaneId; readonly by: Actor; readonly holder: string }
  /** A technician takes a safety sensor out of what a close looks at. */
  | {
      readonly kind: 'bypassSensor';
      readonly lane: LaneId;
      readonly by: Actor;
      /** Name of the obstruction input. */
      readonly input: string;
      readonly reason: string;
      readonly forMs: number;
    }
  | { readonly kind: 'endBypass'; readonly lane: LaneId; readonly by: Actor; readonly input: string }
  /** The person's answer to a referred presentation. */
  | {
      readonly kind: 'answerReferral';
      readonly lane: LaneId;
      readonly by: Actor;
      readonly grant: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'claim';
      readonly lane: LaneId;
      readonly by: Actor;
      readonly purpose: Exclude<ClaimPurpose, 'drill'>;
      readonly key: string;
      readonly reason: string;
      readonly expiresInMs: number | null;
      /** Of a hold: it ends behind so many vehicles. */
      readonly passages?: number | null | undefined;
      /** Given for every lane of the site: a lane that a reload adds is claimed as well. */
      readonly wholeSite?: boolean | undefined;
    }
  /** A person has looked at what a fault says: `obstructionHunting` or `obstructionSilent`, which no reading ends. */
  | {
      readonly kind: 'acknowledgeFault';
      readonly lane: LaneId;
      readonly by: Actor;
      readonly fault: string;
      readonly reason: string;
    }
  /** A person's order: what it names is opened and held until the cause is released. */
  | { readonly kind: 'emergency'; readonly by: Actor; readonly reach: OrderedReach; readonly reason: string }
  /** A present person's confirmation: what it names is opened, held and timed, and let go by itself. */
  | { readonly kind: 'drill'; readonly by: Actor; readonly reach: OrderedReach; readonly note: string }
  /** At a start: this drill was under way when the process ended. Its body as `drillStarted` had it. */
  | { readonly kind: 'recallDrill'; readonly started: JsonObject }
  /** A drill that people have timed themselves: with the mains off a boom is lifted by hand. */
  | {
      readonly kind: 'recordDrill';
      readonly lane: LaneId;
      readonly by: Actor;
      readonly case: 'mainsOff';
      readonly ms: number;
      readonly result: 'passed' | 'failed';
      readonly note: string;
    }
  /** `lane`: where the person is. A cause of emergency ends over all its lanes. */
  | { readonly kind: 'releaseClaim'; readonly lane: LaneId; readonly by: Actor; readonly key: string }
  /** At a start, before anything is read: the emergencies that stood, and why that may not be all of them. */
  | {
      readonly kind: 'recallLatch';
      readonly causes: readonly LatchedCause[];
      /** `lanes` null: all. */
      readonly doubt: { readonly why: string; readonly lanes: readonly LaneId[] | null } | null;
    }
  /** At a start, before anything is read: claims of persons that stood. They are in force again, and move no boom (I17). */
  | { readonly kind: 'recallClaims'; readonly claims: readonly KeptClaim[] }
  /** After a restart: events that the journal shows to have been heard lately, so that their re-sending moves nothing (I9). */
  | { readonly kind: 'recall'; readonly heard: readonly RecalledRead[] }
  /** After a restart: what earlier travels of booms have taught, as `travelLearned` records told it. */
  | { readonly kind: 'recallTravel'; readonly learned: readonly RecalledTravel[] }
  /** After a restart: openings of the guard for which a reason is owed still, oldest first. */
  | { readonly kind: 'recallReasons'; readonly owed: readonly RecalledReason[] }
  /** Raised and cleared by runtime itself: config on last known good, clock untrusted, list too old … */
  | {
      readonly kind: 'systemFault';
      readonly code: string;
      readonly subject: string;
      readonly raised: boolean;
      readonly detail: JsonObject;
    }
  /** A note for the journal that is no part of any lane: started, stopping, listSwapped, configApplied, databaseRestored. */
  | {
      readonly kind: 'note';
      readonly record: string;
      readonly body: JsonObject;
      readonly personal?: JsonObject | undefined;
    };

/** What a person names, for an emergency or a drill. */
export type OrderedReach =
  | { readonly kind: 'lane'; readonly lane: LaneId }
  | { readonly kind: 'route'; readonly route: RouteId }
  | { readonly kind: 'site' };

export interface RecalledRead {
  readonly lane: LaneId;
  readonly device: DeviceId;
  readonly eventId: string | null;
  /** The camera's clock as it was sent; null where it sent none. */
  readonly cameraWall: Wall | null;
  readonly raw: string;
}

/** A cause of emergency as it is kept over a restart: without names, and by the wall clock (I14). */
export interface LatchedCause {
  readonly key: string;
  readonly purpose: 'fire' | 'emergency';
  readonly via: string;
  /** As of `EmergencyCause`. */
  readonly home: LaneId | null;
  readonly reach: Reach;
  readonly lanes: readonly LaneId[];
  readonly since: Wall;
}

/** An opening of the guard for which a reason is asked, without names and by the wall clock (I14). */
export interface RecalledReason {
  /** `boot.ref` of the press that opened. */
  readonly id: string;
  readonly lane: LaneId;
  /** As of `Actor`. */
  readonly via: string;
  readonly since: Wall;
  /** Presses of this one opening. */
  readonly presses: number;
}

/** A claim as it is kept over a restart: without names (I14). */
export interface KeptClaim {
  readonly lane: LaneId;
  readonly key: string;
  readonly purpose: OrderedPurpose;
  readonly via: string;
  readonly since: Wall;
  /** Of its time; null where it has no end by time. */
  readonly remainingMs: number | null;
  readonly passagesLeft: number | null;
  readonly wholeSite: boolean;
}

export interface RecalledTravel {
  readonly lane: LaneId;
  /** The body of the newest `travelLearned` record of this lane and end; what is not one is left out. */
  readonly body: JsonObject;
}

export interface Actor {
  /** `button`, `screen`, `cli`, `schedule`, `upstream`, `gateway`. */
  readonly via: string;
  /** Named person, or null for the booth's button. */
  readonly name: string | null;
}

/** What a person claims beside an emergency. */
export type OrderedPurpose = 'hold' | 'lockdown' | 'outOfService';
export type ClaimPurpose = OrderedPurpose | 'fire' | 'emergency' | 'drill';

/** What became of a command. `confirmed` = the device echoed it; the boom's effect is judged by the core from limits. */
export interface Outcome {
  readonly command: CommandId;
  readonly device: DeviceId;
  readonly result: 'confirmed' | 'refused' | 'unanswered' | 'expired' | 'notClear' | 'unreachable';
  /** When the frame's first byte was handed to the wire; null if it never was. */
  readonly sentAt: Mono | null;
  readonly settledAt: Mono;
  /** When the record that it waited for was durable; null for life safety and for a broken journal. */
  readonly committedAt: Mono | null;
  readonly detail: string;
}

// ---------------------------------------------------------------- out

export type Effect =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | { readonly kind: 'command'; readonly command: Command }
  /** Drop this command unless its frame has begun: an opening has overtaken a close. Its outcome is `expired`. */
  | { readonly kind: 'withdraw'; readonly command: CommandId }
  | { readonly kind: 'arm'; readonly timer: TimerName; readonly at: Mono }
  | { readonly kind: 'disarm'; readonly timer: TimerName }
  /** How attentively a device must be read: `closing` = its inputs at ≥ 5 Hz and newest read ≤ 250 ms. */
  | { readonly kind: 'watch'; readonly device: DeviceId; readonly level: 'normal' | 'closing' }
  | { readonly kind: 'raise'; readonly fault: Fault }
  | { readonly kind: 'clear'; readonly code: string; readonly subject: string };

/** `<lane>.<name>`, or `site.<name>`; unique, listable live. */
export type TimerName = string;

/** `closeOff`, `stopOff`: let go of a contact that is only ever pulsed. `announceOn`, `announceOff`: lamp or buzzer, `feedback…`: what a fire panel is told; they move nothing. */
export type CommandAction =
  | 'pulseOpen'
  | 'pulseClose'
  | 'stop'
  | 'holdOn'
  | 'holdOff'
  | 'unlock'
  | 'lock'
  | 'closeOff'
  | 'stopOff'
  | 'announceOn'
  | 'announceOff'
  | 'feedbackOn'
  | 'feedbackOff'
  | 'feedback2On'
  | 'feedback2Off';

export type CommandPriority = 'emergency' | 'reopen' | 'guard' | 'command';

export interface Command {
  readonly id: CommandId;
  readonly lane: LaneId;
  readonly device: DeviceId;
  readonly action: CommandAction;
  readonly priority: CommandPriority;
  /** Dropped, with a record, when not on the wire by then. */
  readonly deadline: Mono;
  /** The record that must be durable first; null only for life safety (design.md "Order of effects"). */
  readonly after: RecordRef | null;
  /** May go out although the journal is broken: standing permits (never one-time credentials). */
  readonly evenIfJournalBroken: boolean;
  /** The record that says why. */
  readonly cause: RecordRef;
  /** For a close: these inputs of the device must be read in a burst and be clear, newest ≤ 250 ms old, as the frame goes out (I2). */
  readonly onlyIfClear: readonly string[];
}

export interface JournalRecord {
  readonly ref: RecordRef;
  /** presentation, decision, commanded, outcome, position, passage, claim, faultRaised, faultCleared, button, note kinds … */
  readonly kind: string;
  readonly lane: LaneId | null;
  readonly direction?: Direction | undefined;
  readonly at: Now;
  readonly cause: RecordRef | null;
  readonly command?: CommandId | undefined;
  readonly passage?: number | undefined;
  readonly body: JsonObject;
  /** Goes to the side table; the chain hashes only a salted commitment of it (I14). */
  readonly personal?: JsonObject | undefined;
  readonly decision?: RecordedDecision | undefined;
}

export interface Fault {
  readonly code: string;
  /** Lane, device or line id, or `site`. */
  readonly subject: string;
  readonly detail: JsonObject;
  readonly since: Now;
}
