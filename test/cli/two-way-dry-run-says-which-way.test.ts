/** A dry run on a two-way lane: which direction it was about, and why nothing would move. */
import { afterAll, expect, it } from 'vitest';
import { at, gatehouse, makeSite, plate, siteYaml } from './site.ts';

const site = makeSite();
const ports = { bus: 9, receiver: 8099 };
const camera = '    cameras: [east-in-camera]\n';
const device = siteYaml(ports).slice(siteYaml(ports).indexOf('  east-in-camera:'), siteYaml(ports).indexOf('lanes:'));
const both = siteYaml(ports)
  .replace('direction: in\n', 'direction: both\n')
  .replace(
    'lanes:',
    `${device.replace('east-in-camera:', 'east-out-camera:').replace('camera.secret', 'out.secret').replace('127.0.0.1', '127.0.0.2')}lanes:`,
  )
  .replace(
    camera,
    '    cameras: [{ device: east-in-camera, direction: in }, { device: east-out-camera, direction: out }]\n',
  );
site.write('config/out.secret', 'east-out-camera-path-0123456789abcdef');
site.write('config/site.yaml', both);

afterAll(() => site.remove());

const simulate = (...args: string[]) =>
  gatehouse(['simulate', 'plate', plate, '--lane', 'east-in', ...args, ...at(site)]);

it('says which direction was assumed, and that another can be named', async () => {
  const { code, out, err } = await simulate();
  expect(code, err).toBe(0);
  expect(out).toContain('direction: in (assumed; name it with --direction)');
  expect(out).toMatch(/nothing would be commanded: it is not granted/);
  const zh = await simulate('--lang', 'zh');
  expect(zh.out).toContain('方向：进（假定；可用 --direction 指明）');
  expect(zh.out).toContain('不会发出命令：未放行');
});

it('decides for the direction that is named, and assumes none', async () => {
  const { out } = await simulate('--direction', 'out');
  expect(out).not.toContain('assumed');
  expect(out).toContain('The exit is free');
  const json = JSON.parse((await simulate('--direction', 'out', '--json')).out);
  expect(json).toMatchObject({ direction: 'out', directionAssumed: false, noCommand: null });
});
