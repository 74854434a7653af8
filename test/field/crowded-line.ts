/** Many boards on one wire at 9600 baud, all driven as a site drives them, on a manual clock; some dead, one that babbles. For tests only. */
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { AnyDriver, DriverCommand, DriverOutcome } from '../../src/contract/driver.ts';
import { Field } from '../../src/field/field.ts';
import { type LinkEvents, type OpenLink, serialWire } from '../../src/field/link.ts';
import { crc16 } from '../../src/field/modbus-frame.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { BoardTwin } from '../../drivers/barrier-modbus/twin.ts';
import { examples } from './barrier-rig.ts';

const wire = serialWire(9600, 8, 'none', 1);
const { charMs, silenceMs } = wire;
/** protocols.md §3.3: 2–20 ms. */
const answerMs = 10;
/** A whole reading of eight inputs: 8 characters, the board's time, 6 characters, silence. Some 28 ms. */
export const exchangeMs = 8 * charMs + answerMs + 6 * charMs + silenceMs;

export interface SeenFrame {
  readonly at: number;
  readonly unit: number;
  readonly fc: number;
  readonly hex: string;
  /** When its transaction is over, if nobody cuts it short; a silent board counts as long as a live one's reading. */
  readonly endsAt: number;
}

export interface CrowdedLine {
  readonly clock: ManualClock;
  readonly field: Field;
  readonly dead: Set<number>;
  readonly sent: readonly SeenFrame[];
  /** Inputs of this unit as they were read, in order: when each answer was in. */
  readings(unit: number): readonly number[];
  order(unit: number, action: DriverCommand['action'], priority: DriverCommand['priority']): Promise<DriverOutcome>;
  /** Speaks unasked for so many characters, one after the other. */
  babble(bytes: Uint8Array): void;
  stop(): Promise<void>;
}

export const deviceOf = (unit: number): string => `boom-${unit}`;

export async function crowdedLine(units: readonly number[]): Promise<CrowdedLine> {
  const clock = new ManualClock();
  const boards = units.map((unit) => new BoardTwin({ clock, unit, dialect: 'waveshare' }));
  for (const board of boards) for (const input of [3, 6]) board.setInput(input, true);
  const dead = new Set<number>();
  const sent: SeenFrame[] = [];
  const read = new Map<number, number[]>();
  let live: LinkEvents | null = null;
  const open: OpenLink = (events) => {
    clock.after('port.open', 1, () => {
      live = events;
      events.opened();
    });
    return {
      write: (request) => {
        const [unit = 0, fc = 0] = request;
        const at = clock.mono();
        const pdu = dead.has(unit) ? null : answerOf(boards, request);
        const reply = pdu === null ? null : framed(unit, pdu);
        const lasts = request.length * charMs + answerMs + (reply?.length ?? 6) * charMs + silenceMs;
        sent.push({ at, unit, fc, hex: Buffer.from(request.slice(0, -2)).toString('hex'), endsAt: at + lasts });
        if (reply !== null) clock.after('port.reply', lasts - silenceMs, () => live === events && events.bytes(reply));
        return true;
      },
      close: () => {
        if (live === events) live = null;
      },
    };
  };
  const field = new Field({
    ...{ clock, random: () => 0.5, open: () => open },
    emit: async (seen) => {
      if (seen.kind === 'inputsRead') {
        const unit = Number(seen.device.split('-')[1]);
        read.set(unit, [...(read.get(unit) ?? []), clock.mono()]);
      }
      return 'recorded';
    },
    secret: () => '',
    log: { info: () => {}, warn: () => {} },
  });
  const [example] = examples();
  await field.apply({
    lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }],
    devices: units.map((unit) => ({
      ...{ id: deviceOf(unit), driver: driver as AnyDriver, line: 'bus' },
      config: driver.config.parse({ ...example, unit }),
    })),
  });
  let orders = 0;
  return {
    ...{ clock, field, dead, sent },
    readings: (unit) => read.get(unit) ?? [],
    order(unit, action, priority) {
      orders += 1;
      const deadline = clock.mono() + 2000;
      return field.command(deviceOf(unit), { id: `boot.${orders}`, action, priority, deadline, onlyIfClear: [] });
    },
    babble(bytes) {
      for (const [nth, byte] of bytes.entries())
        clock.after('port.babble', (nth + 1) * charMs, () => live?.bytes(Uint8Array.of(byte)));
    },
    stop: () => field.stop(),
  };
}

function answerOf(boards: readonly BoardTwin[], request: Uint8Array): Uint8Array | null {
  const [unit = 0] = request;
  return boards.find((board) => board.unit === unit)?.answer(unit, request.slice(1, -2)) ?? null;
}

function framed(unit: number, pdu: Uint8Array): Uint8Array {
  const body = Uint8Array.of(unit, ...pdu);
  const crc = crc16(body);
  return Uint8Array.of(...body, crc & 0xff, crc >> 8);
}
