/** What a driver's author sees. A driver reports, the core judges: it never decides access, retries a grant or opens its own port. */
import type { z } from 'zod';
import type { CommandAction, CommandPriority } from '../core/io.ts';
import type { Observation } from '../core/presentation.ts';
import type { FeedbackOutput, InputRole, Reach } from '../core/site-model.ts';
import type { Mono, Text } from '../core/values.ts';
import type { Clock } from './clock.ts';
import type { CardRules } from './cards.ts';
import type { ModbusLine } from './line.ts';
import type { RefusalRules } from './refusals.ts';

export { z } from 'zod';

export type Capability = 'barrier' | 'door' | 'inputs' | 'camera' | 'reader';

/** A portal command as the driver gets it. It is written once; a second call with the same id changes nothing. */
export interface DriverCommand {
  readonly id: string;
  readonly action: CommandAction;
  readonly priority: CommandPriority;
  readonly deadline: Mono;
  /** Inputs (by name) that must be read in a burst and found clear, newest ≤ 250 ms old as the frame goes out (I2). */
  readonly onlyIfClear: readonly string[];
}

export interface DriverOutcome {
  readonly result: 'confirmed' | 'refused' | 'unanswered' | 'expired' | 'notClear' | 'unreachable';
  readonly sentAt: Mono | null;
  readonly detail: string;
}

/** How an emission ended: `recorded` (durable), `held` (kept in memory, marked late), `refused` (no room: the sender should try again). */
export type Receipt = 'recorded' | 'held' | 'refused';

export interface HttpDelivery {
  readonly method: string;
  /** Path below the device's own secret path, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly receivedAt: Mono;
  readonly body: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

/** A request to the camera itself. Nothing is followed: a redirect is an answer like any other. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** Proved by Digest only; a camera that wants Basic is refused. */
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
  /** SHA-256 of the camera's own certificate in hexadecimal; without it https needs a certificate that the system trusts. */
  readonly certificateSha256?: string | undefined;
  /** Until the answer's headers are in, a Digest round trip included. */
  readonly headersWithinMs: number;
  /** Longest pause between two pieces of the body. */
  readonly silenceMs: number;
  /** Until the body is whole; `null` for an endless stream. */
  readonly totalMs: number | null;
  /** Largest body; `null` for an endless stream, whose parts the driver caps. */
  readonly maxBytes: number | null;
}

/** How a body ended. Only `whole` is a complete answer. */
export type HttpEnd = 'whole' | 'cut' | 'silent' | 'overdue' | 'tooLarge' | 'stopped';

export type HttpReply =
  | {
      readonly ok: true;
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      /** Hands the body over piece by piece; to be called once, at once. `stop()` of the line's owner ends it. */
      read(take: (bytes: Uint8Array, at: Mono) => void): Promise<HttpEnd>;
      /** Gives the rest of the body up. */
      cancel(): void;
    }
  /** `lockedOut`: too many wrong passwords; nothing is sent before `retryAfterMs` is over, so that the account stays open. */
  | {
      readonly ok: false;
      readonly why: 'unreachable' | 'overdue' | 'unauthorised' | 'lockedOut' | 'stopped';
      readonly detail: string;
      readonly retryAfterMs: number | null;
    };

/** Pushes from one camera, by the receiver that outlives it, and our own requests to it. */
export interface HttpLine {
  readonly id: string;
  onDelivery(take: (delivery: HttpDelivery) => Promise<HttpAnswer>): void;
  /** Never rejects. At most four requests of one device are in flight; a fifth is `unreachable`. */
  fetch(request: HttpRequest): Promise<HttpReply>;
}

/** Who may push as this device; the receiver tells devices apart by it before a byte of a body is read. */
export interface PushAccess {
  /** Name of the secret that makes the path: `/c/<secret>`. */
  readonly pathSecret: string;
  /** Source addresses that are let in. */
  readonly addresses: readonly string[];
  /** Digest that the camera must prove, its password by name of the secret. */
  readonly digest: { readonly user: string; readonly passwordSecret: string } | null;
}

