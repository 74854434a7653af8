/** Hikvision cameras by ISAPI: HTTP-host push, alertStream, or both (protocols.md §1.2). */
import { pushAccessOf } from '../../src/contract/camera-push.ts';
import {
  defineDriver,
  type Driver,
  type DriverContext,
  type HttpAnswer,
  type HttpDelivery,
  type HttpLine,
  type Receipt,
} from '../../src/contract/driver.ts';
import { SilenceWatch } from '../../src/contract/silence-watch.ts';
import type { Json, Mono } from '../../src/core/values.ts';
import { hashOf } from '../../src/wire/secret.ts';
import { type Alert, readAlert } from './alert.ts';
import { baseUrl, type IsapiConfig, isapiConfig } from './config.ts';
import { kindOf, readPush } from './push.ts';
import { RecentEvents } from './recent.ts';
import { AlertStream } from './stream.ts';

/** Default allowance over the stream's own silence: a reconnect by then is no fault. */
const reconnectMs = 15_000;

class IsapiCamera implements Driver {
  readonly provides = ['camera'] as const;
  readonly #ctx: DriverContext<HttpLine>;
  readonly #config: IsapiConfig;
  readonly #recent = new RecentEvents();
  /** Only what can be read: a camera that sends nothing else gives this lane no plates. */
  readonly #life: SilenceWatch;
  #running: Promise<void> = Promise.resolve();

  constructor(ctx: DriverContext<HttpLine>, config: IsapiConfig) {
    this.#ctx = ctx;
    this.#config = config;
    const usual = config.mode === 'push' ? null : config.streamSilence + reconnectMs;
    this.#life = new SilenceWatch(ctx, config.silentAfter ?? usual, (seconds) => `no sign of life for ${seconds} s`);
    if (config.mode !== 'stream') ctx.line.onDelivery((delivery) => this.#pushed(delivery));
  }

  start(): void {
    const { mode, user } = this.#config;
    this.#life.start();
    if (mode === 'push') return;
    const options = {
      url: baseUrl(this.#config),
      credentials: { user: user ?? '', password: this.#ctx.secret(passwordName(this.#config)) },
      certificateSha256: this.#config.certificateSha256,
      silenceMs: this.#config.streamSilence,
    };
    this.#running = new AlertStream(this.#ctx, options, {
      part: (part, at) => {
        if (kindOf(part.body) === 'alert') void this.#streamed(part.body, at);
      },
    }).run();
  }

  async stop(): Promise<void> {
    this.#life.stop();
    await this.#running;
  }

  /** A stream cannot be asked to send again: a refused read is lost, and said so. */
  async #streamed(bytes: Uint8Array, at: Mono): Promise<void> {
    const receipt = await this.#take(bytes, at, []);
    if (receipt === 'refused') this.#ctx.log.warn('a streamed read was refused', { bytes: bytes.length });
  }

  async #pushed(delivery: HttpDelivery): Promise<HttpAnswer> {
    const { alerts, pictures, troubles } = readPush(delivery);
    if (alerts.length === 0) {
      this.#unreadable(delivery.body, troubles[0] ?? 'no alert in it');
      // Sent again it would be no better: the camera is let go (protocols.md §1.2 Reply).
      return { status: 200 };
    }
    const receipts = await Promise.all(alerts.map((alert) => this.#take(alert, delivery.receivedAt, pictures)));
    return { status: receipts.includes('refused') ? 503 : 200 };
  }

  async #take(bytes: Uint8Array, receivedAt: Mono, pictures: readonly Json[]): Promise<Receipt> {
    const result = readAlert(bytes, this.#config);
    if (!result.ok) {
      this.#unreadable(bytes, result.why);
      return 'recorded';
    }
    this.#life.sign();
    this.#ctx.clear('unreadablePush');
    return result.alert.kind === 'plate' ? this.#emit(result.alert, receivedAt, pictures) : 'recorded';
  }

  #emit(alert: Extract<Alert, { kind: 'plate' }>, receivedAt: Mono, pictures: readonly Json[]): Promise<Receipt> {
    const { device, clock } = this.#ctx;
    const vendor = pictures.length === 0 ? alert.read.vendor : { ...alert.read.vendor, pictures };
    return this.#recent.once(alert.key, clock.mono(), () =>
      this.#ctx.emit({ kind: 'plateRead', device, receivedAt, ...alert.read, vendor }),
    );
  }

  #unreadable(bytes: Uint8Array, why: string): void {
    this.#ctx.raise('unreadablePush', `${why} (${bytes.length} bytes, sha256 ${hashOf(bytes).slice(0, 12)})`);
  }
}

function passwordName(config: IsapiConfig): string {
  return config.passwordFile ?? config.passwordEnv ?? '';
}

export default defineDriver<'http', IsapiConfig>({
  name: 'camera-isapi',
  contract: 1,
  line: 'http',
  host: 'camera',
  specs: ['Hikvision ISAPI: /ISAPI/Event/notification/alertStream and httpHosts', 'protocols.md §1.2', 'RFC 7616'],
  config: isapiConfig,
  faults: {
    unreadablePush: {
      zh: '收到无法识别的车牌报文，本次车牌未使用；请核对摄像机的上传协议',
      en: 'A message from the camera could not be read and was not used; check its upload protocol',
    },
    streamDown: {
      zh: '与摄像机的事件连接已断开，正在重连；此期间可能收不到车牌',
      en: 'The event stream of the camera is down and is being reopened; plates may be missed meanwhile',
    },
    wrongPassword: {
      zh: '摄像机拒绝了用户名或密码；为避免锁定账号，10 分钟内只再试很少几次',
      en: 'The camera refuses user or password; it is tried rarely, so that the account is not locked',
    },
  },
  traits: ({ address, port, https, mode }) => ({
    ...{ inputs: [], portal: null, outputs: [], unit: null, polls: [] },
    endpoint: { address, port: mode === 'push' ? null : (port ?? (https ? 443 : 80)) },
  }),
  pushAccess: (config) => (config.mode === 'stream' ? null : pushAccessOf(config)),
  create: (ctx, config) => new IsapiCamera(ctx, config),
});
