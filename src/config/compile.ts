/** Checked sections → the models that the core and the field run on: every default filled in, every name resolved. */
import type {
  CameraBinding,
  DrillPlan,
  InputModel,
  LaneModel,
  PortalModel,
  ReaderBinding,
  SiteModel,
  WeeklyWindow,
} from '../core/site-model.ts';
import { parseCron } from '../core/calendar/cron.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import type { Direction } from '../core/values.ts';
import type { LineBudget } from './budget.ts';
import { bindings, directionsOf, laneInputs, portalOf } from './check-lanes.ts';
import { budgets } from './check-lines.ts';
import type { DeviceModel, FieldModel, LineModel, UpstreamModel } from './models.ts';
import { type Parts, type ParsedDevice, sectionOf } from './parts.ts';
import type { LaneSection, SiteSection } from './schema.ts';

const longVehicleClearForMs = 3000;
const clearForMs = 1000;
/** gate.md: a reading older than three polls is unknown, but never judged sooner than this. */
const staleAfterMsMin = 1000;

export function compileField(parts: Parts): FieldModel {
  const lines = [...parts.lines].map(([id, line]): LineModel => ({ id, ...line }));
  const devices = [...parts.devices.values()].map(
    (device): DeviceModel => ({
      id: device.id,
      driver: device.driver.name,
      host: device.driver.host,
      line: device.line,
      config: device.config,
      raw: sectionOf(parts, { kind: 'device', id: device.id })?.raw ?? null,
      traits: device.traits,
      secrets: device.secrets,
    }),
  );
  return { lines, devices };
}

/** @param hash of the effective configuration. */
export function compileSite(parts: Parts, site: SiteSection, hash: string): SiteModel {
  const lineBudgets = budgets(parts);
  return {
    id: site.id,
    name: site.name,
    timezone: site.timezone,
    homeProvince: site.homeProvince ?? null,
    configHash: hash,
    lanes: [...parts.lanes].map(([id, lane]) => compileLane(id, lane, parts, lineBudgets)),
    routes: [...parts.routes].map(([id, { name, lanes, direction }]) => ({
      ...{ id, name, direction },
      lanes: [...new Set(lanes)].filter((lane) => parts.lanes.has(lane)),
    })),
    interlocks: [...parts.interlocks].map(([id, { name, lanes }]) => ({ id, name, lanes: [...new Set(lanes)] })),
    calendar: {
      days: site.calendar.days,
      years: site.calendar.years,
      windows: Object.fromEntries(
        Object.entries(site.calendar.windows).map(([name, windows]) => [name, windows.map(compileWindow)]),
      ),
    },
    near: { suggest: site.nearPlates === 'suggest' },
    emergencyPlates: site.emergencyPlates.map((plate) => normalisePlate(plate).text),
    closingsAtOnce: Object.fromEntries([...lineBudgets].map(([id, budget]) => [id, budget.closingsAtOnce])),
    drills: compileDrills(site, parts),
  };
}

/** Routes that are not there, for whatever reason, are drilled by nobody; with none left, all that there are. */
function compileDrills({ drills }: SiteSection, parts: Parts): DrillPlan | null {
  const at = drills === undefined ? null : parseCron(drills.at);
  if (drills === undefined || at === null) return null;
  const known = [...parts.routes.keys()];
  const named = drills.reach === 'site' ? [] : (drills.reach ?? []).filter((route) => known.includes(route));
  const routes = named.length > 0 ? [...new Set(named)] : known;
  return {
    at,
    reach: drills.reach === 'site' || routes.length === 0 ? 'site' : routes,
    everyMs: drills.every,
    holdOpenMs: drills.holdOpenFor,
    graceMs: drills.grace,
  };
}

/** Null where events stay here. Topics and client name come from the site, so there is none without it. */
export function compileUpstream({ site, upstream }: Parts): UpstreamModel | null {
  if (site === null || upstream === null) return null;
  return {
    ...upstream,
    port: upstream.port ?? (upstream.tls ? 8883 : 1883),
    clientId: upstream.clientId ?? `gatehouse-${site.id}`,
    prefix: upstream.prefix ?? `gatehouse/${site.id}`,
  };
}

const weekdays = { mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6, sun: 7, off: 'off', work: 'work' } as const;

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function compileWindow(window: SiteSection['calendar']['windows'][string][number]): WeeklyWindow {
  return {
    days: window.days.map((day) => weekdays[day]),
    from: minutes(window.from),
    to: minutes(window.to),
  };
}

