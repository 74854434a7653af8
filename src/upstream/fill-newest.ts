/** What is retained of the gateway's state, put into its slots; a topic that nothing fills any more is cleared. */
import { alarmOf, faultsOf, laneStateOf, type Snapshot } from './messages.ts';
import type { Newest } from './newest.ts';
import type { AnchorPayload } from './payloads.ts';
import type { Topics } from './topics.ts';

export interface Retained {
  readonly snapshot: Snapshot | null;
  readonly anchor: AnchorPayload | null;
  readonly gateway: string;
  readonly boot: string;
}

export function fillNewest(newest: Newest, topics: Topics, { snapshot, anchor, gateway, boot }: Retained): void {
  if (snapshot !== null) {
    // Before every other state: slots go out in the order in which they were first set.
    const alarm = alarmOf(snapshot, gateway, boot);
    newest.set(topics.alarm, JSON.stringify(alarm), JSON.stringify([alarm.causes, alarm.omitted]));
  }
  if (anchor !== null) newest.set(topics.anchor, JSON.stringify(anchor));
  if (snapshot === null) return;
  const wanted = new Set([topics.status, topics.alarm, topics.anchor, topics.faults]);
  for (const lane of snapshot.lanes) {
    const topic = topics.laneState(lane.lane);
    wanted.add(topic);
    newest.set(topic, JSON.stringify(laneStateOf(lane, snapshot.at, gateway, boot)), JSON.stringify(lane));
  }
  const faults = faultsOf(snapshot, gateway, boot);
  newest.set(topics.faults, JSON.stringify(faults), JSON.stringify(faults.faults));
  for (const topic of newest.topics()) if (!wanted.has(topic)) newest.clear(topic);
}
