/** What the command line and the screens show: read models, made from the core's state at the moment of asking. */
import { modeOf } from '../core/lane/claims.ts';
import { inputsOf, levelOf, readingOf } from '../core/lane/inputs.ts';
import type { LaneState } from '../core/lane/state.ts';
import type { LaneModel } from '../core/site-model.ts';
import type { Gateway } from './gateway.ts';

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
  readonly claims: readonly { readonly key: string; readonly purpose: string; readonly sinceMs: number }[];
  readonly inputs: Readonly<Record<string, 'active' | 'inactive' | 'unknown'>>;
  readonly inputAgeMs: number | null;
  readonly waitingReferral: string | null;
  readonly faults: readonly FaultView[];
}

export interface FaultView {
  readonly code: string;
  readonly subject: string;
  readonly sinceMs: number;
  readonly detail: unknown;
}

export interface StatusView {
  readonly site: string;
  readonly boot: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly configHash: string;
  readonly wallTrusted: boolean;
  readonly lanes: readonly LaneView[];
  readonly devices: readonly unknown[];
  readonly lines: readonly unknown[];
  readonly receiver: { readonly address: string; readonly port: number } | null;
  readonly faults: readonly FaultView[];
  readonly journal: { readonly lastSeq: number | null; readonly waiting: number; readonly broken: string | null };
  readonly list: { readonly version: string; readonly rows: number; readonly adoptedWall: number } | null;
  readonly timers: readonly { readonly name: string; readonly inMs: number }[];
}

const TIMERS_SHOWN = 200;

export function statusView(gateway: Gateway, startedAt: number): StatusView {
  const { clock } = gateway.options;
  const now = clock.mono();
  const { site } = gateway.loop;
  const faults = Object.values(site.faults).map((fault): FaultView => {
    const { code, subject, detail, since } = fault;
    return { code, subject, sinceMs: Math.round(now - since.mono), detail };
  });
  const field = gateway.field.status();
  const silent = new Set(faults.filter((fault) => fault.code === 'deviceSilent').map((fault) => fault.subject));
  const cameras = gateway.running.field.devices
    .filter((device) => device.host === 'camera')
    .map((device) => {
      const lastGoodAt = gateway.lastReadAt(device.id);
      // A camera that was never heard is not said to answer: nothing but a read proves it.
      const state = silent.has(device.id) ? 'silent' : lastGoodAt === null ? 'notHeard' : 'heard';
      return { id: device.id, driver: device.driver, state, lastGoodAt };
    });
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
    devices: [...field.devices, ...cameras],
    lines: field.lines,
    receiver: gateway.receiver,
    faults,
    journal,
    list: list === null ? null : { version: list.version, rows: list.rows, adoptedWall: list.adoptedWall },
    timers: clock
      .timers()
      .slice(0, TIMERS_SHOWN)
      .map((timer) => ({ name: timer.name, inMs: Math.round(timer.at - now) })),
  };
}

function laneView(model: LaneModel, state: LaneState, now: number, faults: readonly FaultView[]): LaneView {
  const { barrier, door } = state;
  const ages = model.inputs.map((input) => readingOf(state, input)?.at).filter((at) => at !== undefined);
  const referred = [state.approaches.in, state.approaches.out].find(
    (one) => one.current?.decision?.outcome === 'referred',
  );
  const own = new Set([
    model.id,
    ...model.cameras.map((camera) => camera.device),
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
    claims: state.claims.map((claim) => ({
      key: claim.key,
      purpose: claim.purpose,
      sinceMs: Math.round(now - claim.since),
    })),
    inputs: Object.fromEntries(
      [...new Set(model.inputs.map((input) => input.role))]
        .flatMap((role) => inputsOf(model, role))
        .map((input) => [input.id, levelOf(state, model, input, now)]),
    ),
    inputAgeMs: ages.length === 0 ? null : Math.round(now - Math.max(...ages)),
    waitingReferral: referred?.current?.decision?.code ?? null,
    faults: faults.filter((fault) => own.has(fault.subject)),
  };
}
