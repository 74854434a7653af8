/** What a technician writes for one ONVIF camera. */
import { cameraAddressKeys } from '../../src/contract/camera-address.ts';
import { secretName } from '../../src/contract/camera-push.ts';
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';
import { unfit } from '../../src/contract/unfit.ts';
import { profileSchema } from './profile.ts';

export const onvifConfig = z
  .strictObject({
    ...cameraAddressKeys,
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]{1,199}$/)
      .meta({
        expectedZh: '以 / 开头的路径，例如 /onvif/device_service',
        expectedEn: 'a path that begins with /, e.g. /onvif/device_service',
      })
      .default('/onvif/device_service')
      .describe('Path of its device service.'),
    auth: z
      .enum(['wsse', 'digest'])
      .default('wsse')
      .describe('How the password is proved: WS-Security UsernameToken, or HTTP Digest.'),
    user: z.string().min(1).max(64).describe("ONVIF account on the camera; many keep it apart from the web page's."),
    passwordFile: secretName('File with the password of that account.').optional(),
    passwordEnv: secretName('Environment variable with the password of that account.').optional(),
    profile: profileSchema.describe('Maker: a name in profiles/, or its topic and fields written here.'),
    forwardMeans: z
      .enum(['approaching', 'leaving'])
      .default('approaching')
      .describe('What `forward` means as this camera is mounted.'),
    pullTimeout: duration({ min: '1s', max: '60s' })
      .default(20_000)
      .describe('How long the camera may hold an empty answer back. Some close the connection after 10 s: then less.'),
    eventTimes: z
      .enum(['checked', 'ignored'])
      .default('checked')
      .describe(
        "checked: an event older than 10 s by the camera's own clock moves nothing. ignored: for cameras whose event times are wrong; then all that comes first after a connection moves nothing.",
      ),
    unsubscribe: z
      .boolean()
      .default(false)
      .describe(
        'End our old subscription before a new one: for cameras that admit one only. Some end those of everybody.',
      ),
    snapshot: z
      .enum(['off', 'afterRead'])
      .default('off')
      .describe('Fetch a picture after each read and check it; size and hash are logged, the picture is not kept.'),
    silentAfter: duration({ min: '5s', max: '24h' })
      .optional()
      .describe('No answer to a pull for this long is a fault. Default: pullTimeout + 25 s.'),
  })
  .superRefine((config, context) => {
    if (config.passwordFile !== undefined || config.passwordEnv !== undefined) return;
    unfit(context, ['passwordFile'], {
      zh: '存放该账号密码的文件名（或用 passwordEnv）',
      en: 'name of the file with the password of that account (or passwordEnv)',
    });
  });

export type OnvifConfig = z.output<typeof onvifConfig>;

export function baseUrl(config: OnvifConfig): string {
  const host = config.address.includes(':') && !config.address.startsWith('[') ? `[${config.address}]` : config.address;
  return `${config.https ? 'https' : 'http'}://${host}${config.port === undefined ? '' : `:${config.port}`}`;
}
