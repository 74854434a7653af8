/** What the camera host's process is begun with, in one place: the daemon begins the first one before it has read anything. */
import type { ChildProcess } from 'node:child_process';
import { beginCameraProcess } from '../field/camera-process.ts';

export const CAMERA_ENTRY = new URL('./camera-child.ts', import.meta.url).pathname;
export const CAMERA_HEAP_MB = 192;
export const CAMERA_RESIDENT_MB = 512;

/** It loads beside us on the other core; `GatewayOptions.cameras` takes it over, or it ends with us. */
export function prepareCameras(): ChildProcess {
  return beginCameraProcess(CAMERA_ENTRY, CAMERA_HEAP_MB);
}