/**
 * A byte stream: serial port or TCP connection, owned and reconnected by the field room. A reader that says nothing is not
 * faulty; the connection's state is the truth, and the field room reports its loss and return.
 */
export interface ByteLine {
  readonly id: string;
  /** Each piece as it comes, cut anywhere; `at` is when it was taken from the port. One taker; a second replaces the first. */
  onBytes(take: (bytes: Uint8Array, at: Mono) => void): void;
  /** Half a frame never outlives its connection: what a driver keeps of one goes at each change. */
  onState(take: (connected: boolean) => void): void;
  /** Hands the bytes over in this turn; `false`: not connected, or the port takes no more. Nothing waits for a reconnect. */
  write(bytes: Uint8Array): boolean;
}

export interface DriverLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

export interface DriverContext<Line> {
  readonly device: string;
  readonly line: Line;
  readonly clock: Clock;
  /** Hands an observation over. All of it is structured-cloneable; the receipt says what became of it. */
  emit(observation: Observation): Promise<Receipt>;
  raise(fault: string, detail?: string): void;
  clear(fault: string): void;
  /**
   * For devices on an `http` line: something that can be read has come from the device just now. Other lines tell their host by
   * themselves. `SilenceWatch` calls it.
   */
  heard?(): void;
  readonly log: DriverLog;
  /** Aborted at stop. */
  readonly signal: AbortSignal;
  /** A secret by the name that the config gave (file or environment, already read); never logged. */
  secret(name: string): string;
}

export interface Driver {
  readonly provides: readonly Capability[];
  start(): Promise<void> | void;
  /** Portal devices only. Resolves when the frame is echoed, refused, or given up. */
  command?(command: DriverCommand): Promise<DriverOutcome>;
  /** Drop the command unless its frame has begun; its `command()` then resolves as `expired`. */
  withdraw?(commandId: string): void;
  /** Read the inputs attentively (`closing`: ≥ 5 Hz) or as usual. */
  watch?(level: 'normal' | 'closing'): void;
  stop(): Promise<void> | void;
}

export interface LineKinds {
  readonly modbus: ModbusLine;
  readonly bytes: ByteLine;
  readonly http: HttpLine;
  readonly none: null;
}
export type LineKind = keyof LineKinds;

/** What the configuration check needs to know of one configured device; data only. */
export interface DeviceTraits {
  /** Inputs that the device will report, by name, with the facts that gate.md's rules look at. */
  readonly inputs: readonly DeviceInputTraits[];
  readonly portal: PortalTraits | null;
  /** Coils or registers that commands write, to find two lanes on one coil: `unit/kind/address`. */
  readonly outputs: readonly string[];
  readonly unit: number | null;
  /** Where devices may share their unit; without it a unit is one device's. */
  readonly board?: BoardTraits | undefined;
  /** Where a device with an address of its own is reached; `port` is null where we never call it, and it only pushes. Written as `address` in its configuration. */
  readonly endpoint?: { readonly address: string; readonly port: number | null } | undefined;
  /** Poll plan for the line's budget: bytes on the wire both ways, per poll. */
  readonly polls: readonly {
    readonly what: string;
    /** Function, address and count: a block that several devices of one unit poll is read once for all. Without it, for each. */
    readonly block?: string | undefined;
    readonly requestBytes: number;
    readonly replyBytes: number;
    readonly periodMs: number;
    readonly safety: boolean;
  }[];
  /** On a byte line: baud rate that such a device comes set to, where it is known. */
  readonly baud?: number | undefined;
  /** What is taken as it is written, and yet cannot have been meant: the check warns of it. */
  readonly doubts?: readonly Doubt[] | undefined;
}

