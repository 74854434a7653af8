/** The uplink without its thread: its messages are copied and arrive a moment later, its connection leads to the simulated broker. */
import { uplinkEnd } from '../../../src/runtime/uplink-end.ts';
import type { SpawnUplink } from '../../../src/runtime/uplink-spawn.ts';
import type { Broker } from '../../../src/sim/level-two/broker.ts';
import type { VirtualClock } from '../../../src/sim/level-two/virtual-clock.ts';
import type { Cause } from '../../../src/upstream/causes.ts';
import type { Dial } from '../../../src/upstream/link.ts';
import type { Verdict } from './verdict.ts';

export interface UplinkHerePorts {
  readonly life: {
    readonly clock: VirtualClock;
    /** What is closed with the power. */
    readonly links: Set<{ close(): void }>;
    readonly uplinks: Set<{ drop(): void }>;
  };
  readonly broker: Broker<Cause>;
  readonly verdict: Verdict;
  readonly random: () => number;
}

const MESSAGE_MS = 0.2;
/** As brokers allow them. */
const IN_FLIGHT_MAX = 20;

export function uplinkHere(ports: UplinkHerePorts): SpawnUplink {
  const { life, random } = ports;
  return (data, events) => {
    const soon = (act: () => void): void => {
      life.clock.after('uplink.message', MESSAGE_MS, act);
    };
    const end = uplinkEnd({
      ...{ clock: life.clock, data, random, dial: dialTo(ports) },
      tell: (message) => soon(() => events.message(structuredClone(message))),
      ended: () => {
        life.uplinks.delete(end);
        soon(() => events.exit(0));
      },
    });
    life.uplinks.add(end);
    return {
      post: (message) => soon(() => end.take(structuredClone(message))),
      terminate: async () => {
        life.uplinks.delete(end);
        end.drop();
        soon(() => events.exit(1));
      },
    };
  };
}

function dialTo({ life, broker, verdict }: UplinkHerePorts): Dial {
  return (_settings, _will, events) => {
    const link = broker.dial({
      opened: () => events.opened({ inFlightMax: IN_FLIGHT_MAX, packetBytesMax: null, keepaliveMs: null }),
      heard: () => events.heard(),
      ended: (cause) => {
        life.links.delete(link);
        events.ended(cause);
      },
    });
    life.links.add(link);
    return {
      publish: (message, done) => verdict.over(() => link.publish(message, () => done(null)), undefined),
      subscribe: (_filter, done) => link.subscribe(() => done(false)),
      leave: (done) => link.leave(done),
      close: () => {
        life.links.delete(link);
        link.close();
      },
    };
  };
}
