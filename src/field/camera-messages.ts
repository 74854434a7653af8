/** What passes between the process and its camera host. Data only: it crosses a process boundary by structured clone. */
import type { Receipt } from '../contract/driver.ts';
import type { Observation } from '../core/presentation.ts';

/** One camera as the host is to run it. Equal orders leave a running device alone. */
export interface CameraOrder {
  readonly device: string;
  /** URL of the module whose default export is the driver's definition. */
  readonly module: string;
  /** As the driver's own schema gave it out: defaults filled in, durations in milliseconds. */
  readonly config: unknown;
  /** By the names that `config` uses (`…File` and `…Env` values), already read. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface CameraSite {
  readonly receiver: { readonly bind: string; readonly port: number } | null;
  readonly devices: readonly CameraOrder[];
}

export type ToHost =
  | { readonly kind: 'configure'; readonly generation: number; readonly site: CameraSite }
  | { readonly kind: 'receipt'; readonly id: number; readonly receipt: Receipt }
  | { readonly kind: 'stop' };

export type FromHost =
  /** Twice a second; a host that owes one for 5 s hangs. `heard`: devices that have said something readable since the last. */
  | { readonly kind: 'beat'; readonly heard: readonly string[] }
  | {
      readonly kind: 'configured';
      readonly generation: number;
      /** Devices that run now. */
      readonly running: readonly string[];
    }
  | { readonly kind: 'listening'; readonly address: string; readonly port: number }
  | { readonly kind: 'observed'; readonly id: number; readonly observation: Observation }
  | {
      readonly kind: 'problem';
      readonly code: ProblemCode;
      readonly subject: string;
      readonly raised: boolean;
      readonly detail: string;
    }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly device: string;
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    };

/**
 * What the host itself can be troubled by; the subject is a device unless stated.
 * cameraHostDown (`cameraHost`): the process died and is being restarted, no plate is read meanwhile · receiverNotListening
 * (`receiver`): the address cannot be had, pushes are lost · cameraNotRunning: driver or secret unusable · pushFromStranger:
 * the right path from a wrong address, given as detail · pushUnauthorised: wrong Digest password · pushUnreadable: a body cut,
 * dripped or too large, or the driver failed · receiverCrowded: a limit was reached, some pushes were
 * answered 503 (subject also `cameraHost`: the gate is behind with its receipts; `connections`, `server`).
 */
export type ProblemCode =
  | 'cameraHostDown'
  | 'receiverNotListening'
  | 'cameraNotRunning'
  | 'pushFromStranger'
  | 'pushUnauthorised'
  | 'pushUnreadable'
  | 'receiverCrowded';

/** Observations that the host may have handed over without a receipt yet; the next read is refused (I15). */
export const maxUnreceipted = 256;
/** Further ones for what devices say of themselves: silent, returned, a fault. */
export const reservedUnreceipted = 256;
