import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { stateDirOf } from '../../src/runtime/configuration.ts';
import { surveyStore } from '../../src/runtime/store-ahead.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-ahead-'));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const options = (env: NodeJS.ProcessEnv) => ({ configDir: '/nowhere', env, drivers: [] });

test('the disk is looked at ahead in the folder that the daemon then uses, and only where that is known without the YAML', async () => {
  prepareStore({ dir, gateway: 'gw', atWall: 1_790_000_000_000 });
  for (const [asked, env] of [
    [dir, {}],
    [undefined, { STATE_DIRECTORY: `${dir}:/elsewhere` }],
  ] as const) {
    const ahead = surveyStore(asked, env);
    expect(ahead?.dir).toBe(stateDirOf(asked ?? null, options(env)));
    expect(await ahead?.survey).toEqual({ isPrepared: true, damagedLists: [] });
  }
  expect(surveyStore(undefined, {})).toBeNull();
});
