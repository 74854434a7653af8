/** Puts the demo's list in force beside the running daemon, as `gatehouse list import` does, without a process of its own. */
import { buildPath, listSecret } from '../../store/list-adopt.ts';
import { runChore } from '../../store/chores.ts';
import { listKeysModule } from '../../store/list-keys.ts';
import { ask } from '../control-client.ts';
import type { DemoPaths } from './site.ts';

/** Beijing's, which has no summer time. */
const utcOffsetMinutes = 480;

/** @throws StoreError; Error where the list has a bad line, which is a defect of the demo. */
export async function adoptDemoList({ state, list }: DemoPaths, atWall: number): Promise<void> {
  const built = await runChore({
    kind: 'importCsv',
    options: { csv: list, out: buildPath(state, `demo-${process.pid}`), secret: listSecret(state), utcOffsetMinutes },
    normaliseModule: listKeysModule,
  });
  if (built.kind === 'rejected') throw new Error(`the demo's list was not taken: ${JSON.stringify(built.problems[0])}`);
  await runChore({
    kind: 'adopt',
    dir: state,
    list: built.list,
    options: { source: 'list.csv', atWall, force: true },
  });
  await ask(state, { method: 'refreshLists' });
}
