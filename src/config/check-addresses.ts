/** Checks of what is reached by an address: serial ports, cameras, and where the receiver listens. */
import { bindings } from './check-lanes.ts';
import { type Parts, type ParsedDevice, type Section, sectionOf, tell } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';

/** Serial ports named by the order in which they were plugged in, or made by whatever program runs just then. */
const shifting = /^\/dev\/(tty(USB|ACM)\d+$|pts\/)/;

/** @param port of a serial line, as written. */
export function checkPort(section: Section, port: string, problems: Problems): void {
  const got = `"${port}"`;
  if (!/^\/[^\s]*[^/\s]$/.test(port) || port.includes('/../')) {
    tell(problems, section, 'E-PORT-PATH', { got }, ['port'], 'value');
  } else if (!port.startsWith('/dev/')) {
    const params = { got, whyZh: '：不在 /dev/ 下', whyEn: ': it is not below /dev/' };
    tell(problems, section, 'W-PORT-UNSTABLE', params, ['port'], 'value');
  } else if (shifting.test(port)) {
    tell(problems, section, 'W-PORT-UNSTABLE', { got, whyZh: '', whyEn: '' }, ['port'], 'value');
  }
}

/** The channels by which lanes name a device; null where one names the whole of it. */
function channelsOf(parts: Parts, device: string): readonly (number | null)[] {
  return [...parts.lanes.values()].flatMap((lane) =>
    bindings(lane.cameras, 'cameras')
      .filter((bound) => bound.device === device)
      .map((bound) => bound.channel),
  );
}

/** Each is named by channels of its own, so that no read of one counts as a read of the other. */
function differInChannels(parts: Parts, a: string, b: string): boolean {
  const [first, second] = [channelsOf(parts, a), channelsOf(parts, b)];
  if (first.length === 0 || second.length === 0) return false;
  return [...first, ...second].every((channel) => channel !== null) && !first.some((one) => second.includes(one));
}

/** A program on this PC that hands on what cameras said: it may do so for any number of them. */
const ownAddress = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Two devices at one address and port read every car twice, or, where a line was copied and not changed, never see the second camera.
 * Cameras that only push are told apart by their secrets, and by their address alone it may be a recorder that pushes for several.
 */
export function checkCameraAddresses(parts: Parts, problems: Problems): void {
  const byAddress = new Map<string, ParsedDevice[]>();
  for (const device of parts.devices.values()) {
    const { endpoint } = device.traits;
    const section = sectionOf(parts, { kind: 'device', id: device.id });
    if (endpoint === undefined || section === null) continue;
    const key = endpoint.address.toLowerCase();
    const others = byAddress.get(key) ?? [];
    if (others.length < 64) byAddress.set(key, [...others, device]);
    const clash = others.find(({ traits }) => traits.endpoint?.port === endpoint.port && endpoint.port !== null);
    const pushed = others.find(({ traits }) => traits.endpoint?.port === null || endpoint.port === null);
    const other = clash ?? (ownAddress.test(key) ? undefined : pushed);
    if (other === undefined) continue;
    const isError = other === clash && !differInChannels(parts, other.id, device.id);
    const also: SectionRef[] = [{ kind: 'device', id: other.id }];
    const params = { endpoint: endpoint.address, other: other.id };
    tell(problems, section, isError ? 'E-ADDRESS-SHARED' : 'W-ADDRESS-SHARED', params, ['address'], 'value', also);
  }
}

export function checkBind(parts: Parts, problems: Problems): void {
  const section = sectionOf(parts, { kind: 'receiver', id: '' });
  if (section === null || parts.receiver === null || !/^(0\.0\.0\.0|[0:]+)$/.test(parts.receiver.bind)) return;
  const camera = [...parts.devices.values()].find((device) => device.traits.endpoint !== undefined)?.traits.endpoint;
  const example =
    camera === undefined
      ? { exampleZh: '，用 ip addr 查看', exampleEn: ', which ip addr shows' }
      : { exampleZh: `（相机在 ${camera.address}）`, exampleEn: ` (a camera is at ${camera.address})` };
  tell(problems, section, 'W-BIND-ALL', { got: parts.receiver.bind, ...example }, ['bind'], 'value');
}
