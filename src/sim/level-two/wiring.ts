/** How the drawn site is wired in bytes: which line each board hangs on, as which unit, with which relays and inputs. */
import type { BarrierModel } from '../../core/site-model.ts';
import type { LanePlan, SensorPlan, SitePlan } from '../crowd/site-plan.ts';
import type { Random } from '../random.ts';

export type Dialect = 'waveshare' | 'jydam' | 'generic';
export type LineType = 'modbus-tcp' | 'modbus-rtu-tcp' | 'modbus-rtu';

export interface LineWiring {
  readonly id: string;
  readonly type: LineType;
  readonly baud: number;
}

export interface InputWiring {
  readonly sensor: SensorPlan;
  /** Number on the board, from 1. */
  readonly at: number;
  readonly energisedClear: boolean;
}

export interface BoardWiring {
  readonly device: string;
  readonly line: string;
  readonly unit: number;
  readonly lane: string;
  /** Null where it moves nothing. */
  readonly portal: BarrierModel | null;
  readonly inputs: readonly InputWiring[];
  readonly dialect: Dialect;
  readonly pollMs: number;
  readonly readsBack: boolean;
  /** Slowest and quickest usual answer, ms. */
  readonly answersMs: readonly [number, number];
}

export interface ReaderWiring {
  readonly device: string;
  readonly lane: string;
  readonly profile: string;
}

export interface Wiring {
  readonly lines: readonly LineWiring[];
  readonly boards: readonly BoardWiring[];
  readonly readers: readonly ReaderWiring[];
}

/** Relays by their order, as the driver has them where nothing else is written. */
export const RELAYS = { open: 1, close: 2, stop: 3, hold: 4, announce: 5 } as const;
export type RelayRole = keyof typeof RELAYS;
export const RELAY_COUNT = 8;
export const INPUT_COUNT = 16;

const FAILS_ACTIVE: readonly string[] = ['obstruction', 'fire', 'doorContact', 'boomBroken', 'mainsLost', 'upsLow'];

export function drawWiring(plan: SitePlan, random: Random): Wiring {
  const draw = random.fork('wiring');
  const lines = new Map<string, LineWiring>();
  const units = new Map<string, number>();
  const boards = plan.lanes.flatMap((lane) =>
    boardsOf(plan, lane).map(({ id, pollMs, readsBack }): BoardWiring => {
      const { portal } = lane.model;
      const line = portal.kind === 'barrier' ? portal.line : `${lane.id}-line`;
      if (!lines.has(line)) lines.set(line, drawLine(line, draw.fork(line)));
      const unit = (units.get(line) ?? 0) + 1;
      units.set(line, unit);
      const own = draw.fork(id);
      const slowest = own.pick([3, 6, 9]);
      return {
        ...{ device: id, line, unit, lane: lane.id, pollMs, readsBack },
        portal: portal.kind === 'barrier' && portal.device === id ? portal : null,
        inputs: lane.sensors
          .filter(({ input }) => input.device === id)
          .map((sensor, at) => ({ sensor, at: at + 1, energisedClear: FAILS_ACTIVE.includes(sensor.input.role) })),
        dialect: own.pick<Dialect>(['waveshare', 'jydam', 'generic']),
        answersMs: [slowest / 2, slowest],
      };
    }),
  );
  const readers = plan.lanes.flatMap(({ id, model }) =>
    model.readers.map(({ device }) => ({
      ...{ device, lane: id },
      profile: draw.fork(device).pick(['wiegand-text', 'hex-line']),
    })),
  );
  return { lines: [...lines.values()], boards, readers };
}

function boardsOf({ boards }: SitePlan, { id, sensors }: LanePlan): SitePlan['boards'] {
  const own = new Set([`${id}-board`, ...sensors.map(({ input }) => input.device)]);
  return boards.filter((board) => own.has(board.id));
}

function drawLine(id: string, draw: Random): LineWiring {
  return {
    id,
    type: draw.pick<LineType>(['modbus-tcp', 'modbus-rtu-tcp', 'modbus-rtu']),
    baud: draw.pick([9600, 19_200, 38_400]),
  };
}
