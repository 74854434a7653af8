/** Interlocks: what they name, and whether each of their portals can be measured closed (gate.md "Interlock"). */
import { builtOf, laneInputs, laneNamed, portalOf } from './check-lanes.ts';
import { checkName } from './check-site.ts';
import { type Parts, type Section, sectionOf, tell } from './parts.ts';
import type { Problems } from './problem.ts';
import type { Path } from './source.ts';

export function checkInterlocks(parts: Parts, problems: Problems): void {
  const named = new Set<string>();
  for (const [id, interlock] of parts.interlocks) {
    const section = sectionOf(parts, { kind: 'interlock', id });
    if (section === null) continue;
    checkName(section, problems);
    for (const [at, lane] of interlock.lanes.entries()) {
      const path = ['lanes', at];
      if (named.has(lane)) tell(problems, section, 'E-INTERLOCK-TWICE', { lane }, path, 'value');
      else checkPortal(parts, section, lane, path, problems);
      named.add(lane);
    }
  }
}

function checkPortal(parts: Parts, section: Section, id: string, path: Path, problems: Problems): void {
  const lane = laneNamed(parts, section, id, path, problems);
  if (lane === null) return;
  const portal = portalOf(lane);
  const role = portal?.kind === 'door' ? 'doorContact' : 'closedLimit';
  const seen = portal !== null && laneInputs(lane, parts.devices).some((input) => input.role === role);
  const built = [{ kind: 'lane' as const, id }, ...builtOf(lane)];
  if (!seen) tell(problems, section, 'E-INTERLOCK-UNSEEN', { lane: id }, path, 'value', built);
}
