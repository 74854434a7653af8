/** Many boards on one wire at 9600 baud, all driven as a site drives them, on a manual clock; some dead, one that babbles. For tests only. */
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { AnyDriver, DriverCommand, DriverOutcome } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import { type LinkEvents, type OpenLink, serialWire } from '../../src/field/link.ts';
import { crc16 } from '../../src/field/modbus-frame.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { BoardTwin } from '../../drivers/barrier-modbus/twin.ts';
import { examples, profile } from './barrier-rig.ts';

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
  /** The lanes of a board that several hang on, ordered in one turn. */
  orderAll(
    unit: number,
    action: DriverCommand['action'],
    priority: DriverCommand['priority'],
  ): Promise<DriverOutcome>[];
  orderOf(device: string, action: DriverCommand['action'], priority: DriverCommand['priority']): Promise<DriverOutcome>;
  board(unit: number): BoardTwin;
  /** Answers to requests that begin so (hexadecimal) are lost. */
  readonly swallow: Set<string>;
  onSeen(listen: (seen: Observation) => void): void;
  /** Called in the turn in which a write is handed to the port. */
  onWrite(listen: () => void): void;
  /** Applies a configuration with these lanes of the shared boards alone. */
  keep(lanes: readonly number[]): Promise<void>;
  /** What every device has told, in its order. */
  readonly seen: readonly Observation[];
  /** Speaks unasked for so many characters, one after the other. */
  babble(bytes: Uint8Array): void;
  stop(): Promise<void>;
}

/** A board that four lanes share: OPEN on relays 1 to 4, CLOSE on 5 to 8, closed limits on inputs 1 to 4, obstruction on 5 to 8. */
export interface FourLanes {
  readonly units: readonly number[];
  readonly many?: 'obeyed' | 'refused' | 'ignored';
}

export const deviceOf = (unit: number, lane = 1): string => (lane === 1 ? `boom-${unit}` : `boom-${unit}-${lane}`);

export async function crowdedLine(units: readonly number[], four: FourLanes = { units: [] }): Promise<CrowdedLine> {
  const clock = new ManualClock();
  const { many = 'obeyed' } = four;
  const boards = units.map((unit) => new BoardTwin({ clock, unit, dialect: 'waveshare', many }));
  for (const board of boards)
    for (const input of four.units.includes(board.unit) ? [5, 6, 7, 8] : [3, 6]) board.setInput(input, true);
  const dead = new Set<number>();
  const sent: SeenFrame[] = [];
  const read = new Map<number, number[]>();
  const seenAll: Observation[] = [];
  const swallow = new Set<string>();
  let listen = (_seen: Observation): void => {};
  let written = (): void => {};
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
        if (fc >= 5) written();
        const pdu = dead.has(unit) ? null : answerOf(boards, request);
        const hex = Buffer.from(request.slice(0, -2)).toString('hex');
        const lost = pdu === null || [...swallow].some((prefix) => hex.startsWith(prefix));
        const reply = lost ? null : framed(unit, pdu);
        const lasts = request.length * charMs + answerMs + (reply?.length ?? 6) * charMs + silenceMs;
        sent.push({ at, unit, fc, hex, endsAt: at + lasts });
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
      seenAll.push(seen);
      if (seen.kind === 'inputsRead') {
        const unit = Number(seen.device.split('-')[1]);
        read.set(unit, [...(read.get(unit) ?? []), clock.mono()]);
      }
      listen(seen);
      return 'recorded';
    },
    secret: () => '',
    log: { info: () => {}, warn: () => {} },
  });
  const [example] = examples();
  const apply = (lanes: readonly number[]) =>
    field.apply({
      lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }],
      devices: units.flatMap((unit) =>
        (four.units.includes(unit) ? fourLanes(unit) : [{ ...example, unit }]).flatMap((written, nth) =>
          nth > 0 && !lanes.includes(nth + 1)
            ? []
            : [
                {
                  ...{ id: deviceOf(unit, nth + 1), driver: driver as AnyDriver, line: 'bus' },
                  config: driver.config.parse(written),
                },
              ],
        ),
      ),
    });
  await apply([1, 2, 3, 4]);
  let orders = 0;
  const order = (device: string, action: DriverCommand['action'], priority: DriverCommand['priority']) => {
    orders += 1;
    const deadline = clock.mono() + 2000;
    return field.command(device, { id: `boot.${orders}`, action, priority, deadline, onlyIfClear: [] });
  };
  return {
    ...{ clock, field, dead, sent, seen: seenAll },
    readings: (unit) => read.get(unit) ?? [],
    order: (unit, action, priority) => order(deviceOf(unit), action, priority),
    orderAll(unit, action, priority) {
      const outcomes: Promise<DriverOutcome>[] = [];
      field.together(() => {
        for (const lane of [1, 2, 3, 4]) outcomes.push(order(deviceOf(unit, lane), action, priority));
      });
      return outcomes;
    },
    orderOf: order,
    swallow,
    onSeen: (listener) => {
      listen = listener;
    },
    onWrite: (listener) => {
      written = listener;
    },
    keep: apply,
    board(unit) {
      const found = boards.find((board) => board.unit === unit);
      if (found === undefined) throw new RangeError(`no unit ${unit}`);
      return found;
    },
    babble(bytes) {
      for (const [nth, byte] of bytes.entries())
        clock.after('port.babble', (nth + 1) * charMs, () => live?.bytes(Uint8Array.of(byte)));
    },
    stop: () => field.stop(),
  };
}

/** Four lanes as a technician writes them; nothing of a lane's is another's. */
export function fourLanes(unit: number): readonly Record<string, unknown>[] {
  return [1, 2, 3, 4].map((lane) => ({
    ...{ unit, profile: profile('waveshare-8'), travel: '3s', hold: 'maintained' },
    relays: { open: lane, close: lane + 4 },
    inputs: { closedLimit: lane, obstruction: lane + 4 },
  }));
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
