/** Units that answer more slowly than `gatehouse check` reckons with, where a button or fire contact hangs on the same line. Pure. */
import { answerMs, answerWaitMs } from '../contract/line-timing.ts';
import type { DeviceTraits } from '../contract/driver.ts';
import type { DeviceConfig } from './device-host.ts';
import type { LineStatus } from './line-status.ts';

/** The wait that the check's worst scan is computed with: a unit that takes as long makes every bound of its line wrong. */
const slowAnswerMs = answerWaitMs(answerMs);
/** Well below, so that a unit at the edge does not raise and clear by turns. */
const usualAnswerMs = (2 * slowAnswerMs) / 3;

/** The fault of such a device. */
export const slowUnit = 'slowUnit';

const urgent: ReadonlySet<string> = new Set(['button', 'fire', 'fireNo', 'emergency']);

export interface SlowUnit {
  readonly device: string;
  readonly detail: string;
}

export class SlowUnits {
  readonly #slow = new Map<string, string>();
  /** A configuration never changes; the next one is another object. */
  readonly #traits = new WeakMap<DeviceConfig, DeviceTraits | null>();

  /** What has changed since the last look: devices that have become slow, and those that are so no more or are gone. */
  look(lines: readonly LineStatus[], devices: readonly DeviceConfig[]): { slow: SlowUnit[]; usual: string[] } {
    const changes: { slow: SlowUnit[]; usual: string[] } = { slow: [], usual: [] };
    const watched = new Set<string>();
    for (const line of lines) {
      const members = devices
        .filter((device) => device.line === line.id)
        .map((device) => ({ device, traits: this.#traitsOf(device) }));
      if (!members.some((member) => member.traits?.inputs.some(({ role }) => urgent.has(role)))) continue;
      for (const { device, traits: own } of members) {
        const typicalMs = line.units.find(({ unit }) => unit === own?.unit)?.typicalMs ?? 0;
        watched.add(device.id);
        if (!this.#slow.has(device.id) && typicalMs > slowAnswerMs) {
          this.#slow.set(device.id, line.id);
          const detail = `answers in ${Math.round(typicalMs)} ms, ${slowAnswerMs} ms reckoned with on ${line.id}`;
          changes.slow.push({ device: device.id, detail });
        } else if (this.#slow.has(device.id) && typicalMs < usualAnswerMs) {
          this.#slow.delete(device.id);
          changes.usual.push(device.id);
        }
      }
    }
    for (const device of [...this.#slow.keys()]) {
      if (watched.has(device)) continue;
      this.#slow.delete(device);
      changes.usual.push(device);
    }
    return changes;
  }

  #traitsOf(device: DeviceConfig): DeviceTraits | null {
    const known = this.#traits.get(device);
    if (known !== undefined) return known;
    const found = traits(device);
    this.#traits.set(device, found);
    return found;
  }
}

function traits({ driver, config }: DeviceConfig): DeviceTraits | null {
  try {
    return driver.traits(config as never);
  } catch {
    return null;
  }
}
