/** One barrier or door on a relay board: reads its inputs, writes each order once. What it means is the core's to judge. */
import type { Driver, DriverCommand, DriverContext, DriverOutcome } from '../../src/contract/driver.ts';
import type { LinePriority, ModbusLine, ModbusReply, PollHandle } from '../../src/contract/line.ts';
import { measured, readAnalog } from './analog.ts';
import { guard, pulse, read, readInputs, set, states } from './codec.ts';
import { type BarrierConfig, inputsOf, relaysOf } from './config.ts';
import type { LateTerms } from './pulse-end.ts';
import { boardWrites, type Order, type Output } from './board-writes.ts';

export const readBackPeriodMs = 2000;
export const modesPeriodMs = 60_000;
/** ≥ 5 Hz with room for one lost reply (gate.md "Closing"). */
const closingPeriodMs = 150;
/** I2. */
const freshMs = 250;
const burstReads = 2;
const burstRounds = 3;
const rememberedCommands = 256;

type Block = 'inputs' | 'analog' | 'outputs';

export function portal(ctx: DriverContext<ModbusLine>, config: BarrierConfig): Driver {
  const { clock, line } = ctx;
  const { unit, profile } = config;
  const inputs = inputsOf(config);
  const block = inputs.some(({ bands }) => bands === null) ? profile.inputs : null;
  const analog = inputs.some(({ bands }) => bands !== null) ? (profile.analog ?? null) : null;
  const relays = relaysOf(config);
  const commands = new Map<string, { readonly outcome: Promise<DriverOutcome>; readonly abort: AbortController }>();
  const under = inputs.filter(({ role, bands }) => role === 'obstruction' && bands === null);
  const writes = boardWrites(ctx, config, block === null || under.length === 0 ? null : releaseTerms);
  const polls: PollHandle[] = [];
  /** Blocks that the board refuses to show; what is good of one says nothing of the other. */
  const refused = new Set<Block>();
  let inputPoll: PollHandle | null = null;
  let analogStarted = false;
  let modesStarted = false;
  let level: 'normal' | 'closing' = 'normal';
  let outputs: Record<string, boolean> | null = null;
  let values: Record<string, boolean> = {};

  // ---------------------------------------------------------- reading

  function refuses(what: Block, detail: string): void {
    refused.add(what);
    ctx.raise('boardRefuses', `${what}: ${detail}`);
  }

  function accepts(what: Block): void {
    refused.delete(what);
    if (refused.size === 0) ctx.clear('boardRefuses');
  }

  function takeInputs(reply: ModbusReply): void {
    if (block === null) return;
    if (!reply.ok) {
      if (reply.why === 'exception') refuses('inputs', reply.detail);
      return;
    }
    accepts('inputs');
    values = readInputs(inputs, states(block, reply));
    void ctx.emit({ kind: 'inputsRead', device: ctx.device, at: reply.receivedAt, values, ...takeSeen() });
  }

  function takeAnalog(reply: ModbusReply): void {
    if (analog === null) return;
    if (!reply.ok) {
      if (reply.why === 'exception') refuses('analog', reply.detail);
      return;
    }
    accepts('analog');
    const read = readAnalog(inputs, measured(analog, reply));
    void ctx.emit({ kind: 'inputsRead', device: ctx.device, at: reply.receivedAt, ...read, ...takeSeen() });
  }

  /** Outputs read since the last report go with the next one. */
  function takeSeen(): { readonly outputs?: Readonly<Record<string, boolean>> } {
    const seen = outputs === null ? {} : { outputs };
    outputs = null;
    return seen;
  }

  function takeOutputs(reply: ModbusReply): void {
    if (reply.ok && profile.readBack !== null) {
      accepts('outputs');
      const relayStates = states(profile.readBack, reply);
      outputs = {};
      let stuck = false;
      for (const [name, relay] of Object.entries(relays) as [Output, number][]) {
        const on = relayStates[relay - 1];
        // Within a pulse of ours a contact read on says nothing new.
        const pulsing = writes.isPulsing(name, reply.sentAt);
        if (on === undefined || pulsing) continue;
        if (holds && name === holdOutput) writes.held.read(name, on, reply.sentAt);
        // CLOSE and STOP are only ever pulsed: found on, a crash has left them so. What is done about any of them is the core's to say.
        if (writes.wasPulsed(name) || name === 'close' || name === 'stop') stuck ||= on;
        outputs[name === 'lock' ? 'unlock' : name] = name === 'lock' && config.lock === 'energisedLocks' ? !on : on;
      }
      if (stuck) ctx.raise('outputStuckOn', 'a pulsed relay reads on');
      else if (!writes.isOwed()) ctx.clear('outputStuckOn');
    } else if (!reply.ok && reply.why === 'exception') {
      refuses('outputs', reply.detail);
    }
    startInputs();
    if (block === null && analog === null && outputs !== null && reply.ok)
      void ctx.emit({ kind: 'inputsRead', device: ctx.device, at: reply.receivedAt, values: {}, ...takeSeen() });
    startModes();
  }

  function takeModes(reply: ModbusReply): void {
    if (!reply.ok) return;
    const linked = reply.registers.flatMap((mode, at) => (mode === 0 ? [] : [`relay ${at + 1}: mode ${mode}`]));
    if (linked.length > 0) ctx.raise('boardLinked', linked.join(', '));
    else ctx.clear('boardLinked');
  }

  /** Outputs first: what a crash left on is reported with the first reading of the inputs (I17). */
  function startInputs(): void {
    if (analog !== null && !analogStarted) {
      analogStarted = true;
      const request = { fc: analog.fc, unit, address: analog.address, count: analog.count };
      polls.push(line.poll('analog', request, config.poll, 'safetyInputs', takeAnalog));
    }
    if (block === null || inputPoll !== null) return;
    inputPoll = line.poll('inputs', read(block, unit), ...pace(), takeInputs);
  }

  /** Last, and only then asked for: eight boards' modes would keep the first button of a slow line waiting for 0.3 s. */
  function startModes(): void {
    if (profile.mustBeZero === undefined || modesStarted) return;
    modesStarted = true;
    polls.push(line.poll('modes', { ...profile.mustBeZero, unit }, modesPeriodMs, 'status', takeModes));
  }

  function pace(): [number, LinePriority] {
    if (level === 'closing') return [Math.min(config.poll, closingPeriodMs), 'closingInputs'];
    return [config.poll, 'safetyInputs'];
  }

  // ---------------------------------------------------------- writing

  function pulseOrder(output: Output): Order | null {
    const relay = relays[output];
    if (relay === undefined) return null;
    const plan = pulse(profile, unit, relay, config.pulse);
    return { output, request: plan.request, pulseMs: plan.ms, needsOff: !plan.selfReleasing, staysOn: false };
  }

  function setOrder(output: Output, on: boolean): Order | null {
    const relay = relays[output];
    if (relay === undefined) return null;
    return { output, request: set(profile, unit, relay, on), pulseMs: null, needsOff: false, staysOn: on };
  }

  const holdOutput: Output = config.hold === 'holdInput' ? 'hold' : 'open';
  const holds = config.portal === 'barrier' && (config.hold !== 'none' || config.open === 'maintained');

  function orderFor(action: DriverCommand['action']): Order | null {
    switch (action) {
      case 'pulseOpen':
        return config.open === 'maintained' ? setOrder('open', true) : pulseOrder('open');
      case 'pulseClose':
        return pulseOrder('close');
      case 'stop':
        return pulseOrder('stop');
      case 'holdOn':
        return holds ? setOrder(holdOutput, true) : null;
      case 'holdOff':
        return holds ? setOrder(holdOutput, false) : null;
      case 'closeOff':
        return setOrder('close', false);
      case 'stopOff':
        return setOrder('stop', false);
      case 'announceOn':
        return setOrder('announce', true);
      case 'announceOff':
        return setOrder('announce', false);
      case 'feedbackOn':
      case 'feedbackOff':
        return setOrder('feedback', action === 'feedbackOn');
      case 'feedback2On':
      case 'feedback2Off':
        return setOrder('feedback2', action === 'feedback2On');
      case 'unlock':
        return config.lock === 'pulseReleases'
          ? pulseOrder('lock')
          : setOrder('lock', config.lock === 'energisedReleases');
      case 'lock':
        return config.lock === 'pulseReleases' ? null : setOrder('lock', config.lock === 'energisedLocks');
    }
  }

  async function run(command: DriverCommand, signal: AbortSignal): Promise<DriverOutcome> {
    if (command.action === 'lock' && relays.lock !== undefined && config.lock === 'pulseReleases') {
      return { result: 'confirmed', sentAt: null, detail: 'a pulsed strike bolts by itself' };
    }
    const order = orderFor(command.action);
    if (order === null) return { result: 'refused', sentAt: null, detail: `${command.action} is not wired` };
    if (command.onlyIfClear.length > 0) return runClear(command, order, signal);
    // One frame a command, whatever becomes of its reply: a second one is the core's to order, with a record of its own (I1, I10).
    return outcome(await writes.write(command, order, signal, undefined));
  }

  /** A close: a burst of reads, then the frame, which the line holds back should the newest read be too old or not clear (I2). */
  async function runClear(command: DriverCommand, order: Order, signal: AbortSignal): Promise<DriverOutcome> {
    const wanted = command.onlyIfClear.flatMap((name) => inputs.filter((input) => input.name === name));
    if (block === null || wanted.length < command.onlyIfClear.length)
      return notClear('an input to be clear does not exist');
    const onlyIf = guard(
      block,
      wanted.map((input) => ({ input, active: false })),
      freshMs,
    );
    for (let round = 1; ; round += 1) {
      for (let reading = 0; reading < burstReads; reading += 1) {
        const reply = await readNow(command.deadline, signal);
        if (!reply.ok)
          return reply.why === 'unreachable' || reply.why === 'expired'
            ? outcome(reply)
            : notClear(`not read: ${reply.why}`);
        const blocked = command.onlyIfClear.filter((name) => values[name] !== false);
        if (blocked.length > 0) return notClear(`occupied: ${blocked.join(', ')}`);
      }
      const reply = await writes.write(command, order, signal, onlyIf);
      const tooOld = !reply.ok && reply.why === 'notClear' && clock.mono() < command.deadline;
      if (!tooOld || round === burstRounds) return outcome(reply);
    }
  }

  /** Seen clear now, and still so as the frame goes out. */
  async function releaseTerms(signal: AbortSignal): Promise<Awaited<ReturnType<LateTerms>>> {
    const reply = await readNow(clock.mono() + 1000, signal);
    if (block === null || !reply.ok) return 'unread';
    if (under.some(({ name }) => values[name] !== false)) return 'occupied';
    return guard(
      block,
      under.map((input) => ({ input, active: false })),
      freshMs,
    );
  }

  async function readNow(deadline: number, signal: AbortSignal): Promise<ModbusReply> {
    if (block === null)
      return { ok: false, why: 'unreachable', detail: 'no inputs', sentAt: null, settledAt: clock.mono() };
    const reply = await line.transact(read(block, unit), { priority: 'closingInputs', deadline, signal });
    takeInputs(reply);
    return reply;
  }

  return {
    provides: config.portal === 'none' ? ['inputs'] : [config.portal, 'inputs'],
    start() {
      if (profile.readBack !== null) {
        polls.push(line.poll('outputs', read(profile.readBack, unit), readBackPeriodMs, 'status', takeOutputs));
        return;
      }
      startInputs();
      startModes();
    },
    command(command) {
      const known = commands.get(command.id);
      if (known !== undefined) return known.outcome;
      const abort = new AbortController();
      const outcome = run(command, abort.signal);
      commands.set(command.id, { outcome, abort });
      const oldest = commands.keys().next();
      if (commands.size > rememberedCommands && !oldest.done) commands.delete(oldest.value);
      return outcome;
    },
    withdraw(commandId) {
      commands.get(commandId)?.abort.abort();
    },
    watch(next) {
      level = next;
      inputPoll?.set(...pace());
    },
    async stop() {
      for (const poll of polls) poll.stop();
      inputPoll?.stop();
      // What is not on the wire yet is dropped; a frame that is out is heard to its end, for its pulse may have to be ended.
      const begun = [...commands.values()];
      for (const { abort } of begun) abort.abort();
      await Promise.allSettled(begun.map(({ outcome }) => outcome));
      await writes.stop();
    },
  };
}

function notClear(detail: string): DriverOutcome {
  return { result: 'notClear', sentAt: null, detail };
}

/** An echo that differs may belong to an order that was obeyed: it is no refusal. */
function outcome(reply: ModbusReply): DriverOutcome {
  if (reply.ok) return { result: 'confirmed', sentAt: reply.sentAt, detail: '' };
  const { why, detail, sentAt } = reply;
  switch (why) {
    case 'exception':
    case 'full':
      return { result: 'refused', sentAt, detail: `${why}: ${detail}` };
    case 'expired':
    case 'notClear':
    case 'unreachable':
      return { result: why, sentAt, detail };
    case 'unanswered':
    case 'echoMismatch':
    case 'abandoned':
      return { result: 'unanswered', sentAt, detail };
  }
}
