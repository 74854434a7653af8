/** Who has passed one portal of an interlock and not the next: nobody is to be forgotten there (gate.md "Interlock"; I16). */
import type { JournalRecord } from '../io.ts';
import type { InterlockModel } from '../site-model.ts';
import { arm, clearLane, disarm, type LaneTurn, laneTurn, raiseLane, type Turn } from '../turn.ts';
import type { LaneId, Mono } from '../values.ts';

const HELD_MS = 60_000;
/** Between two portals; more are not counted (I15). */
const VEHICLES_MAX = 8;

/** The space behind the portal of this place, counted from the outside. */
interface Space {
  readonly interlock: InterlockModel;
  readonly at: number;
}

function spaceKey({ interlock, at }: Space): string {
  return `${interlock.id}.${at}`;
}

function vehiclesIn({ site }: Turn, space: Space): readonly Mono[] {
  return site.between[spaceKey(space)] ?? [];
}

function setVehicles(turn: Turn, space: Space, vehicles: readonly Mono[]): void {
  turn.site = { ...turn.site, between: { ...turn.site.between, [spaceKey(space)]: vehicles } };
}

/** A vehicle has gone through a portal, measured or inferred: out of the space before it, into the one behind it. */
export function followBetween(turn: Turn, interlock: InterlockModel, { lane: id, direction }: JournalRecord): void {
  const at = id === null ? -1 : interlock.lanes.indexOf(id);
  if (at < 0 || id === null) return;
  const inward: Space = { interlock, at };
  const outward: Space = { interlock, at: at - 1 };
  leave(turn, direction === 'out' ? inward : outward);
  enter(turn, direction === 'out' ? outward : inward);
}

function isSpace({ interlock, at }: Space): boolean {
  return at >= 0 && at < interlock.lanes.length - 1;
}

function enter(turn: Turn, space: Space): void {
  if (!isSpace(space)) return;
  setVehicles(turn, space, [...vehiclesIn(turn, space), turn.now.mono].slice(-VEHICLES_MAX));
  watchSpace(turn, space);
}

function leave(turn: Turn, space: Space): void {
  if (!isSpace(space)) return;
  const rest = vehiclesIn(turn, space).slice(1);
  setVehicles(turn, space, rest);
  watchSpace(turn, space);
  if (rest.some((since) => turn.now.mono - since >= HELD_MS)) return;
  for (const t of portalsOf(turn, space)) clearLane(t, 'heldBetween');
}

/** Either of its portals may have gone with a reload; the other one's timer is enough. */
function watchSpace(turn: Turn, space: Space): void {
  for (const t of portalsOf(turn, space)) watchNext(t);
}

/** One timer a portal: for whoever is the next to have been there too long, in front of it or behind it. */
function watchNext(t: LaneTurn): void {
  const due = spacesOf(t)
    .flatMap((space) => vehiclesIn(t.turn, space).map((since) => since + HELD_MS))
    .filter((at) => at > t.now.mono);
  if (due.length === 0) disarm(t, 'between');
  else arm(t, 'between', Math.min(...due));
}

function portalsOf(turn: Turn, { interlock, at }: Space): readonly LaneTurn[] {
  return [interlock.lanes[at], interlock.lanes[at + 1]].flatMap((id) => {
    const t = id === undefined ? null : turnAt(turn, id);
    return t === null ? [] : [t];
  });
}

function turnAt(turn: Turn, id: LaneId): LaneTurn | null {
  const model = turn.site.model.lanes.find((lane) => lane.id === id);
  return model === undefined ? null : laneTurn(turn, model);
}

function spacesOf({ turn, model }: LaneTurn): readonly Space[] {
  return turn.site.model.interlocks.flatMap((interlock) =>
    interlock.lanes.flatMap((id, at): Space[] =>
      id === model.id
        ? [
            { interlock, at: at - 1 },
            { interlock, at },
          ].filter(isSpace)
        : [],
    ),
  );
}

/** Its timer: told at both portals, since either lets him out. */
export function betweenDue(t: LaneTurn): void {
  for (const space of spacesOf(t)) {
    const vehicles = vehiclesIn(t.turn, space);
    const [first] = vehicles;
    if (first === undefined || t.now.mono - first < HELD_MS) continue;
    const detail = { interlock: space.interlock.id, sinceMs: Math.round(t.now.mono - first), count: vehicles.length };
    for (const portal of portalsOf(t.turn, space)) raiseLane(portal, 'heldBetween', detail);
  }
  watchNext(t);
}

/** A person has looked, and nobody is there any more. */
export function forgetBetween(t: LaneTurn): void {
  for (const space of spacesOf(t)) {
    setVehicles(t.turn, space, []);
    watchSpace(t.turn, space);
    for (const portal of portalsOf(t.turn, space)) clearLane(portal, 'heldBetween');
  }
}
