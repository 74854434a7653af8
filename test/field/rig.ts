/** A line on a byte port, started and open. */
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { LinePriority, ModbusReply, ModbusRequest, TransactOptions } from '../../src/contract/line.ts';
import { serialWire, tcpWire, type Wire } from '../../src/field/link.ts';
import { ModbusLineOwner } from '../../src/field/modbus-line.ts';
import { BytePort, type Script } from './byte-port.ts';

export const serial9600: Wire = serialWire(9600, 8, 'none', 1);
export { tcpWire };

export const inputsOf = (unit: number): ModbusRequest => ({ fc: 2, unit, address: 0, count: 8 });
export const relayOn = (unit: number, relay: number): ModbusRequest => ({
  fc: 5,
  unit,
  address: relay - 1,
  value: 0xff00,
});

export async function rig(script: Script, wire: Wire = serial9600) {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  port.script = script;
  const line = new ModbusLineOwner({ id: 'bus', open: port.open, wire, clock, random: () => 0.5 });
  line.start();
  await clock.pass(2 + wire.silenceMs);
  const ask = (request: ModbusRequest, priority: LinePriority = 'command', more: Partial<TransactOptions> = {}) =>
    line.transact(request, { priority, deadline: clock.mono() + 2000, ...more });
  return { clock, port, line, ask };
}

/** Lets time pass until the promise has settled; fails when it does not within `ms`. */
export async function within(clock: ManualClock, ms: number, promise: Promise<ModbusReply>): Promise<ModbusReply> {
  let reply: ModbusReply | null = null;
  void promise.then((value) => {
    reply = value;
  });
  for (let passed = 0; passed < ms; passed += 1) {
    await clock.pass(1);
    if (reply !== null) return reply;
  }
  throw new Error(`not settled within ${ms} ms`);
}

export function why(reply: ModbusReply): string {
  return reply.ok ? 'ok' : reply.why;
}
