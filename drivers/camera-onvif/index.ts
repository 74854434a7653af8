/** Cameras by ONVIF: events pulled from a PullPoint, plates by the maker's profile (protocols.md §1.1, §2). */
import { defineDriver, type Driver, type DriverContext, type HttpLine } from '../../src/contract/driver.ts';
import { SilenceWatch } from '../../src/contract/silence-watch.ts';
import { accountOf } from './account.ts';
import { Camera, type Failure, pullGraceMs } from './camera.ts';
import { baseUrl, type OnvifConfig, onvifConfig } from './config.ts';
import { doubtsOf } from './doubts.ts';
import { isTimed, lateness, type Message, readMessage, type SeenPlate } from './message.ts';
import { loadPackage } from './package-calls.ts';
import { profileSchema } from './profile.ts';
import { type PullBatch, PullLoop } from './pull-loop.ts';
import { RecentMessages, rememberMs, resentWithinMs } from './recent-messages.ts';
import type { Services } from './replies.ts';
import { Snapshots } from './snapshots.ts';
import { Soap, withDetail } from './soap.ts';

/** Default allowance over a pull's own deadline: a reconnect by then is no fault. */
const reconnectMs = 15_000;

class OnvifCamera implements Driver {
  readonly provides = ['camera'] as const;
  readonly #ctx: DriverContext<HttpLine>;
  readonly #config: OnvifConfig;
  readonly #recent = new RecentMessages();
  /** Only an answered pull: a camera that does nothing else gives this lane no plates. */
  readonly #life: SilenceWatch;
  #snapshots: Snapshots | null = null;
  #services: Services | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(ctx: DriverContext<HttpLine>, config: OnvifConfig) {
    this.#ctx = ctx;
    this.#config = config;
    const usual = config.pullTimeout + pullGraceMs + reconnectMs;
    this.#life = new SilenceWatch(ctx, config.silentAfter ?? usual, (seconds) => `no answered pull for ${seconds} s`);
  }

  async start(): Promise<void> {
    const { clock } = this.#ctx;
    const config = this.#config;
    const credentials = {
      user: config.user,
      password: this.#ctx.secret(config.passwordFile ?? config.passwordEnv ?? ''),
    };
    const envelopes = await loadPackage();
    if (this.#ctx.signal.aborted) return;
    this.#life.start();
    const base = baseUrl(config);
    const { auth, certificateSha256, pullTimeout, unsubscribe } = config;
    const soap = new Soap(this.#ctx, { auth, credentials, certificateSha256 }, envelopes);
    const camera = new Camera(this.#ctx, soap, { base, path: config.path, profile: config.profile });
    if (config.snapshot === 'afterRead') {
      const uri = (): ReturnType<Camera['snapshotUri']> | null =>
        this.#services === null ? null : camera.snapshotUri(this.#services);
      this.#snapshots = new Snapshots(this.#ctx, { base, credentials, certificateSha256, uri });
    }
    const account = accountOf(clock, base, credentials.user, credentials.password);
    const loop = new PullLoop(
      this.#ctx,
      camera,
      account,
      { pullTimeoutMs: pullTimeout, unsubscribe },
      {
        connected: (services) => {
          this.#services = services;
        },
        pulled: (batch) => this.#pulled(batch),
        failed: (failure) => this.#failed(failure),
      },
    );
    this.#running = loop.run();
  }

  async stop(): Promise<void> {
    this.#life.stop();
    await this.#running;
    await this.#snapshots?.settled();
  }

  #pulled(batch: PullBatch): void {
    const { profile, forwardMeans } = this.#config;
    this.#life.sign();
    for (const fault of ['eventsDown', 'wrongPassword', 'maybeWrongPassword', 'unreadableReply'])
      this.#ctx.clear(fault);
    for (const each of batch.messages) {
      const message = readMessage(each, profile, forwardMeans);
      if (message.kind === 'plate') this.#take(message, batch);
    }
  }

  #take(message: Extract<Message, { kind: 'plate' }>, batch: PullBatch): void {
    const { device, clock } = this.#ctx;
    const { read, replayed, key, picture } = message;
    const { cameraNow, live, receivedAt } = batch;
    const moment = { cameraNow, live, eventTimes: this.#config.eventTimes };
    // Where nothing waits, and neither an id nor its time names it, equal text may be the same car coming back.
    const isNamed = read.eventId !== null || isTimed(read.cameraWall, moment);
    const withinMs = isNamed || replayed || !live ? rememberMs : resentWithinMs;
    if (!this.#recent.isNew(key, clock.mono(), withinMs)) return;
    const late = lateness(replayed, read.cameraWall, moment);
    // A time that names nothing would make the car that comes back a re-send in the lane: it stays as a fact.
    const told = isNamed || late !== false ? read : withoutTime(read);
    // It arose during this very pull, yet its time says otherwise: not the way is at fault but the camera's times.
    if (live && late === 'historical') this.#ctx.raise('eventTimeOff', eventTimeDetail(read.cameraWall, cameraNow));
    if (late === false) this.#ctx.clear('eventTimeOff');
    void this.#ctx.emit({ kind: 'plateRead', device, receivedAt, late, ...told }).then((receipt) => {
      if (receipt !== 'refused') return;
      // A pull cannot be asked for again: a refused read is lost, unless the camera repeats it by itself.
      this.#recent.forget(key);
      if (!this.#ctx.signal.aborted) this.#ctx.log.warn('a pulled read was refused', {});
    });
    if (late === false) this.#snapshots?.take(read.eventId ?? key.slice(0, 100), picture);
  }

  #failed({ why, detail }: Failure): void {
    if (why === 'unauthorised') this.#ctx.raise('wrongPassword', detail);
    if (why === 'doubtful') this.#ctx.raise('maybeWrongPassword', detail);
    if (why === 'unreadable') this.#ctx.raise('unreadableReply', detail);
    this.#ctx.raise('eventsDown', withDetail(why, detail));
  }
}

