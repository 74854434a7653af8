/** Routes of the fire engines: what they name, whether their lanes can be held open, and whether anything opens them. */
import type { DeviceInputTraits } from '../contract/driver.ts';
import { laneInputs, laneNamed, portalOf } from './check-lanes.ts';
import { idsOf, type Parts, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import { checkName } from './check-site.ts';
import type { RouteSection } from './schema.ts';
import type { Path } from './source.ts';
import { suggestion } from './suggest.ts';
import { reachingRoles } from '../contract/reach.ts';

export function checkRoutes(parts: Parts, problems: Problems): void {
  checkReaches(parts, problems);
  checkDrills(parts, problems);
  checkFeedback(parts, problems);
  checkStrikes(parts, problems);
  for (const [id, route] of parts.routes) {
    const section = sectionOf(parts, { kind: 'route', id });
    if (section === null) continue;
    checkName(section, problems);
    for (const [at, lane] of route.lanes.entries()) checkLane(parts, section, lane, ['lanes', at], problems);
    if (!isReached(parts, id, route)) tell(problems, section, 'W-ROUTE-UNREACHED', { route: id }, [], 'key');
  }
}

/** A warning, since the site section is what every lane runs on: a drill that is not asked for must darken nothing. */
function checkDrills(parts: Parts, problems: Problems): void {
  const section = sectionOf(parts, { kind: 'site', id: '' });
  const reach = parts.site?.drills?.reach;
  if (section === null || typeof reach !== 'object') return;
  for (const [at, route] of reach.entries()) {
    if (sectionOf(parts, { kind: 'route', id: route }) !== null) continue;
    const params = () => ({ route, ...suggestion(route, idsOf(parts, 'route')) });
    tell(problems, section, 'W-DRILL-ROUTE', params, ['drills', 'reach', at], 'value');
  }
}

function checkLane(parts: Parts, section: Section, id: string, path: Path, problems: Problems): void {
  const lane = laneNamed(parts, section, id, path, problems);
  if (lane === null) return;
  const device = portalOf(lane)?.device;
  const portal = parts.devices.get(device ?? '')?.traits.portal;
  if (portal === undefined || portal === null || device === undefined) return;
  const built: readonly SectionRef[] = [
    { kind: 'lane', id },
    { kind: 'device', id: device },
  ];
  const say = (code: 'E-ROUTE-SECURE' | 'E-ROUTE-STEP' | 'E-ROUTE-HOLD') =>
    tell(problems, section, code, { lane: id }, path, 'value', built);
  if (portal.kind === 'door') {
    if (portal.fail === 'secure') say('E-ROUTE-SECURE');
    return;
  }
  if (portal.openInput === 'step') say('E-ROUTE-STEP');
  if (portal.hold === 'none') say('E-ROUTE-HOLD');
}

/** The panel is told of booms that are measured open; one that never is keeps it from being told at all. */
function checkFeedback(parts: Parts, problems: Problems): void {
  const told = new Set<string>();
  for (const [home, section] of parts.lanes) {
    for (const { id, device, feedback, reach } of laneInputs(section, parts.devices)) {
      const at = sectionOf(parts, { kind: 'device', id: device });
      if (feedback === undefined || at === null || told.has(`${device}.${id}`)) continue;
      const unseen = lanesReached(parts, home, reach).find((lane) => isUnseen(parts, lane));
      if (unseen === undefined) continue;
      told.add(`${device}.${id}`);
      const also: SectionRef[] = [{ kind: 'lane', id: unseen }];
      tell(problems, at, 'W-FEEDBACK-UNSEEN', { lane: unseen }, ['inputs', id, 'feedback'], 'key', also);
    }
  }
}

/** A strike that bolts again by itself is opened by an emergency for the length of a pulse: people have to be let out by hand. */
function checkStrikes(parts: Parts, problems: Problems): void {
  const told = new Set<string>();
  for (const [home, section] of parts.lanes) {
    for (const { id, device, role, reach } of laneInputs(section, parts.devices)) {
      const at = sectionOf(parts, { kind: 'device', id: device });
      const acts = reachingRoles.has(role) && (role !== 'button' || reach !== undefined);
      if (!acts || at === null || told.has(`${device}.${id}`)) continue;
      const pulsed = lanesReached(parts, home, reach).find((lane) => isPulsed(parts, lane));
      if (pulsed === undefined) continue;
      told.add(`${device}.${id}`);
      const also: SectionRef[] = [{ kind: 'lane', id: pulsed }];
      tell(problems, at, 'W-REACH-PULSED', { input: id, lane: pulsed }, ['inputs', id], 'key', also);
    }
  }
}

function isPulsed(parts: Parts, id: string): boolean {
  const lane = parts.lanes.get(id);
  const portal = parts.devices.get((lane === undefined ? null : portalOf(lane))?.device ?? '')?.traits.portal;
  return portal?.kind === 'door' && portal.pulsed === true;
}

/** As `lanesInReach` of core, of lanes as they are written. */
function lanesReached(parts: Parts, home: string, reach: DeviceInputTraits['reach']): readonly string[] {
  if (reach === 'site') return [...parts.lanes.keys()];
  const routes = [...parts.routes].filter(([id, { lanes }]) =>
    reach === undefined ? lanes.includes(home) : reach !== 'lane' && reach.includes(id),
  );
  return routes.length === 0 ? [home] : routes.flatMap(([, { lanes }]) => lanes);
}

function isUnseen(parts: Parts, id: string): boolean {
  const lane = parts.lanes.get(id);
  const portal = lane === undefined ? null : portalOf(lane);
  if (lane === undefined || portal === null || portal.kind === 'door') return false;
  return !laneInputs(lane, parts.devices).some(({ role }) => role === 'openLimit');
}

/** A route that no input opens is opened by a person's word alone. */
function isReached(parts: Parts, id: string, route: RouteSection): boolean {
  return [...parts.lanes].some(([lane, section]) =>
    laneInputs(section, parts.devices).some(({ role, reach }) => {
      if (!reachingRoles.has(role) || reach === 'lane') return false;
      if (reach === undefined) return route.lanes.includes(lane);
      return reach === 'site' || reach.includes(id);
    }),
  );
}

function checkReaches(parts: Parts, problems: Problems): void {
  for (const device of parts.devices.values()) {
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    if (section === null) continue;
    for (const { id, reach } of device.traits.inputs) {
      if (typeof reach !== 'object') continue;
      for (const [at, route] of reach.entries()) {
        // One that has an error of its own is defined all the same.
        if (sectionOf(parts, { kind: 'route', id: route }) !== null) continue;
        const params = () => ({ route, ...suggestion(route, idsOf(parts, 'route')) });
        tell(problems, section, 'E-ROUTE-UNKNOWN', params, ['inputs', id, 'reach', at], 'value');
      }
    }
  }
}
