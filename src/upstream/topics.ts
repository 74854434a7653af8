/** The topics below the site's prefix. A lane's id cannot begin with an underscore, so `_site` is never one. */

export const SITE_LEVEL = '_site';

export interface Topics {
  readonly status: string;
  readonly alarm: string;
  readonly faults: string;
  readonly anchor: string;
  /** Filter of everything that somebody may try to tell us. */
  readonly commands: string;
  laneState(lane: string): string;
  event(lane: string | null, kind: string): string;
}

export function topicsOf(prefix: string): Topics {
  return {
    status: `${prefix}/status`,
    alarm: `${prefix}/alarm`,
    faults: `${prefix}/faults`,
    anchor: `${prefix}/anchor`,
    commands: `${prefix}/command/#`,
    laneState: (lane) => `${prefix}/lane/${level(lane)}/state`,
    event: (lane, kind) => `${prefix}/event/${lane === null ? SITE_LEVEL : level(lane)}/${level(kind)}`,
  };
}

/** One level, whatever the text: a wildcard in a topic ends the connection (MQTT 5 §3.3.2.1). */
function level(text: string): string {
  const clean = text.replace(/[\p{C}+#/]/gu, '_').slice(0, 80);
  return clean === '' ? '_' : clean;
}
