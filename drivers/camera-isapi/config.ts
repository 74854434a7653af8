/** What a technician writes for one Hikvision camera. */
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';

const secretName = (what: string) => z.string().min(1).max(200).meta({ secret: true }).describe(what);

export const isapiConfig = z
  .strictObject({
    address: z.string().min(1).max(253).describe("The camera's address, e.g. 192.168.1.64."),
    port: z.number().int().min(1).max(65_535).optional().describe('Its HTTP port. Default 80, with https 443.'),
    https: z.boolean().default(false).describe('Reach the camera by https.'),
    certificateSha256: z
      .string()
      .regex(/^[0-9a-fA-F:]{64,95}$/)
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
    pushPathFile: secretName('File with the secret that ends the URL set in the camera: /c/<secret>.').optional(),
    pushPathEnv: secretName('Environment variable with that secret.').optional(),
    pushFrom: z
      .array(z.string().min(2).max(45))
      .min(1)
      .max(8)
      .optional()
      .describe('Addresses it pushes from. Default: address.'),
    pushUser: z.string().min(1).max(64).optional().describe('Digest user that the camera must prove when it pushes.'),
    pushPasswordFile: secretName('File with the password of that Digest user.').optional(),
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
    const need = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (config.mode !== 'push') {
      if (config.user === undefined) need('user', 'needed for a stream');
      if (config.passwordFile === undefined && config.passwordEnv === undefined)
        need('passwordFile', 'needed for a stream');
    }
    if (config.mode !== 'stream' && config.pushPathFile === undefined && config.pushPathEnv === undefined) {
      need('pushPathFile', 'needed for push');
    }
    if (config.mode !== 'stream' && config.pushFrom === undefined && !/^[\d.]+$|:/.test(config.address)) {
      need('pushFrom', 'needed where address is a name');
    }
    if ((config.pushUser === undefined) !== (config.pushPasswordFile === undefined)) {
      need('pushPasswordFile', 'pushUser and pushPasswordFile belong together');
    }
  });

export type IsapiConfig = z.output<typeof isapiConfig>;

export function baseUrl(config: IsapiConfig): string {
  const host = config.address.includes(':') && !config.address.startsWith('[') ? `[${config.address}]` : config.address;
  return `${config.https ? 'https' : 'http'}://${host}${config.port === undefined ? '' : `:${config.port}`}`;
}
