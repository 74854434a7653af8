/** The frames that move a board’s relays: pulses and their ends, and levels that no pulse may end. */
import type { DriverCommand, DriverContext } from '../../src/contract/driver.ts';
import type { ModbusLine, ModbusReply, ModbusRequest, TransactOptions } from '../../src/contract/line.ts';
import { set } from './codec.ts';
import { type BarrierConfig, type RelayNames, relaysOf } from './config.ts';
import { HeldContacts } from './held-contacts.ts';
import { type LateTerms, type PulseEnd, pulseEnd } from './pulse-end.ts';

/** An output may still read on for this long after its pulse. */
const releaseSlackMs = 1000;
const openGiveUpMs = 10_000;
/** A board’s own count of a pulse may run that much longer than it says. */
const boardClockSlackMs = 100;

export type Output = RelayNames;

export interface Order {
  readonly output: Output;
  readonly request: ModbusRequest;
  /** How long the contact is closed; `null` = it stays as written. */
  readonly pulseMs: number | null;
  readonly needsOff: boolean;
  readonly staysOn: boolean;
}

export interface BoardWrites {
  readonly held: HeldContacts<Output>;
  write(
    command: DriverCommand,
    order: Order,
    signal: AbortSignal,
    onlyIf: TransactOptions['onlyIf'],
  ): Promise<ModbusReply>;
  /** May the contact be on at `askedAt` for a pulse of ours? */
  isPulsing(output: Output, askedAt: number): boolean;
  /** Was a pulse the last that it was told? */
  wasPulsed(output: Output): boolean;
  /** Is the end of a pulse still to be said? */
  isOwed(): boolean;
  /** Ends our own pulses; nothing else is touched. */
  stop(): Promise<void>;
}

/** @param release what a late end of an OPEN pulse has to wait for; null where the board has no sensor under a boom. */
export function boardWrites(
  ctx: DriverContext<ModbusLine>,
  config: BarrierConfig,
  release: LateTerms | null,
): BoardWrites {
  const { clock, line } = ctx;
  const { unit, profile } = config;
  const relays = relaysOf(config);
  const ends = new Map<Output, PulseEnd>();
  const pulsedUntil = new Map<Output, number>();
  /** Ends of pulses that the board ends by itself. */
  const boardEnds = new Map<Output, number>();
  const kept = new Map<Output, PulseEnd>();
  const held = new HeldContacts<Output>();

  async function write(
    command: DriverCommand,
    order: Order,
    signal: AbortSignal,
    onlyIf: TransactOptions['onlyIf'],
  ): Promise<ModbusReply> {
    if (order.pulseMs !== null) return writePulse(command, { ...order, pulseMs: order.pulseMs }, signal, onlyIf);
    const { output, staysOn } = order;
    // A contact that is let go by order may still be owed its OFF, should this one frame be lost.
    const letsGo = command.action === 'closeOff' || command.action === 'stopOff';
    if (!letsGo) ends.get(output)?.forget();
    kept.get(output)?.forget();
    const level = held.order(output, staysOn);
    const { priority, deadline, id } = command;
    const joins = profile.writeMany && priority === 'emergency' && isOpened(command.action);
    const reply = await line.transact(order.request, { priority, deadline, onlyIf, signal, joins, tag: id });
    level.settled(reply.sentAt);
    if (reply.sentAt !== null) pulsedUntil.delete(output);
    // Nobody's manual says whether a level ends the board's own count of a pulse: it is said once more behind the pulse.
    const leftMs = (boardEnds.get(output) ?? 0) - clock.mono();
    if (reply.sentAt !== null && staysOn && leftMs > 0) keptOf(output).after(leftMs);
    return reply;
  }

  /** The end of a pulse would let go of what is held, and that is a close (I2, I3): over such a contact it is written as the level. */
  async function writePulse(
    { priority, deadline, id }: DriverCommand,
    { output, request, pulseMs, needsOff }: Order & { readonly pulseMs: number },
    signal: AbortSignal,
    onlyIf: TransactOptions['onlyIf'],
  ): Promise<ModbusReply> {
    const options = { priority, deadline, onlyIf, tag: id };
    if (!held.has(output)) {
      const pulse = held.pulse(output);
      const reply = await line.transact(request, { ...options, signal: AbortSignal.any([signal, pulse.taken]) });
      pulse.settled();
      const isTaken = reply.sentAt === null && pulse.taken.aborted && !signal.aborted;
      if (!isTaken) {
        if (reply.sentAt !== null) pulsed(output, reply.sentAt + pulseMs, needsOff);
        return reply;
      }
    }
    const reply = await line.transact(set(profile, unit, relays[output] ?? 1, true), { ...options, signal });
    // What held it was let go while this was on its way.
    if (reply.sentAt !== null && !held.has(output)) pulsed(output, reply.sentAt + pulseMs, true);
    return reply;
  }

  /** Also where the ON went unanswered: it may well have been obeyed. */
  function pulsed(output: Output, endsAt: number, needsOff: boolean): void {
    pulsedUntil.set(output, Math.max(endsAt, clock.mono()) + releaseSlackMs);
    if (!needsOff) boardEnds.set(output, endsAt + boardClockSlackMs);
    else if (!held.has(output)) endOf(output).after(Math.max(0, endsAt - clock.mono()));
  }

  /** Not told where it fails: the core looks at the contact itself. */
  function keptOf(output: Output): PulseEnd {
    const known = kept.get(output);
    if (known !== undefined) return known;
    const name = `device.${ctx.device}.${output}Kept`;
    const on = set(profile, unit, relays[output] ?? 1, true);
    const ignore = (): void => {};
    const made = pulseEnd({
      name,
      clock,
      line,
      off: on,
      giveUpMs: 0,
      whenLate: null,
      onStuck: ignore,
      onReleased: ignore,
    });
    kept.set(output, made);
    return made;
  }

  function endOf(output: Output): PulseEnd {
    const known = ends.get(output);
    if (known !== undefined) return known;
    const made = pulseEnd({
      name: `device.${ctx.device}.${output}Off`,
      clock,
      line,
      off: set(profile, unit, relays[output] ?? 1, false),
      giveUpMs: output === 'open' || output === 'lock' ? openGiveUpMs : null,
      whenLate: output === 'open' ? release : null,
      onStuck: (detail) => ctx.raise('outputStuckOn', `${output}: ${detail}`),
      onReleased: () => ctx.clear('outputStuckOn'),
    });
    ends.set(output, made);
    return made;
  }

  async function stop(): Promise<void> {
    for (const end of kept.values()) end.forget();
    // A relay that we switched on for a pulse is not left on by a stop; nothing else is touched (I17).
    for (const [output, end] of ends) {
      if (end.owed)
        await Promise.race([end.settled(), later(ctx, `device.${ctx.device}.${output}Stop`, config.pulse + 1000)]);
      end.forget();
    }
  }

  return {
    ...{ held, write, stop },
    isPulsing: (output, askedAt) => (pulsedUntil.get(output) ?? 0) > askedAt || ends.get(output)?.owed === true,
    wasPulsed: (output) => pulsedUntil.has(output),
    isOwed: () => [...ends.values()].some((end) => end.owed),
  };
}

/** Kept open by a level: the only orders that may share their frame with other lanes'. */
function isOpened(action: DriverCommand['action']): boolean {
  return action === 'holdOn' || action === 'unlock';
}

function later(ctx: DriverContext<ModbusLine>, name: string, ms: number): Promise<void> {
  return new Promise((resolve) => void ctx.clock.after(name, ms, resolve));
}
