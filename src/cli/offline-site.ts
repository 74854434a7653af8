/** A rehearsal without a daemon: the configuration as it would run, and the list in force, both only read. */
import { existsSync } from 'node:fs';
import { beginSite } from '../core/site-state.ts';
import type { ListPort } from '../core/ports.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Rehearsal, NoSuchLane, rehearse, type SimulationRequest } from '../runtime/rehearsal.ts';
import { databasePath } from '../store/durable-writer.ts';
import { Lists } from '../store/lists.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseUnreadable, said } from './failure.ts';
import type { Settings } from './settings.ts';

export function rehearseOffline(settings: Settings, request: SimulationRequest, at: number | null): Rehearsal {
  refuseUnreadable(settings.configDir);
  const model = settings.configuration.running.site;
  if (model === null)
    throw said(
      exitCodes.error,
      `${settings.configDir} 中没有可用的配置；用 gatehouse check 查看原因`,
      `there is no usable configuration in ${settings.configDir}; "gatehouse check" says why`,
    );
  const clock = systemClock();
  const now = { mono: clock.mono(), wall: at ?? clock.wall(), wallTrusted: true };
  const lists = new Lists(settings.stateDir, clock, {});
  if (existsSync(databasePath(settings.stateDir))) lists.refresh();
  const port: ListPort = lists;
  try {
    return rehearse(beginSite(model, 'offline', now.mono), request, port, now);
  } catch (error) {
    if (error instanceof NoSuchLane)
      throw said(
        exitCodes.error,
        `没有这条车道，或车道没有相应设备：${error.message}`,
        `no such lane or device: ${error.message}`,
      );
    throw error;
  } finally {
    lists.close();
  }
}
