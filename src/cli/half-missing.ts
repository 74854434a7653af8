/** Permits for plate + card that a lane cannot judge, because it has no reader or no camera for one half (gate.md "Two factors"). */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LaneModel, SiteModel } from '../core/site-model.ts';
import type { Direction, Text } from '../core/values.ts';
import { factValue } from '../core/words/fact-words.ts';
import { ask } from '../runtime/control-client.ts';
import type { StatusView } from '../runtime/views.ts';
import { listPath } from '../store/list-adopt.ts';
import { ListFile } from '../store/list-file.ts';
import { plain } from './text-layout.ts';

export interface HalfMissing {
  readonly lane: string;
  readonly direction: Direction;
  readonly lacks: 'reader' | 'camera';
  /** Credentials of the list that ask for both and may use the lane, by category. */
  readonly categories: Readonly<Record<string, number>>;
}

/** Free exits let everybody out, whatever a permit asks. */
export function halvesMissing(site: SiteModel, file: ListFile): readonly HalfMissing[] {
  const demands = file.demandsOfBoth();
  if (demands.length === 0) return [];
  return site.lanes.flatMap((lane) =>
    lane.directions.flatMap((direction): readonly HalfMissing[] => {
      const lacks = lackOf(lane, direction);
      if (lacks === null || (direction === 'out' && lane.exitPolicy === 'free')) return [];
      const categories: Record<string, number> = {};
      for (const { category, lanes, directions, rows } of demands) {
        const here = lanes.length === 0 || lanes.some((name) => name === lane.id || lane.groups.includes(name));
        if (here && (directions.length === 0 || directions.includes(direction)))
          categories[category] = (categories[category] ?? 0) + rows;
      }
      return Object.keys(categories).length === 0 ? [] : [{ lane: lane.id, direction, lacks, categories }];
    }),
  );
}

function lackOf(lane: LaneModel, direction: Direction): HalfMissing['lacks'] | null {
  const has = (bound: LaneModel['readers']) => bound.some((one) => one.direction === direction);
  if (!has(lane.readers)) return 'reader';
  return has(lane.cameras) ? null : 'camera';
}

export function halfMissingText({ lane, direction, lacks, categories }: HalfMissing): Text {
  const told = (language: 'zh' | 'en') =>
    Object.entries(categories)
      .map(([category, rows]) => `${factValue('category', category, language)} ${rows}`)
      .join(language === 'zh' ? '、' : ', ');
  return {
    zh: plain(
      `! 车道 ${lane}（${direction === 'in' ? '进' : '出'}）没有${lacks === 'reader' ? '读卡器' : '摄像机'}，而名单要求车牌加卡（${told('zh')}）：这些凭证在此转人工`,
    ),
    en: plain(
      `! lane ${lane} (${direction}) has no ${lacks}, and the list asks for plate + card (${told('en')}): these credentials are referred there`,
    ),
  };
}

/**
 * What the list in force asks of the lanes, without writing anything: the running gateway says which list that is; without one
 * only a single kept list is surely it. Empty where nobody can tell.
 */
export async function halvesMissingInForce(stateDir: string, site: SiteModel | null): Promise<readonly HalfMissing[]> {
  const name = site === null ? null : await fileInForce(stateDir);
  if (site === null || name === null) return [];
  let file: ListFile | null = null;
  try {
    file = new ListFile(listPath(stateDir, name));
    return halvesMissing(site, file);
  } catch {
    // A damaged list is for the gateway to tell; a check of the configuration goes on.
    return [];
  } finally {
    file?.close();
  }
}

async function fileInForce(stateDir: string): Promise<string | null> {
  try {
    const status = (await ask(stateDir, { method: 'status' })) as StatusView;
    return status.list?.file ?? null;
  } catch {
    const folder = join(stateDir, 'lists');
    if (!existsSync(folder)) return null;
    const kept = readdirSync(folder).filter((name) => /^list-[0-9a-f]+\.db$/.test(name));
    return kept.length === 1 ? (kept[0] ?? null) : null;
  }
}
