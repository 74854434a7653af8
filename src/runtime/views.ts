/** What the command line and the screens show: read models, made from the core's state at the moment of asking. */
import { laneOutcomes } from '../config/last-known-good.ts';
import type { DeviceRole } from '../core/words/device-faults.ts';
import { modeOf } from '../core/lane/claims.ts';
import { inputsOf, levelOf, readingOf } from '../core/lane/inputs.ts';
import type { LaneState } from '../core/lane/state.ts';
import type { LaneModel, RouteModel } from '../core/site-model.ts';
import { type DrillView, drillView } from './drill-view.ts';
import { emergenciesView, type EmergencyView } from './emergency-view.ts';
import type { Gateway } from './gateway.ts';
import type { UpstreamView } from './upstream-view.ts';

export interface LaneView {
  readonly id: string;
  readonly name: string;
  readonly directions: readonly string[];
  readonly commissioned: boolean;
  readonly mode: string;
  readonly portal: string;
  /** `closed`, `open` …; for a door `locked` / `released`. */
  readonly position: string;
  /** measured, presumed or none: how the position is known. */
  readonly basis: string;
  readonly sinceMs: number;
  readonly grants: number;
  /** The safety sensor that a technician has bypassed, and how long that still stands; null where none is. */
  readonly bypass: { readonly input: string; readonly sinceMs: number; readonly leftMs: number } | null;
  readonly claims: readonly ClaimView[];
  readonly inputs: Readonly<Record<string, 'active' | 'inactive' | 'unknown'>>;
  readonly inputAgeMs: number | null;
  /** Who waits for a person: why, and since when; at most one a direction. */
  readonly waitingReferrals: readonly WaitingReferral[];
  readonly faults: readonly FaultView[];
}

export interface ClaimView {
  readonly key: string;
  readonly purpose: string;
  readonly sinceMs: number;
  /** Null where it ends by no time, or behind no number of vehicles. */
  readonly endsInMs: number | null;
  readonly passagesLeft: number | null;
}

export interface WaitingReferral {
  readonly code: string;
  readonly direction: string;
  readonly sinceMs: number;
}

/** An opening of the guard whose reason is asked for. */
export interface TodoView {
  readonly id: string;
  readonly lane: string;
  readonly via: string;
  readonly openedWall: number;
  readonly sinceMs: number;
  readonly presses: number;
}

export interface FaultView {
  readonly code: string;
  readonly subject: string;
  readonly sinceMs: number;
  readonly detail: unknown;
  /** What the subject is to its lane, where it is a device of one: a fault's effect depends on it. */
  readonly role?: DeviceRole | undefined;
}

/** A camera, as far as it can be known: by what it sends, and by the faults that stand. */
export interface CameraView {
  readonly id: string;
  readonly driver: string;
  readonly line: null;
  /** `faulty`: it is not silent, but a fault of it stands. `notHeard`: nothing of it has come yet, and nothing is known to be wrong. */
  readonly state: 'silent' | 'faulty' | 'heard' | 'notHeard';
  readonly why: string;
  /** CLOCK_MONOTONIC of the last that could be read of it, plate or sign of life. */
  readonly lastGoodAt: number | null;
  readonly faults: readonly string[];
}

export interface LaneNotAsWritten {
  readonly id: string;
  readonly state: 'lastKnownGood' | 'off';
  /** Wall milliseconds since which the last known good is in force. */
  readonly since: number | null;
  /** file:line:col of the reason. */
  readonly where: string | null;
}

export interface StatusView {
  readonly site: string;
  readonly boot: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly configHash: string;
  readonly wallTrusted: boolean;
  readonly lanes: readonly LaneView[];
  readonly routes: readonly RouteModel[];
  /** Causes of emergency that stand, oldest first. */
  readonly emergencies: readonly EmergencyView[];
  /** The drill that is under way; null where none is. */
  readonly drill: DrillView | null;
  /** Oldest first. */
  readonly todos: readonly TodoView[];
  /** Lanes that do not run as the files have them; those that are `off` are in no other list. */
  readonly lanesNotAsWritten: readonly LaneNotAsWritten[];
  readonly devices: readonly unknown[];
  readonly lines: readonly unknown[];
  readonly receiver: { readonly address: string; readonly port: number } | null;
  readonly faults: readonly FaultView[];
  readonly journal: { readonly lastSeq: number | null; readonly waiting: number; readonly broken: string | null };
  /** The way to the platform; null where none is configured. */
  readonly upstream: UpstreamView | null;
  readonly list: {
    readonly version: string;
    /** Name below `lists/` of the state folder. */
    readonly file: string;
    readonly rows: number;
    readonly adoptedWall: number;
  } | null;
  readonly timers: readonly { readonly name: string; readonly inMs: number }[];
}

const TIMERS_SHOWN = 200;

