/** What a gateway is built over. In production all of it is the machine's own; a simulation brings time, wires and disks of its own. */
import type { CameraHost, CameraHostEvents } from '../field/camera-host.ts';
import type { LineConfig } from '../field/field.ts';
import type { OpenLink } from '../field/link.ts';
import type { WriteState } from '../store/later-state-file.ts';
import type { StoreHost } from '../store/store-host.ts';
import type { LoopEar } from './loop.ts';
import type { SpawnUplink } from './uplink-spawn.ts';

/** The cameras' host as the gateway has it. */
export type Cameras = Pick<CameraHost, 'start' | 'configure' | 'stop' | 'lastHeardAt'>;

/** Each left out is production's. */
export interface GatewayParts {
  /** Unique over boots; part of every record. */
  readonly boot?: string | undefined;
  /** As the record of the start names it. */
  readonly process?: { readonly pid: number; readonly version: string } | undefined;
  /** 0 ≤ x < 1: for jitter only. */
  readonly random?: (() => number) | undefined;
  readonly openLine?: ((line: LineConfig) => OpenLink) | undefined;
  readonly cameras?: ((events: CameraHostEvents) => Cameras) | undefined;
  readonly storeHost?: StoreHost | undefined;
  readonly writeState?: WriteState | undefined;
  readonly spawnUplink?: SpawnUplink | undefined;
  readonly ear?: LoopEar | undefined;
}
