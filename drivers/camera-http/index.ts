/** Cameras that push JSON or forms of any shape: the fields are mapped in YAML, a new brand is data (protocols.md §1.4, §1.5). */
import { pushAccessOf } from '../../src/contract/camera-push.ts';
import {
  defineDriver,
  type Driver,
  type DriverContext,
  type HttpAnswer,
  type HttpDelivery,
  type HttpLine,
} from '../../src/contract/driver.ts';
import { SilenceWatch } from '../../src/contract/silence-watch.ts';
import type { Json } from '../../src/core/values.ts';
import { hashOf } from '../../src/wire/secret.ts';
import { type HttpCameraConfig, httpCameraConfig } from './config.ts';
import { at, fillReply, readMessage } from './message.ts';

class HttpCamera implements Driver {
  readonly provides = ['camera'] as const;
  readonly #ctx: DriverContext<HttpLine>;
  readonly #config: HttpCameraConfig;
  /** Only what can be read: a camera that sends nothing else gives this lane no plates. */
  readonly #life: SilenceWatch;

  constructor(ctx: DriverContext<HttpLine>, config: HttpCameraConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#life = new SilenceWatch(ctx, config.silentAfter ?? null, (seconds) => `no message for ${seconds} s`);
    ctx.line.onDelivery((delivery) => this.#pushed(delivery));
  }

  start(): void {
    this.#life.start();
  }

  stop(): void {
    this.#life.stop();
  }

  async #pushed(delivery: HttpDelivery): Promise<HttpAnswer> {
    const message = readMessage(delivery, this.#config);
    if (message.kind === 'unreadable') {
      const { body } = delivery;
      this.#ctx.raise('unreadablePush', `${message.why} (${body.length} bytes, sha256 ${hashOf(body).slice(0, 12)})`);
      // Sent again it would be no better: the camera is let go.
      return { status: 200 };
    }
    this.#life.sign();
    this.#ctx.clear('unreadablePush');
    if (message.kind === 'heartbeat') return this.#answer(message.tree);
    const { device } = this.#ctx;
    const pictures = at(message.tree, 'pictures');
    const vendor =
      Array.isArray(pictures) && pictures.length > 0 ? { ...message.read.vendor, pictures } : message.read.vendor;
    const read = { kind: 'plateRead' as const, device, receivedAt: delivery.receivedAt, ...message.read, vendor };
    const receipt = await this.#ctx.emit(read);
    return receipt === 'refused' ? { status: 503 } : this.#answer(message.tree);
  }

  #answer(tree: Json): HttpAnswer {
    const { reply } = this.#config;
    if (reply === undefined) return { status: 200 };
    return { status: 200, contentType: reply.contentType, body: fillReply(reply.body, tree) };
  }
}

export default defineDriver<'http', HttpCameraConfig>({
  name: 'camera-http',
  contract: 1,
  line: 'http',
  host: 'camera',
  specs: ['protocols.md §1.4 Vzenith HTTP push', 'protocols.md §1.5 Axis LPV push', 'RFC 7578', 'RFC 7616'],
  config: httpCameraConfig,
  faults: {
    unreadablePush: {
      zh: '收到无法识别的报文，本次车牌未使用；请核对 fields 与摄像机实际上传的字段',
      en: 'A message from the camera has none of the mapped fields and was not used; compare `fields` with what it sends',
    },
  },
  traits: ({ address }) => ({
    ...{ inputs: [], portal: null, outputs: [], unit: null, polls: [] },
    endpoint: { address, port: null },
  }),
  pushAccess: pushAccessOf,
  create: (ctx, config) => new HttpCamera(ctx, config),
});
