/** How many booms each line may have closing at once: counted per lane, over every line that is read during its close (gate.md "Closing"). */
import type { PortalTraits } from '../contract/driver.ts';
import { type Poll, type Wire, watchesAtOnce } from './budget.ts';
import { laneInputs, portalOf } from './check-lanes.ts';
import type { Parts } from './parts.ts';

/** A boom that software may close, and the devices that are read at ≥ 5 Hz while it does. */
interface Boom {
  readonly device: string;
  readonly line: string;
  readonly watched: readonly string[];
}

export interface LineRoom {
  /** Booms on this line that software may close. */
  readonly booms: readonly string[];
  readonly closingsAtOnce: number;
}

/**
 * A close that software can order at all: a contact for it, or a maintained OPEN or hold that is let go. Never by a step input, since
 * what its next pulse does to a closing boom is not known. As `canClose` of `src/core/lane/closing.ts`.
 */
function closes(portal: PortalTraits): boolean {
  if (portal.kind !== 'barrier' || portal.openInput === 'step') return false;
  return portal.close === 'pulse' || portal.open === 'maintained' || portal.hold !== 'none';
}

/** Booms that software may close, of lanes that have any obstruction input, on whatever line it is read. */
function boomsOf(parts: Parts): readonly Boom[] {
  const booms = [...parts.lanes.values()].flatMap((lane): readonly Boom[] => {
    const portal = parts.devices.get(portalOf(lane)?.device ?? '');
    if (!portal?.traits.portal || !closes(portal.traits.portal) || portal.line === null) return [];
    const obstructions = laneInputs(lane, parts.devices).filter((input) => input.role === 'obstruction');
    if (obstructions.length === 0) return [];
    const own = portal.traits.polls.some((poll) => poll.safety) ? [portal.id] : [];
    const watched = [...new Set([...own, ...obstructions.map((input) => input.device)])];
    return [{ device: portal.id, line: portal.line, watched }];
  });
  return [...new Map(booms.map((boom) => [boom.device, boom])).values()];
}

/**
 * Room of each line, by id. A boom of which one line cannot watch even one close does not count; the others are bounded by the
 * scarcest line that any of them is read on.
 */
export function closingRoom(
  parts: Parts,
  wires: ReadonlyMap<string, { readonly wire: Wire; readonly polls: readonly Poll[] }>,
): ReadonlyMap<string, LineRoom> {
  const booms = boomsOf(parts);
  const lineOf = (device: string): string | null => {
    const found = parts.devices.get(device);
    // What speaks by itself is not polled and takes no turn on a line.
    return found?.driver.line === 'modbus' ? found.line : null;
  };
  const watched = [...new Set(booms.flatMap((boom) => boom.watched))];
  const rooms = new Map<string, number>();
  for (const [id, { wire, polls }] of wires) {
    const here = watched.filter((device) => lineOf(device) === id);
    rooms.set(id, watchesAtOnce(wire, polls, here));
  }
  const roomFor = (boom: Boom) =>
    Math.min(...boom.watched.map((device) => rooms.get(lineOf(device) ?? '') ?? Infinity));
  return new Map(
    [...wires.keys()].map((id) => {
      const here = booms.filter((boom) => boom.line === id);
      const watchable = here.filter((boom) => roomFor(boom) > 0);
      const closingsAtOnce = Math.min(watchable.length, ...watchable.map(roomFor));
      return [id, { booms: here.map((boom) => boom.device), closingsAtOnce }];
    }),
  );
}
