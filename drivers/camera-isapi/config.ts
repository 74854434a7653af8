/** What a technician writes for one Hikvision camera. */
import { cameraAddressKeys } from '../../src/contract/camera-address.ts';
import { checkPush, pushKeys, secretName } from '../../src/contract/camera-push.ts';
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';
import { unfit } from '../../src/contract/unfit.ts';

export const isapiConfig = z
  .strictObject({
    ...cameraAddressKeys,
    mode: z
      .enum(['push', 'stream', 'both'])
      .default('stream')
      .describe(
        'push: the camera posts to the receiver. stream: we read its alertStream. both: whichever is first counts.',
      ),
    user: z.string().min(1).max(64).optional().describe('Account on the camera, for stream.'),
    passwordFile: secretName('File with the password of that account.').optional(),
    passwordEnv: secretName('Environment variable with the password of that account.').optional(),
    ...pushKeys,
    laneBy: z
      .enum(['channel', 'line'])
      .default('channel')
      .describe('Number that tells lanes apart: channelID, or line.'),
    forwardMeans: z
      .enum(['approaching', 'leaving'])
      .default('approaching')
      .describe('What the direction `forward` means as this camera is mounted.'),
    streamSilence: duration({ min: '5s', max: '10m' })
      .default(30_000)
      .describe('A stream silent for longer is opened anew. Cameras send a heartbeat each 10 s.'),
    silentAfter: duration({ min: '5s', max: '24h' })
      .optional()
      .describe(
        'No sign of life for this long is a fault. Default with a stream: streamSilence + 15 s; with push alone: never.',
      ),
  })
  .superRefine((config, context) => {
    if (config.mode !== 'push' && config.user === undefined) {
      unfit(context, ['user'], {
        zh: '读取事件流要用的相机账号（只推送时写 mode: push）',
        en: "the camera's account, needed for its stream (or mode: push)",
      });
    }
    if (config.mode !== 'push' && config.passwordFile === undefined && config.passwordEnv === undefined) {
      unfit(context, ['passwordFile'], {
        zh: '存放该账号密码的文件名（或用 passwordEnv）',
        en: 'name of the file with the password of that account (or passwordEnv)',
      });
    }
    checkPush(config, config.mode !== 'stream', context);
  });

export type IsapiConfig = z.output<typeof isapiConfig>;

export function baseUrl(config: IsapiConfig): string {
  const host = config.address.includes(':') && !config.address.startsWith('[') ? `[${config.address}]` : config.address;
  return `${config.https ? 'https' : 'http'}://${host}${config.port === undefined ? '' : `:${config.port}`}`;
}
