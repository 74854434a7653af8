/** Routes of the fire engines: what they name, whether their lanes can be held open, and whether anything opens them. */
import { laneInputs, portalOf } from './check-lanes.ts';
import { type Parts, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import { checkName } from './check-site.ts';
import type { RouteSection } from './schema.ts';
import type { Path } from './source.ts';
import { suggestion } from './suggest.ts';
import { reachingRoles } from '../contract/reach.ts';

export function checkRoutes(parts: Parts, problems: Problems): void {
  checkReaches(parts, problems);
  checkDrills(parts, problems);
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

function idsOf(parts: Parts, kind: SectionRef['kind']): readonly string[] {
  return [...parts.sections.values()].flatMap(({ ref }) => (ref.kind === kind ? [ref.id] : []));
}

function checkLane(parts: Parts, section: Section, id: string, path: Path, problems: Problems): void {
  const lane = parts.lanes.get(id);
  if (lane === undefined) {
    if (sectionOf(parts, { kind: 'lane', id }) !== null) return; // Its own error stands at the lane.
    tell(
      problems,
      section,
      'E-LANE-UNKNOWN',
      () => ({ lane: id, ...suggestion(id, idsOf(parts, 'lane')) }),
      path,
      'value',
    );
    return;
  }
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
