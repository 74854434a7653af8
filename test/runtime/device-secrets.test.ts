import { expect, it } from 'vitest';
import { DeviceSecrets } from '../../src/runtime/device-secrets.ts';

function secretsOf(files: Record<string, string>) {
  const told: string[] = [];
  const secrets = new DeviceSecrets({
    read({ name }) {
      const value = files[name];
      if (value === undefined) throw new Error(`secret ${name}: there is none`);
      return value;
    },
    missing: (device, why) => told.push(`${device} ${why}`),
  });
  const refs = (...names: string[]) => names.map((name) => ({ name, from: 'file' as const, path: [] }));
  const devices = [
    { id: 'east', secrets: refs('east.secret', 'push.secret') },
    { id: 'west', secrets: refs('west.secret') },
  ];
  return { secrets, told, devices, renew: (list = devices) => secrets.renew(list) };
}

it('a device counts as changed once one of its secrets is another, and at no other reading', () => {
  const files: Record<string, string> = { 'east.secret': 'a', 'push.secret': 'p', 'west.secret': 'w' };
  const { secrets, renew } = secretsOf(files);
  expect(renew()).toEqual([]);
  const [east, west] = [secrets.revision('east'), secrets.revision('west')];
  expect(renew()).toEqual([]);
  expect(secrets.revision('east')).toBe(east);
  files['push.secret'] = 'other';
  expect(renew()).toEqual(['east']);
  expect(secrets.revision('east')).not.toBe(east);
  expect(secrets.revision('west')).toBe(west);
  expect(secrets.of('east')).toEqual({ 'east.secret': 'a', 'push.secret': 'other' });
});

it('a secret that cannot be read any more, or has become several lines, stays as it was', () => {
  const files: Record<string, string> = { 'east.secret': 'a', 'push.secret': 'p', 'west.secret': 'w' };
  const { secrets, told, renew } = secretsOf(files);
  renew();
  delete files['east.secret'];
  files['west.secret'] = 'w\nnew';
  expect(renew()).toEqual([]);
  expect(secrets.of('east')['east.secret']).toBe('a');
  expect(secrets.of('west')['west.secret']).toBe('w');
  expect(renew()).toEqual([]);
  expect(told).toEqual(['east secret east.secret: there is none']);
  files['east.secret'] = 'a';
  expect(renew()).toEqual([]);
  expect(told.slice(1)).toEqual(['east null']);
});

it('what was never read is missing until the device has it, or is gone', () => {
  const { secrets, told, devices, renew } = secretsOf({ 'east.secret': 'a', 'west.secret': 'w' });
  renew();
  expect(secrets.of('east')).toEqual({ 'east.secret': 'a' });
  expect(told).toEqual(['east secret push.secret: there is none']);
  renew(devices.slice(1));
  expect(told.slice(1)).toEqual(['east null']);
  expect(secrets.of('east')).toEqual({});
});