export function statusView(gateway: Gateway, startedAt: number): StatusView {
  const { clock } = gateway.options;
  const now = clock.mono();
  const { site } = gateway.loop;
  const faults = Object.values(site.faults).map((fault): FaultView => {
    const { code, subject, detail, since } = fault;
    return { code, subject, sinceMs: Math.round(now - since.mono), detail, role: roleOf(site.model.lanes, subject) };
  });
  const field = gateway.field.status();
  const cameras = gateway.running.field.devices
    .filter((device) => device.host === 'camera')
    .map(({ id, driver }) => cameraView(id, driver, gateway.lastHeardAt(id), faults));
  const list = gateway.store?.lists.inForce ?? null;
  const journal = gateway.store?.journal.status() ?? { lastSeq: null, waiting: 0, broken: 'notOpen' };
  return {
    site: site.model.id,
    boot: gateway.boot,
    pid: process.pid,
    uptimeMs: Math.round(now - startedAt),
    configHash: site.model.configHash,
    wallTrusted: gateway.loop.now().wallTrusted,
    lanes: site.model.lanes.flatMap((model) => {
      const state = site.lanes[model.id];
      return state === undefined ? [] : [laneView(model, state, now, faults)];
    }),
    routes: site.model.routes,
    emergencies: emergenciesView(site, now),
    drill: drillView(site, now),
    todos: site.owedReasons.map(({ id, lane, via, since, sinceMono, presses }) => ({
      ...{ id, lane, via, openedWall: since, sinceMs: Math.round(now - sinceMono), presses },
    })),
    lanesNotAsWritten: laneOutcomes(gateway.running).flatMap(({ id, state, since, fault }) => {
      const problem = fault?.problem ?? null;
      const where = problem === null ? null : `${problem.file}:${problem.line}:${problem.col}`;
      return state === 'current' ? [] : [{ id, state, since, where }];
    }),
    devices: [...field.devices, ...cameras],
    lines: field.lines,
    receiver: gateway.receiver,
    faults,
    journal,
    upstream: gateway.upstream.view(),
    list:
      list === null ? null : { version: list.version, file: list.file, rows: list.rows, adoptedWall: list.adoptedWall },
    timers: clock
      .timers()
      .slice(0, TIMERS_SHOWN)
      .map((timer) => ({ name: timer.name, inMs: Math.round(timer.at - now) })),
  };
}

/** A camera that was never heard is not said to answer: nothing but what it sends proves it. */
export function cameraView(
  id: string,
  driver: string,
  lastGoodAt: number | null,
  faults: readonly FaultView[],
): CameraView {
  const own = faults.filter((fault) => fault.subject === id);
  const silence = own.find((fault) => fault.code === 'deviceSilent');
  const others = own.map((fault) => fault.code).filter((code) => code !== 'deviceSilent');
  const state =
    silence !== undefined ? 'silent' : others.length > 0 ? 'faulty' : lastGoodAt === null ? 'notHeard' : 'heard';
  const why = silence === undefined ? '' : whyOf(silence.detail);
  return { id, driver, line: null, state, why, lastGoodAt, faults: others };
}

function whyOf(detail: unknown): string {
  const why = typeof detail === 'object' && detail !== null && 'why' in detail ? detail.why : '';
  return typeof why === 'string' ? why : '';
}

function roleOf(lanes: readonly LaneModel[], device: string): DeviceRole | undefined {
  if (lanes.some(({ portal }) => portal.kind !== 'none' && portal.device === device)) return 'portal';
  if (lanes.some((lane) => lane.cameras.some((camera) => camera.device === device))) return 'camera';
  if (lanes.some((lane) => lane.readers.some((reader) => reader.device === device))) return 'reader';
  return undefined;
}

function laneView(model: LaneModel, state: LaneState, now: number, faults: readonly FaultView[]): LaneView {
  const { barrier, door } = state;
  const ages = model.inputs.map((input) => readingOf(state, input)?.at).filter((at) => at !== undefined);
  const own = new Set([
    model.id,
    ...model.cameras.map((camera) => camera.device),
    ...model.readers.map((reader) => reader.device),
    ...(model.portal.kind === 'none' ? [] : [model.portal.device]),
  ]);
  return {
    id: model.id,
    name: model.name,
    directions: model.directions,
    commissioned: model.commissioned,
    mode: modeOf(state.claims),
    portal: model.portal.kind,
    position: barrier?.position ?? door?.lock ?? 'none',
    basis: barrier?.basis ?? (door === null ? 'none' : door.contact === 'unknown' ? 'presumed' : 'measured'),
    sinceMs: Math.round(now - (barrier?.since ?? door?.since ?? now)),
    grants: state.grants.length,
    bypass:
      state.bypass === null
        ? null
        : {
            input: state.bypass.input,
            sinceMs: Math.round(now - state.bypass.since),
            leftMs: Math.max(0, Math.round(state.bypass.until - now)),
          },
    claims: state.claims.map((claim) => ({
      key: claim.key,
      purpose: claim.purpose,
      sinceMs: Math.round(now - claim.since),
      endsInMs: claim.expiresAt === null ? null : Math.max(0, Math.round(claim.expiresAt - now)),
      passagesLeft: claim.passagesLeft ?? null,
    })),
    inputs: Object.fromEntries(
      [...new Set(model.inputs.map((input) => input.role))]
        .flatMap((role) => inputsOf(model, role))
        .map((input) => [input.id, levelOf(state, model, input, now)]),
    ),
    inputAgeMs: ages.length === 0 ? null : Math.round(now - Math.max(...ages)),
    waitingReferrals: waitingReferrals(state, now),
    faults: faults.filter((fault) => own.has(fault.subject)),
  };
}

function waitingReferrals(state: LaneState, now: number): readonly WaitingReferral[] {
  return [state.approaches.in, state.approaches.out].flatMap(({ current, direction, unreadSince }) => {
    if (current?.decision?.outcome !== 'referred') return [];
    const since = current.unread ? (unreadSince ?? current.startedAt) : current.startedAt;
    return [{ code: current.decision.code, direction, sinceMs: Math.round(now - since) }];
  });
}