function withoutTime(read: SeenPlate): SeenPlate {
  const { cameraWall } = read;
  return cameraWall === null ? read : { ...read, cameraWall: null, vendor: { ...read.vendor, eventTime: cameraWall } };
}

function eventTimeDetail(at: number | null, cameraNow: number): string {
  return at === null ? 'no time in the event' : `${Math.round((cameraNow - at) / 1000)} s old by the camera's clock`;
}

export default defineDriver<'http', OnvifConfig>({
  name: 'camera-onvif',
  contract: 1,
  line: 'http',
  host: 'camera',
  specs: [
    'ONVIF Core Specification §9 Event handling, §5.9 Security',
    'ONVIF Analytics Service Specification, LicensePlateRecognition',
    'OASIS WSS UsernameToken Profile 1.0',
    'protocols.md §1.1, §2',
  ],
  config: onvifConfig,
  profiles: { folder: new URL('./profiles/', import.meta.url), schema: profileSchema },
  capabilities: ['camera'],
  faults: {
    eventsDown: {
      zh: '与摄像机的 ONVIF 事件连接已断开，正在重连；此期间可能收不到车牌',
      en: 'The ONVIF events of the camera are down and are being subscribed to anew; plates may be missed meanwhile',
    },
    wrongPassword: {
      zh: '摄像机拒绝了 ONVIF 用户名或密码（或需要改用另一种 auth）；为避免锁定账号，只会很少重试',
      en: 'The camera refuses the ONVIF user or password (or wants the other `auth`); it is tried rarely, so that the account is not locked',
    },
    maybeWrongPassword: {
      zh: '摄像机对登录后的首个 ONVIF 请求报错：用户名、密码或 auth 可能不对，或账号已被锁定；为避免锁定账号，只会很少重试',
      en: 'The camera answers the first signed ONVIF call with an error: user, password or `auth` may be wrong, or the account locked; it is tried rarely, so that the account is not locked',
    },
    clockUnusable: {
      zh: '摄像机时钟的年份不合理，已不采用，改按网关时钟；请校正摄像机时间，否则可能无法登录',
      en: "The camera's clock shows an impossible year and is not used, the gateway's is; set the camera's clock, or its sign-in may fail",
    },
    unreadableReply: {
      zh: '摄像机的 ONVIF 应答过大或无法解析，已丢弃；其中的车牌可能丢失',
      en: 'An ONVIF answer of the camera was too large or could not be read and was dropped; plates in it may be lost',
    },
    eventTimeOff: {
      zh: '摄像机事件里的时间与其自身时钟不符，车牌只记录、不放行；请校正摄像机时间，或设 eventTimes: ignored',
      en: "The times in the camera's events disagree with its own clock, so its reads are recorded and open nothing; set its clock, or eventTimes: ignored",
    },
    snapshotFailed: {
      zh: '抓拍图片获取失败；车牌识别不受影响',
      en: 'A picture could not be fetched from the camera; plates are not affected',
    },
  },
  traits: ({ address, port, https, profile }) => ({
    ...{ inputs: [], portal: null, outputs: [], unit: null, polls: [] },
    endpoint: { address, port: port ?? (https ? 443 : 80) },
    doubts: doubtsOf(profile),
  }),
  create: (ctx, config) => new OnvifCamera(ctx, config),
});
