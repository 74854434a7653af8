/** What every camera that pushes is told in YAML: its secret path, the addresses it pushes from, its Digest user. */
import { z } from 'zod';
import { ipAddress } from './address.ts';
import type { PushAccess } from './driver.ts';
import { unfit } from './unfit.ts';

/** A schema: the name of a file or variable that holds a secret; the configuration room reads it and masks it. */
export const secretName = (what: string) => z.string().min(1).max(200).meta({ secret: true }).describe(what);

/** Keys to spread into a driver's `z.strictObject`, beside its own `address`. */
export const pushKeys = {
  pushPathFile: secretName('File with the secret that ends the URL set in the camera: /c/<secret>.').optional(),
  pushPathEnv: secretName('Environment variable with that secret.').optional(),
  pushFrom: z.array(ipAddress()).min(1).max(8).optional().describe('Addresses it pushes from. Default: address.'),
  pushUser: z.string().min(1).max(64).optional().describe('Digest user that the camera must prove when it pushes.'),
  pushPasswordFile: secretName('File with the password of that Digest user.').optional(),
};

const pushConfig = z.object(pushKeys);
export type PushConfig = z.output<typeof pushConfig> & { readonly address: string };

/** Rules between the keys, each told at the key that is missing. `pushes`: does this camera push at all? */
export function checkPush(config: PushConfig, pushes: boolean, context: z.core.$RefinementCtx): void {
  if (pushes && config.pushPathFile === undefined && config.pushPathEnv === undefined) {
    unfit(context, ['pushPathFile'], {
      zh: '存放推送密钥的文件名（或用 pushPathEnv）',
      en: 'name of the file with the push secret (or pushPathEnv)',
    });
  }
  if (pushes && config.pushFrom === undefined && !/^[\d.]+$|:/.test(config.address)) {
    unfit(context, ['pushFrom'], {
      zh: 'address 是主机名时要写相机推送用的 IP 地址：[ 192.168.1.64 ]',
      en: 'where address is a name, the IP address that the camera pushes from: [ 192.168.1.64 ]',
    });
  }
  const half: keyof PushConfig | null =
    config.pushUser === undefined && config.pushPasswordFile !== undefined
      ? 'pushUser'
      : config.pushUser !== undefined && config.pushPasswordFile === undefined
        ? 'pushPasswordFile'
        : null;
  if (half === null) return;
  unfit(context, [half], {
    zh: 'pushUser 和 pushPasswordFile 要一起写',
    en: 'pushUser and pushPasswordFile belong together',
  });
}

/** For `defineDriver({ pushAccess })`; null where no secret path is configured. */
export function pushAccessOf(config: PushConfig): PushAccess | null {
  const pathSecret = config.pushPathFile ?? config.pushPathEnv;
  if (pathSecret === undefined) return null;
  const { pushUser, pushPasswordFile } = config;
  const digest =
    pushUser === undefined || pushPasswordFile === undefined
      ? null
      : { user: pushUser, passwordSecret: pushPasswordFile };
  return { pathSecret, addresses: config.pushFrom ?? [config.address], digest };
}
