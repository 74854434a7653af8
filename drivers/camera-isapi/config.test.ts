import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { baseUrl, isapiConfig } from './config.ts';
import isapi from './index.ts';

const stream = { address: '192.0.2.64', user: 'admin', passwordFile: 'pw' };

describe('the configuration of a Hikvision camera', () => {
  it('accepts the example', () => {
    const { driver, ...own }: Record<string, unknown> = parse(
      readFileSync(new URL('./example.yaml', import.meta.url), 'utf8'),
    );
    expect(driver).toBe(isapi.name);
    const config = isapiConfig.parse(own);
    expect(config).toMatchObject({ mode: 'both', streamSilence: 30_000, forwardMeans: 'approaching' });
    expect(isapi.pushAccess?.(config)).toEqual({
      pathSecret: 'camera-east-path.secret',
      addresses: ['192.168.1.64'],
      digest: null,
    });
  });

  it('is a stream with address, user and password alone', () => {
    const config = isapiConfig.parse(stream);
    expect(config.mode).toBe('stream');
    expect(isapi.pushAccess?.(config)).toBeNull();
  });

  it.each([
    ['a stream without a user', { address: '192.0.2.64', passwordFile: 'pw' }, 'user'],
    ['a stream without a password', { address: '192.0.2.64', user: 'admin' }, 'passwordFile'],
    ['a push without a secret path', { address: '192.0.2.64', mode: 'push' }, 'pushPathFile'],
    ['a push from a name', { address: 'cam.lan', mode: 'push', pushPathFile: 'p' }, 'pushFrom'],
    ['half of a Digest', { address: '192.0.2.64', mode: 'push', pushPathFile: 'p', pushUser: 'x' }, 'pushPasswordFile'],
  ])('refuses %s and names the key', (_what, written, key) => {
    const result = isapiConfig.safeParse(written);
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual([key]);
  });

  it('gives addresses as URLs', () => {
    expect(baseUrl(isapiConfig.parse(stream))).toBe('http://192.0.2.64');
    expect(baseUrl(isapiConfig.parse({ ...stream, address: 'fd00::64', https: true, port: 8443 }))).toBe(
      'https://[fd00::64]:8443',
    );
  });
});
