/** node-cron, as a trigger alone: it stalls on a clock step and drops a late tick, so nothing may rest on its coming (pitfalls). */
import { schedule } from 'node-cron';

/** Calls `action` at each moment of the expression, in the zone, as long as the clock goes evenly. Returns how to end it. */
export function triggerAt(expression: string, timezone: string, action: () => void): () => void {
  const task = schedule(expression, action, { timezone });
  return () => void task.destroy();
}
