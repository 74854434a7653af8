/** What no lane may ever do, whatever it is told: checked at every step of every test that uses the harness. */
import { isDeepStrictEqual } from 'node:util';
import type { Command, Effect, Input } from '../../src/core/io.ts';
import { obstruction, watchedObstructions } from '../../src/core/lane/inputs.ts';
import type { SiteState } from '../../src/core/site-state.ts';
import { faultKey } from '../../src/core/site-state.ts';

const URGENT = ['emergency', 'reopen', 'guard'];
const OPENINGS = ['pulseOpen', 'holdOn', 'unlock'];

function isClose(command: Command): boolean {
  return command.action === 'pulseClose' || command.action === 'holdOff';
}

export class LawBroken extends Error {}

function law(holds: boolean, says: string, facts: unknown): void {
  if (!holds) throw new LawBroken(`${says}: ${JSON.stringify(facts)}`);
}

export function checkLaws(before: SiteState, input: Input, after: SiteState, effects: readonly Effect[]): void {
  checkOrder(before, after, effects);
  checkFaults(before, after, effects);
  const commands = effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command] : []));
  for (const command of commands) checkCommand(after, input, command);
  checkLimits(after);
}

/** I1, I4: life safety first; every other command after its own record. */
function checkOrder(before: SiteState, after: SiteState, effects: readonly Effect[]): void {
  let ref = before.nextRef;
  const seen = new Set<number>();
  let calm = false;
  for (const effect of effects) {
    if (effect.kind === 'record') {
      law(effect.record.ref === ref++, 'records are dense and in order', effect.record);
      law((effect.record.cause ?? 0) < effect.record.ref, 'a cause is an earlier record', effect.record);
      seen.add(effect.record.ref);
    }
    if (effect.kind === 'command' && effect.command.after !== null)
      law(seen.has(effect.command.after), 'a command follows the record that it waits for', effect.command);
    if (effect.kind === 'command' && effect.command.after === null)
      law(!calm, 'life safety goes out before everything else', effect.command);
    if (effect.kind !== 'withdraw' && !(effect.kind === 'command' && effect.command.after === null)) calm = true;
  }
  law(ref === after.nextRef, 'the next number follows the last record', { ref, next: after.nextRef });
  for (const effect of effects)
    if (effect.kind === 'command')
      law(
        effect.command.cause >= before.nextRef && seen.has(effect.command.cause),
        'a command names its record',
        effect,
      );
}

function checkCommand(after: SiteState, input: Input, command: Command): void {
  law((command.after === null) === URGENT.includes(command.priority), 'only life safety waits for no record', command);
  const at = input.now.mono;
  law(command.deadline > at && command.deadline <= at + 2000, 'a command expires within 2 s', { at, command });
  if (OPENINGS.includes(command.action)) return;
  if (!isClose(command)) return;
  const model = after.model.lanes.find((lane) => lane.id === command.lane);
  const lane = after.lanes[command.lane];
  if (model === undefined || lane === undefined) throw new LawBroken('a close of no lane');
  const seen = obstruction(lane, model, at);
  law(seen.level === 'inactive', 'no close while an obstruction input is occupied or unknown', { seen, command });
  law(at - (seen.clearSince ?? at) >= model.timing.clearForMs, 'no close before clearFor', { at, seen });
  // A bypassed sensor is not looked at, and then a person holds the close.
  const watched = watchedObstructions(lane, model);
  law(
    lane.bypass === null || lane.close?.held === true,
    'past a bypassed sensor only a held close goes out',
    lane.close,
  );
  law(lane.close?.held !== true || lane.attending !== null, 'a held close goes out only while it is held', lane.close);
  const own = watched.filter((one) => one.device === command.device);
  law(
    own.every((one) => command.onlyIfClear.includes(one.id)),
    'the driver looks once more',
    command,
  );
  for (const one of watched) {
    if (one.device === command.device) continue;
    const reading = lane.inputs[`${one.device}.${one.id}`];
    law(command.deadline - (reading?.at ?? 0) <= 250, 'a frame beats the age of its readings', { reading, command });
  }
  const { close } = lane;
  law(
    close?.why === 'behindVehicle' || close?.announced === 'yes',
    'a close that follows no vehicle is announced',
    close,
  );
  law(!command.evenIfJournalBroken, 'a close that is not on record does not go out', command);
  law(model.commissioned, 'software closes no lane that is not signed off', command);
  law(
    lane.claims.every((claim) => claim.purpose !== 'fire' && claim.purpose !== 'emergency'),
    'no close in an emergency',
    command,
  );
  law(after.faults[`latchUnreadable@${command.lane}`] === undefined, 'no close while the latch is in doubt', command);
  law(
    ['outcome', 'observed', 'elapsed', 'requested'].includes(input.kind),
    'nothing closes on a step, reload or list',
    input.kind,
  );
}

function checkFaults(before: SiteState, after: SiteState, effects: readonly Effect[]): void {
  const standing = new Set(Object.keys(before.faults));
  for (const effect of effects) {
    if (effect.kind === 'raise') {
      const key = faultKey(effect.fault.code, effect.fault.subject);
      law(!standing.has(key), 'a standing fault is not raised again', key);
      standing.add(key);
    }
    if (effect.kind === 'clear') {
      const key = faultKey(effect.code, effect.subject);
      law(standing.delete(key), 'only a standing fault is cleared', key);
    }
  }
  law(
    isDeepStrictEqual([...standing].sort(), Object.keys(after.faults).sort()),
    'faults are raised and cleared in pairs',
    [...standing],
  );
}

/** I15. */
function checkLimits(after: SiteState): void {
  for (const lane of Object.values(after.lanes)) {
    const { pending, grants, claims, approaches, honour, passed, heard, reopenings } = lane;
    const sizes = {
      pending: [pending.length, 32],
      grants: [grants.length, 8],
      credentials: [grants.filter((grant) => grant.source === 'credential').length, 4],
      claims: [claims.length, 48],
      waiting: [Math.max(approaches.in.waiting.length, approaches.out.waiting.length), 8],
      events: [Math.max(...[approaches.in, approaches.out].map((one) => one.current?.events.length ?? 0)), 16],
      shown: [Math.max(...[approaches.in, approaches.out].map((one) => one.current?.shown.length ?? 0)), 16],
      honour: [honour.length, 16],
      passed: [passed.length, 16],
      heard: [heard.length, 64],
      reopenings: [reopenings.length, 3],
    };
    for (const [what, [size = 0, most = 0]] of Object.entries(sizes)) law(size <= most, `too many ${what}`, size);
  }
}
