/** What a technician writes for one Hikvision camera. */
import { address } from '../../src/contract/address.ts';
import { checkPush, pushKeys, secretName } from '../../src/contract/camera-push.ts';
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';
import { unfit } from '../../src/contract/unfit.ts';

export const isapiConfig = z
  .strictObject({
    address: address().describe("The camera's address, e.g. 192.168.1.64."),
    port: z.number().int().min(1).max(65_535).optional().describe('Its HTTP port. Default 80, with https 443.'),
    https: z.boolean().default(false).describe('Reach the camera by https.'),
    certificateSha256: z
      .string()
      .regex(/^[0-9a-fA-F:]{64,95}$/)
      .meta({
        expectedZh: '64 个十六进制数字，可用冒号分开：openssl x509 -noout -fingerprint -sha256',
        expectedEn: '64 hexadecimal digits, colons allowed: openssl x509 -noout -fingerprint -sha256',
      })
      .optional()
      .describe("SHA-256 of the camera's own certificate, hexadecimal."),
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
