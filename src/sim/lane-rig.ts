/** What the simulated world may touch of one lane: sensors, a boom to look at, a camera that sees plates. Real sockets lie behind it. */
import type { PlateColor } from '../core/presentation.ts';
import type { Direction } from '../core/values.ts';

export interface SeenPlate {
  /** As the camera reads it; `''` = a vehicle without a readable plate. */
  readonly plate: string;
  readonly color: PlateColor;
  readonly confidence: number;
}

export interface LaneRig {
  readonly id: string;
  readonly directions: readonly Direction[];
  /** 0 closed … 1 open: what a driver sees through the windscreen. */
  boom(): number;
  sense(sensor: 'arming' | 'obstruction', direction: Direction, active: boolean): void;
  see(direction: Direction, seen: SeenPlate): void;
  /** Held to the reader for a moment; nothing where the lane has none. */
  showCard(card: { readonly bits: number; readonly value: string }): void;
  pressButton(pressed: boolean): void;
  /** The boom's motor fails, or is mended. */
  jam(jammed: boolean): void;
  /** The board closes by itself behind a vehicle, where it owns closing. */
  cleared(): void;
}
