/**
 * The camera host from without: a child process with a memory cap, watched and restarted alone. Its death makes its
 * devices silent, its return makes them known again; neither opens anything (I12).
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Clock } from '../contract/clock.ts';
import type { Receipt } from '../contract/driver.ts';
import type { Observation } from '../core/presentation.ts';
import type { Mono } from '../core/values.ts';
import type { CameraSite, FromHost, ProblemCode, ToHost } from './camera-messages.ts';
import { oneARound } from './one-a-round.ts';
import { beginCameraProcess } from './camera-process.ts';
import { CameraStanding } from './camera-standing.ts';

export interface CameraHostEvents {
  /** The receipt goes back to the camera as 200 or 503. Must settle; a rejection counts as `refused`. */
  observed(observation: Observation): Promise<Receipt>;
  problem(code: ProblemCode, subject: string, raised: boolean, detail: string): void;
  log(level: 'info' | 'warn', device: string, message: string, facts: Readonly<Record<string, unknown>>): void;
  /** The receiver's real address, at each start. */
  listening(address: string, port: number): void;
}

export interface CameraHostOptions {
  readonly clock: Clock;
  /** Path of `src/runtime/camera-child.ts`. */
  readonly entry: string;
  /** Cap of the child's heap; bodies lie outside it and are capped by `maxResidentMb`. */
  readonly maxHeapMb: number;
  readonly maxResidentMb: number;
  /** The first process, begun ahead so that it loads while the configuration is read; ended where no camera needs it. */
  readonly prepared?: ChildProcess | undefined;
  /** Uniform 0..1, for the spread of restarts. */
  readonly random: () => number;
  readonly events: CameraHostEvents;
}

const checkMs = 1000;
const hangMs = 5000;
const firstBeatWithinMs = 15_000;
const firstWaitMs = 250;
const mostWaitMs = 30_000;
const healthyAfterMs = 60_000;
const stopWithinMs = 3000;

export class CameraHost {
  readonly #options: CameraHostOptions;
  #site: CameraSite | null = null;
  #generation = 0;
  #child: ChildProcess | null = null;
  #startedAt: Mono = 0;
  #lastBeat: Mono | null = null;
  #lastCheck: Mono = 0;
  #waitMs = firstWaitMs;
  /** Devices that we called silent: the host died, or does not run them. */
  readonly #silenced = new Set<string>();
  readonly #standing = new CameraStanding();
  readonly #heardAt = new Map<string, Mono>();
  #cancelCheck = (): void => undefined;
  #cancelStart = (): void => undefined;
  #stopping = false;
  #restartDue = false;

