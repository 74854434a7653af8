/** The disk is looked at while the configuration is still being read: the lines wait for neither, the first car for both. */
import { resolve } from 'node:path';
import { threadHost } from '../store/store-host.ts';
import type { Survey } from '../store/survey.ts';

export interface StoreAhead {
  /** Absolute. */
  readonly dir: string;
  readonly survey: Promise<Survey>;
}

/** Null where only the configuration says where the state lies. */
export function surveyStore(asked: string | undefined, env: NodeJS.ProcessEnv): StoreAhead | null {
  const dir = givenStateDir(asked ?? null, env);
  if (dir === null) return null;
  const survey = threadHost.runChore({ kind: 'survey', dir });
  // Whoever opens the store hears of it; until then nobody waits.
  survey.catch(() => undefined);
  return { dir, survey };
}

/** What the command line or systemd name; null where neither does. */
export function givenStateDir(asked: string | null, env: NodeJS.ProcessEnv): string | null {
  if (asked !== null) return resolve(asked);
  const given = env.STATE_DIRECTORY?.split(':')[0];
  return given === undefined || given === '' ? null : given;
}
