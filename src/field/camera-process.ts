/** The camera host's process, begun: with a memory cap, and with nothing of our environment that it does not need. */
import { type ChildProcess, fork } from 'node:child_process';

/** `entry`: path of `src/runtime/camera-child.ts`. It loads at once and waits for its first orders. */
export function beginCameraProcess(entry: string, maxHeapMb: number): ChildProcess {
  const child = fork(entry, [], {
    execArgv: [`--max-old-space-size=${maxHeapMb}`, '--max-semi-space-size=1'],
    serialization: 'advanced',
    env: inherited(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Whoever gives it orders hears of its end as well; an error that nobody listens for would be ours.
  child.on('error', () => undefined);
  return child;
}

/** No secret that the service has in its environment goes where hostile bytes are parsed. */
function inherited(): NodeJS.ProcessEnv {
  const names = ['TZ', 'LANG', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