function compileLane(
  id: string,
  lane: LaneSection,
  parts: Parts,
  lineBudgets: ReadonlyMap<string, LineBudget>,
): LaneModel {
  const directions = directionsOf(lane);
  const only: Direction = directions[0] ?? 'in';
  const cameras = bindings(lane.cameras, 'cameras').filter(({ device }) => parts.devices.has(device));
  const readers = bindings(lane.readers, 'readers').filter(({ device }) => parts.devices.has(device));
  return {
    id,
    name: lane.name,
    directions,
    commissioned: lane.commissioned,
    portal: compilePortal(lane, parts),
    cameras: cameras.map(
      ({ device, direction, channel }): CameraBinding => ({
        device,
        direction: direction ?? only,
        ...(channel === null ? {} : { channel }),
      }),
    ),
    readers: readers.map(({ device, direction }): ReaderBinding => ({ device, direction: direction ?? only })),
    inputs: laneInputs(lane, parts.devices).map(({ failsActive: _, ...input }): InputModel => input),
    exitPolicy: lane.exitPolicy,
    blindExitAfterMs: lane.blindExit?.after ?? null,
    groups: lane.groups,
    onObstructionUnknown: lane.onObstructionUnknown,
    boardProtected: lane.boardProtection !== undefined,
    longVehicles: lane.longVehicles,
    buttonCloses: lane.buttonCloses,
    timing: {
      armWindowMs: lane.armWindow,
      clearForMs: lane.clearFor ?? (lane.longVehicles ? longVehicleClearForMs : clearForMs),
      closeAfterClearMs: lane.closeAfterClear,
      notTakenAfterMs: lane.notTakenAfter,
      heldOpenAlarmAfterMs: lane.heldOpenAlarmAfter,
      announceMs: lane.announce,
      staleAfterMs: staleAfterMs(lane, parts, lineBudgets),
      secondFactorWindowMs: lane.secondFactorWindow,
      doorReleaseMs: lane.doorRelease,
    },
    presenceFromCamera: lane.presenceFromCamera,
    minConfidence: lane.minConfidence,
    secondFactorFallback: lane.secondFactorFallback,
  };
}

/** Three polls at the rate that the line really reaches. */
function staleAfterMs(lane: LaneSection, parts: Parts, lineBudgets: ReadonlyMap<string, LineBudget>): number {
  const ids = [portalOf(lane)?.device, ...lane.sensors].filter((id) => id !== undefined);
  const periods = ids.flatMap((id) => {
    const device = parts.devices.get(id);
    const stretch = lineBudgets.get(device?.line ?? '')?.stretch ?? 1;
    return (device?.traits.polls ?? []).filter((poll) => poll.safety).map((poll) => poll.periodMs * stretch);
  });
  return Math.ceil(Math.max(staleAfterMsMin, ...periods.map((period) => 3 * period)));
}

function compilePortal(lane: LaneSection, parts: Parts): PortalModel {
  const named = portalOf(lane);
  const device = named === null ? undefined : parts.devices.get(named.device);
  if (named === null || device === undefined) return { kind: 'none' };
  return portalModel(named.kind, lane, device, parts);
}

function portalModel(
  kind: 'barrier' | 'turnstile' | 'door',
  lane: LaneSection,
  device: ParsedDevice,
  parts: Parts,
): PortalModel {
  const { portal } = device.traits;
  const roles = new Set(laneInputs(lane, parts.devices).map((input) => input.role));
  const at = { device: device.id, line: device.line ?? '' };
  if (portal?.kind === 'door' && kind === 'door') {
    return {
      kind: 'door',
      ...at,
      fail: portal.fail,
      ...(portal.pulsed === true ? { pulsed: true } : {}),
      escapeRoute: lane.escapeRoute,
      hasContact: roles.has('doorContact'),
      heldOpenAfterMs: lane.doorHeldOpenAfter,
    };
  }
  if (portal?.kind !== 'barrier' || kind === 'door') return { kind: 'none' };
  const { kind: _, manualLift, ...wiring } = portal;
  return {
    kind,
    ...at,
    ...wiring,
    announce: portal.announce ?? 'none',
    autoClose: lane.autoClose,
    hasOpenLimit: roles.has('openLimit'),
    hasClosedLimit: roles.has('closedLimit'),
    ...(manualLift === undefined ? {} : { manualLift }),
  };
}