  constructor(options: CameraHostOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** When a device last said something readable, to half a second; null while it never did. */
  lastHeardAt(device: string): Mono | null {
    return this.#heardAt.get(device) ?? null;
  }

  start(site: CameraSite): void {
    this.#site = site;
    this.#generation += 1;
    const { prepared } = this.#options;
    if (isNeeded(site)) this.#run(prepared !== undefined && isAlive(prepared) ? prepared : this.#begin());
    else prepared?.kill('SIGKILL');
    this.#lastCheck = this.#options.clock.mono();
    this.#watch();
  }

  /** Devices that did not change keep running; the socket stays unless its address changed. */
  configure(site: CameraSite): void {
    this.#site = site;
    this.#generation += 1;
    const known = new Set(site.devices.map((order) => order.device));
    for (const device of this.#silenced) if (!known.has(device)) this.#silenced.delete(device);
    for (const device of this.#heardAt.keys()) if (!known.has(device)) this.#heardAt.delete(device);
    // While a restart is due, `#gone` has armed it; the new child is configured as it starts.
    if (this.#child === null && !this.#restartDue && isNeeded(site)) this.#run(this.#begin());
    else this.#configureChild();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelCheck();
    this.#cancelStart();
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#send(child, { kind: 'stop' });
    const cancel = this.#options.clock.after('camera.stop', stopWithinMs, () => child.kill('SIGKILL'));
    await gone;
    cancel();
  }

  #begin(): ChildProcess {
    const { entry, maxHeapMb } = this.#options;
    return beginCameraProcess(entry, maxHeapMb);
  }

  #run(child: ChildProcess): void {
    this.#restartDue = false;
    this.#child = child;
    this.#startedAt = this.#options.clock.mono();
    this.#lastBeat = null;
    const inTurn = oneARound((message: FromHost) => {
      if (this.#child === child) this.#take(child, message);
    });
    child.on('message', inTurn);
    let ended = false;
    const gone = (why: string): void => {
      if (ended) return;
      ended = true;
      this.#gone(child, why);
    };
    child.on('error', (error) => {
      child.kill('SIGKILL');
      if (child.pid === undefined) gone(error.message);
    });
    child.on('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
    this.#configureChild();
  }

  #configureChild(): void {
    if (this.#child === null || this.#site === null) return;
    this.#send(this.#child, { kind: 'configure', generation: this.#generation, site: this.#site });
  }

  #send(child: ChildProcess, message: ToHost): void {
    if (child.connected) child.send(message, () => undefined);
  }

  #take(child: ChildProcess, message: FromHost): void {
    const { clock, events } = this.#options;
    switch (message.kind) {
      case 'beat': {
        this.#lastBeat = clock.mono();
        for (const device of message.heard) this.#heardAt.set(device, this.#lastBeat);
        if (this.#lastBeat - this.#startedAt > healthyAfterMs) this.#waitMs = firstWaitMs;
        return;
      }
      case 'configured': {
        if (message.generation === this.#generation) this.#settled(message.running);
        return;
      }
      case 'observed': {
        this.#standing.noteObservation(message.observation);
        const reply = (receipt: Receipt): void => this.#send(child, { kind: 'receipt', id: message.id, receipt });
        events.observed(message.observation).then(reply, () => reply('refused'));
        return;
      }
      case 'listening':
        return events.listening(message.address, message.port);
      case 'problem':
        // What a stopping host takes back is not over: it only stops watching.
        if (this.#stopping) return;
        this.#standing.noteProblem(message);
        return events.problem(message.code, message.subject, message.raised, message.detail);
      case 'log':
        return events.log(message.level, message.device, message.message, message.facts);
    }
  }

  #settled(running: readonly string[]): void {
    this.#options.events.problem('cameraHostDown', 'cameraHost', false, '');
    for (const device of running) {
      if (this.#silenced.delete(device)) this.#observe({ kind: 'deviceReturned', device });
    }
    const wanted = this.#site?.devices ?? [];
    this.#silence(
      wanted.map((order) => order.device).filter((device) => !running.includes(device)),
      'cameraNotRunning',
    );
  }

  #silence(devices: readonly string[], why: string): void {
    for (const device of devices) {
      if (this.#silenced.has(device)) continue;
      this.#silenced.add(device);
      this.#observe({ kind: 'deviceSilent', device, why });
    }
  }

  /** Our own word on a device; what becomes of it is no camera's concern. */
  #observe(observation: Observation): void {
    void this.#options.events.observed(observation).catch(() => undefined);
  }

  #gone(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (this.#stopping) return;
    const { clock, events, random } = this.#options;
    events.problem('cameraHostDown', 'cameraHost', true, why);
    const devices = this.#site?.devices.map((order) => order.device) ?? [];
    this.#silence(devices, 'cameraHostDown');
    const { faults, problems } = this.#standing.takeCleared();
    for (const fault of faults) this.#observe(fault);
    for (const [code, subject] of problems) events.problem(code, subject, false, '');
    const wait = this.#waitMs * (0.5 + random());
    this.#waitMs = Math.min(this.#waitMs * 2, mostWaitMs);
    this.#restartDue = true;
    this.#cancelStart = clock.after('camera.restart', wait, () => this.#run(this.#begin()));
  }

  #watch(): void {
    const { clock } = this.#options;
    this.#cancelCheck = clock.after('camera.watch', checkMs, () => {
      const now = clock.mono();
      // A loop that was blocked itself has not yet read the beats that came meanwhile.
      const blocked = now - this.#lastCheck > 2 * checkMs;
      if (blocked && this.#lastBeat !== null) this.#lastBeat = now;
      this.#lastCheck = now;
      if (this.#child !== null) this.#judge(this.#child, now);
      this.#watch();
    });
  }

  #judge(child: ChildProcess, now: Mono): void {
    const hangs = this.#lastBeat === null ? now - this.#startedAt > firstBeatWithinMs : now - this.#lastBeat > hangMs;
    const swollen = residentMb(child.pid) > this.#options.maxResidentMb;
    if (!hangs && !swollen) return;
    this.#options.events.log('warn', 'cameraHost', 'killed', { hangs, swollen });
    child.kill('SIGKILL');
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.connected && child.exitCode === null && child.signalCode === null;
}

/** A site without cameras gets no second process. */
function isNeeded(site: CameraSite): boolean {
  return site.receiver !== null || site.devices.length > 0;
}

/** Resident size by /proc, which also counts buffers outside the capped heap; 0 where there is no /proc. */
function residentMb(pid: number | undefined): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1];
    return (Number(pages) * 4096) / (1 << 20);
  } catch {
    return 0;
  }
}
