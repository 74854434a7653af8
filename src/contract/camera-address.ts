/** Where a camera that we call ourselves is reached, as a technician writes it. */
import { z } from 'zod';
import { address } from './address.ts';

/** Keys to spread into a driver's `z.strictObject`. */
export const cameraAddressKeys = {
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
};
