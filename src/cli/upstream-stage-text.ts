/** What became of a record on its way to the platform, for `gatehouse explain`. */
import type { UpstreamStage } from '../runtime/upstream-view.ts';
import { wallText } from './local-time.ts';
import type { Settings } from './settings.ts';
import { ageText } from './text-layout.ts';

export function upstreamStageText(stage: UpstreamStage, { say, timezone }: Settings): string {
  switch (stage.state) {
    case 'never':
      return say(
        '平台：从未有记录得到确认（未配置，或从未连上）',
        'platform: nothing was ever acknowledged (none configured, or never reached)',
      );
    case 'waiting':
      return say(`平台：待上传，前面还有 ${stage.ahead} 条`, `platform: waits, ${stage.ahead} records go first`);
    case 'passedOver':
      return say(
        '平台：不收这一条，已跳过；此处保存完整记录',
        'platform: did not take it, passed over; it is kept whole here',
      );
    case 'acknowledged': {
      if (stage.atWall === null) return say('平台：已确认', 'platform: acknowledged');
      const at = wallText(stage.atWall, timezone);
      const took =
        stage.ms === null
          ? ''
          : say(`，记录后 ${ageText(stage.ms, say)}内`, `, within ${ageText(stage.ms, say)} of recording`);
      return `${say('平台：已确认 ', 'platform: acknowledged ')}${at}${took}`;
    }
  }
}