/** One board of several channels, of which a device takes some. */
export interface BoardTraits {
  /** Its name, for messages. */
  readonly title: string;
  /** What the unit is taken for, in full: devices share it only where all say the same. */
  readonly model: string;
  /** Outputs and inputs that are this device's alone. Their names, as a technician knows them, tell them apart. */
  readonly channels: readonly { readonly name: Text; readonly path: readonly (string | number)[] }[];
}

export interface Doubt {
  /** Within the device as written, its profile below `profile`. */
  readonly path: readonly (string | number)[];
  /** Whether the key at the path is in doubt, or its value. */
  readonly aim: 'key' | 'value';
  readonly text: Text;
  /** What to do about it. */
  readonly advice: Text;
}

export interface DeviceInputTraits {
  readonly id: string;
  readonly role: InputRole;
  readonly direction?: 'in' | 'out' | undefined;
  readonly detects?: 'vehicle' | 'person' | 'both' | undefined;
  readonly supervision?: 'none' | 'pair' | 'analog' | undefined;
  readonly onBroken?: 'open' | 'alarm' | undefined;
  /** Of fire: the output of this device that the actions of the same name switch. */
  readonly feedback?: FeedbackOutput | undefined;
  /** Of fire, button and emergency: `reach()` of contract/reach.ts. */
  readonly reach?: Reach | undefined;
  /** True where the wiring makes a cut cable read active / occupied / alarm. */
  readonly failsActive: boolean;
}

export type PortalTraits =
  | {
      readonly kind: 'barrier';
      readonly open: 'pulse' | 'maintained';
      readonly openInput: 'dedicated' | 'step';
      readonly hold: 'maintained' | 'holdInput' | 'none';
      readonly stop: 'wired' | 'none';
      readonly close: 'pulse' | 'none';
      /** Is a lamp or buzzer wired that `announceOn` and `announceOff` switch? Taken for `none` where it is left out. */
      readonly announce?: 'wired' | 'none' | undefined;
      readonly travelMs: number;
      /** How this boom is lifted by hand with the mains off; it is printed beside a drill of that. */
      readonly manualLift?: Text | undefined;
    }
  | {
      readonly kind: 'door';
      readonly fail: 'safe' | 'secure';
      /** Its strike bolts again by itself: nothing holds it released. */
      readonly pulsed?: boolean | undefined;
    };

export interface DriverDefinition<K extends LineKind, C> {
  readonly name: string;
  readonly contract: 1;
  readonly line: K;
  /** Main process, or the camera host (anything that parses what a hostile network may send). */
  readonly host: 'main' | 'camera';
  readonly specs: readonly string[];
  readonly config: z.ZodType<C>;
  /** YAML files for models that differ only in numbers: `profile: <name>` in a device becomes the parsed object before `config` sees it. */
  readonly profiles?: { readonly folder: URL; readonly schema: z.ZodType } | undefined;
  /** What a device of this driver can serve as, where that is the same for every configuration; the check refuses others. */
  readonly capabilities?: readonly Capability[] | undefined;
  readonly faults: Readonly<Record<string, Text>>;
  /** Readers on a byte line: what they send that is no card, for `gatehouse learn`. */
  readonly refusals?: RefusalRules<C> | undefined;
  /** Readers of cards: what their settings make of one, for `gatehouse learn` and `simulate`. */
  readonly cards?: CardRules<C> | undefined;
  /** Pure: what `gatehouse check` judges the device by. */
  traits(config: C): DeviceTraits;
  /** Drivers on an `http` line that take pushes: who is let in; `null` where this device only streams. Pure. */
  pushAccess?(config: C): PushAccess | null;
  create(ctx: DriverContext<LineKinds[K]>, config: C): Driver;
}

/** A folder's default export. Checks nothing at run time that the types do not already say. */
export function defineDriver<K extends LineKind, C>(definition: DriverDefinition<K, C>): DriverDefinition<K, C> {
  return definition;
}

/** The registry's view of a driver whose configuration type has been forgotten. */
export type AnyDriver = {
  [K in LineKind]: Omit<DriverDefinition<K, never>, 'config'> & { readonly config: z.ZodType };
}[LineKind];
