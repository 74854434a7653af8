/** What the whole site remembers between two inputs, and how it begins. */
import type { EmergencyCause } from './emergency/cause.ts';
import type { Drill } from './emergency/drill-state.ts';
import type { Fault, RecalledReason } from './io.ts';
import { contactOff, emptyApproach, emptyTravel, type LaneState, noTries } from './lane/state.ts';
import type { LaneModel, SiteModel } from './site-model.ts';
import type { LaneId, Mono, RecordRef } from './values.ts';

export interface SiteState {
  readonly model: SiteModel;
  readonly boot: string;
  readonly nextRef: RecordRef;
  readonly nextCommand: number;
  readonly lanes: Readonly<Record<LaneId, LaneState>>;
  /** Causes of emergency that stand, oldest first; each is a claim on its lanes. */
  readonly emergencies: readonly EmergencyCause[];
  /** Vehicles between two portals of an interlock, oldest first: since when. By `spaceKey`. */
  readonly between: Readonly<Record<string, readonly Mono[]>>;
  /** Why it is not known which emergencies stood before the start; null once a person has looked at every lane. */
  readonly latchDoubt: string | null;
  /** The drill that is under way; one at a time. */
  readonly drill: Drill | null;
  /** Openings of the guard for which a reason is asked, oldest first. */
  readonly owedReasons: readonly OwedReason[];
  /** By `code@subject`. */
  readonly faults: Readonly<Record<string, Fault>>;
  /** One-time rows spent by a grant whose record is not durable yet: they count as spent (I8). */
  readonly reservations: readonly { readonly rowId: string; readonly ref: RecordRef }[];
  readonly journal: 'ok' | 'broken';
}

export interface OwedReason extends RecalledReason {
  /** On this process's clock; negative where it was before the start. */
  readonly sinceMono: Mono;
}

/** `boot` is unique over restarts; it prefixes every command id. `faults` are those that stood when the process ended. */
export function beginSite(model: SiteModel, boot: string, mono: Mono, faults: readonly Fault[] = []): SiteState {
  return {
    model,
    boot,
    nextRef: 1,
    nextCommand: 1,
    lanes: Object.fromEntries(model.lanes.map((lane) => [lane.id, beginLane(lane, mono)])),
    emergencies: [],
    between: {},
    latchDoubt: null,
    drill: null,
    owedReasons: [],
    faults: Object.fromEntries(faults.map((fault) => [faultKey(fault.code, fault.subject), fault])),
    reservations: [],
    journal: 'ok',
  };
}

export function faultKey(code: string, subject: string): string {
  return `${code}@${subject}`;
}

export function beginLane(model: LaneModel, mono: Mono): LaneState {
  const portal = model.portal;
  return {
    id: model.id,
    inputs: {},
    barrier:
      portal.kind === 'barrier' || portal.kind === 'turnstile'
        ? { position: 'unknown', basis: 'none', since: mono, mover: null, order: null, hold: 'off', seen: false }
        : null,
    door:
      portal.kind === 'door'
        ? { lock: 'unknown', staysReleased: !portal.pulsed, contact: 'unknown', since: mono, openedAt: null }
        : null,
    claims: [],
    grants: [],
    crossing: null,
    lastLeftAt: null,
    approaches: { in: emptyApproach('in'), out: emptyApproach('out') },
    pending: [],
    close: null,
    unfinished: null,
    reopenings: [],
    bypass: null,
    attending: null,
    leftOpenSince: null,
    silentPassages: {},
    honour: [],
    passed: [],
    foundOpen: false,
    foundMoving: null,
    heard: [],
    passableSince: null,
    assertion: null,
    notOpenSince: null,
    absence: { position: null, returnedAt: null },
    unownedSince: null,
    acted: {},
    latched: {},
    nextPassage: 1,
    failedTries: noTries,
    travel: emptyTravel('', 0),
    contacts: {
      ...{ close: contactOff, stop: contactOff, announce: contactOff },
      ...{ feedback: contactOff, feedback2: contactOff },
    },
  };
}
