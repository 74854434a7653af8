#!/usr/bin/env node
// Runs on any Node >= 20 with nothing installed, so it is plain JavaScript and imports only Node's own modules.
// It completes node_modules and, for tests, Debian's packages; then it hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXIT = { usage: 2, nodeTooOld: 3, npmFailed: 4, noRights: 5, aptFailed: 6, pinnedNodeUnusable: 7 };
const HELP = `usage: node scripts/bootstrap.mjs <start | test | run SCRIPT | modules | check> [arguments]

  start        install what is missing, then run the demo (arguments go to "gatehouse demo")
  test         install what is missing, Debian's test packages too, then run every check and test
  run SCRIPT   install what is missing, then run one script of this repository
  modules      install node_modules when it is not what package-lock.json asks for
  check        only name what is missing; installs nothing

Exit codes of its own: 2 usage or something is missing (check), 3 Node is older than 20, 4 npm failed,
5 Debian packages are missing and there is neither root nor sudo, 6 apt-get failed, 7 the pinned Node does not run.
`;

/** Debian packages that the tests need: the package, the file that proves it is there, and what it is for. */
export const DEBIAN_PACKAGES = [
  { name: 'socat', file: '/usr/bin/socat', why: 'serial lines for tests, as pairs of ttys' },
  { name: 'strace', file: '/usr/bin/strace', why: 'slow and failing disks in tests' },
  { name: 'python3', file: '/usr/bin/python3', why: "runs Debian's Modbus peers" },
  { name: 'python3-pymodbus', file: '/usr/lib/python3/dist-packages/pymodbus', why: 'independent Modbus device' },
  { name: 'python3-serial', file: '/usr/lib/python3/dist-packages/serial', why: 'serial ports of that device' },
  { name: 'gcc', file: '/usr/bin/gcc', why: 'builds the libmodbus peer' },
  { name: 'libc6-dev', file: '/usr/include/stdio.h', why: 'builds the libmodbus peer' },
  { name: 'libmodbus-dev', file: '/usr/include/modbus/modbus.h', why: 'second independent Modbus device' },
  { name: 'openssl', file: '/usr/bin/openssl', why: 'certificates of the test broker' },
  { name: 'mosquitto', file: '/usr/sbin/mosquitto', why: 'independent MQTT broker, 5 and 3.1.1' },
  { name: 'mosquitto-clients', file: '/usr/bin/mosquitto_sub', why: 'independent MQTT subscriber' },
  { name: 'nats-server', file: '/usr/sbin/nats-server', why: 'a broker that speaks MQTT 3.1.1 only' },
  {
    name: 'python3-jsonschema',
    file: '/usr/lib/python3/dist-packages/jsonschema',
    why: 'independent validator of the AsyncAPI document',
  },
  { name: 'systemd', file: '/usr/bin/systemd-analyze', why: 'checks the service unit; systemd-notify' },
];

export function missingPackages(root = '/') {
  return DEBIAN_PACKAGES.filter(({ file }) => !existsSync(join(root, file)));
}

/** Why `npm ci` must run in `tree`, or null when node_modules is what the lock file asks for. */
export function whyInstall(tree) {
  const lock = join(tree, 'package-lock.json');
  const modules = join(tree, 'node_modules');
  if (!existsSync(modules)) return 'node_modules is not there yet';
  const stamp = join(modules, '.gatehouse-stamp');
  if (existsSync(stamp)) {
    if (readFileSync(stamp, 'utf8').trim() !== stampOf(lock)) return 'package-lock.json or the machine has changed';
  } else if (!installedAsLocked(lock, join(modules, '.package-lock.json'))) {
    return 'node_modules is not what package-lock.json asks for';
  }
  const wanted = pinnedVersion(tree);
  if (!existsSync(pinnedNode(tree))) return `Node ${wanted} is not in node_modules`;
  return null;
}

export function pinnedNode(tree) {
  return join(tree, 'node_modules', 'node', 'bin', 'node');
}

function pinnedVersion(tree) {
  return JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')).dependencies.node;
}

function stampOf(lock) {
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex');
  return `${hash} ${process.platform} ${process.arch}`;
}

/** npm notes what it installed; an `npm ci` run by hand is thus honoured without running it again. */
function installedAsLocked(lock, hidden) {
  if (!existsSync(hidden)) return false;
  try {
    const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages;
    const there = JSON.parse(readFileSync(hidden, 'utf8')).packages;
    const complete = Object.entries(wanted).every(([path, want]) => {
      if (path === '') return true;
      const got = there[path];
      return got === undefined
        ? want.optional === true
        : got.version === want.version && got.integrity === want.integrity;
    });
    return complete && Object.keys(there).every((path) => wanted[path] !== undefined);
  } catch {
    return false;
  }
}

/** The environment without this tree's node_modules/.bin: npm must not run on the Node that it is about to remove. */
function outsideEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.endsWith(join('node_modules', '.bin')));
  const env = { ...process.env, PATH: path.join(delimiter) };
  for (const name of Object.keys(env)) {
    if (name.startsWith('npm_package_') || name.startsWith('npm_lifecycle_') || name === 'npm_command')
      delete env[name];
  }
  return env;
}

function say(text) {
  process.stderr.write(`gatehouse: ${text}\n`);
}

function stop(code, text) {
  say(text);
  process.exit(code);
}

function ensureModules(tree) {
  const why = whyInstall(tree);
  const stamp = join(tree, 'node_modules', '.gatehouse-stamp');
  if (why !== null) {
    say(`${why}: running npm ci (the packages of package-lock.json, from the npm registry, into node_modules)`);
    rmSync(stamp, { force: true });
    // Only the package "node" may run a script: better-sqlite3 and serialport bring their binaries along, and building
    // them would ask a fresh machine for a compiler. npm's own allowScripts is younger than the npm of Node 20.
    npm(tree, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    npm(tree, ['rebuild', 'node', '--foreground-scripts']);
  }
  if (why !== null || !existsSync(stamp)) provePinnedNode(tree, stamp);
  return pinnedNode(tree);
}

function npm(tree, args) {
  // Its warnings would be of packages that want the pinned Node, which this npm is only about to install (EBADENGINE).
  const run = spawnSync('npm', [...args, '--loglevel=error'], {
    cwd: tree,
    env: outsideEnvironment(),
    stdio: ['ignore', 2, 2],
  });
  if (run.error) stop(EXIT.npmFailed, `npm cannot be run (${run.error.message}); install npm and try again`);
  if (run.status !== 0) {
    stop(EXIT.npmFailed, `npm ${args[0]} failed (${run.signal ?? run.status}); its own message stands above`);
  }
}

/** Runs once for each install: a package manager that was told to skip install scripts leaves no usable binary. */
function provePinnedNode(tree, stamp) {
  const wanted = `v${pinnedVersion(tree)}`;
  const probe = spawnSync(pinnedNode(tree), ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const got = probe.stdout?.trim();
  if (got !== wanted) {
    const advice = 'the install script of the package "node" must be allowed to run (npm: no --ignore-scripts)';
    stop(
      EXIT.pinnedNodeUnusable,
      `Gatehouse runs on Node ${wanted} from node_modules, which answers ${got ?? 'nothing'}; ${advice}`,
    );
  }
  mkdirSync(join(tree, 'node_modules'), { recursive: true });
  writeFileSync(stamp, `${stampOf(join(tree, 'package-lock.json'))}\n`);
}

/** What installing packages does to the machine; the tests of this file pass a machine of their own. */
const MACHINE = {
  missing: () => missingPackages(),
  rights: () => rightsPrefix(),
  apt: (command) => {
    const [program, ...rest] = command;
    return spawnSync(program, rest, { stdio: ['inherit', 2, 2], env: outsideEnvironment() }).status;
  },
  hasApt: () => existsSync('/usr/bin/apt-get'),
  say,
};

/** Installs what is missing and says so. Returns 0, or the exit code of this program that fits. */
export function installPackages(machine = MACHINE) {
  const missing = machine.missing();
  if (missing.length === 0) return 0;
  for (const { name, why } of missing) machine.say(`Debian package ${name} is missing (${why})`);
  const names = missing.map(({ name }) => name);
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...names];
  const prefix = machine.hasApt() ? machine.rights() : null;
  if (prefix === null) {
    machine.say(`the tests need these packages; as root, run:\n  apt-get update && ${install.join(' ')}`);
    return EXIT.noRights;
  }
  machine.say(`installing ${names.join(' ')} with apt-get${prefix.length > 0 ? ' by sudo' : ''}`);
  const apt = (command) => machine.apt([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]) === 0;
  if (!apt(install)) {
    machine.say('apt-get could not; fetching the package lists, then trying once more');
    apt(['apt-get', 'update']);
    if (!apt(install)) {
      machine.say(`apt-get failed; its own message stands above. Try: ${install.join(' ')}`);
      return EXIT.aptFailed;
    }
  }
  const still = machine.missing().map(({ file }) => file);
  if (still.length > 0) machine.say(`installed, and yet not there: ${still.join(', ')}`);
  return still.length > 0 ? EXIT.aptFailed : 0;
}

/** How to become root: [] when we are, a sudo that asks nothing, a sudo that may ask when a person is there, or null. */
function rightsPrefix() {
  if (process.getuid?.() === 0) return [];
  const quiet = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  if (quiet.error) return null;
  if (quiet.status === 0) return ['sudo', '-n'];
  return process.stdin.isTTY ? ['sudo'] : null;
}

/** Node 20 has no exec: the parent stays, passes signals on and ends as its child ends. */
function handOver(tree, args) {
  const node = ensureModules(tree);
  const env = { NODE_COMPILE_CACHE: join(tree, 'node_modules', '.cache', 'gatehouse'), ...process.env };
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal's Ctrl-C reaches the child by itself; passing it on again would look like a second, impatient one.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('error', (error) => stop(EXIT.pinnedNodeUnusable, `the pinned Node does not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function reportMissing(tree) {
  const why = whyInstall(tree);
  const packages = missingPackages();
  if (why !== null) say(`npm ci is needed: ${why}`);
  for (const { name, why: use } of packages) say(`Debian package ${name} is missing (${use})`);
  if (why === null && packages.length === 0) say('nothing is missing');
  process.exit(why === null && packages.length === 0 ? 0 : EXIT.usage);
}

function main([verb, ...args]) {
  const tree = resolve(fileURLToPath(import.meta.url), '..', '..');
  if (Number(process.versions.node.split('.')[0]) < 20) {
    stop(
      EXIT.nodeTooOld,
      `this is Node ${process.versions.node}; Node 20 or newer is needed to begin (the pinned one is then installed)`,
    );
  }
  if (verb === '--help' || verb === '-h') return void process.stdout.write(HELP);
  if (verb === 'check') return reportMissing(tree);
  if (verb === 'modules') return void ensureModules(tree);
  if (verb === 'start') return handOver(tree, [join(tree, 'src', 'cli', 'main.ts'), 'demo', ...args]);
  if (verb === 'test') {
    const code = installPackages();
    if (code !== 0) process.exit(code);
    return handOver(tree, [join(tree, 'scripts', 'test.ts'), ...args]);
  }
  const script = args[0] === undefined ? '' : resolve(tree, args[0]);
  if (verb === 'run' && script.startsWith(tree + sep) && existsSync(script) && statSync(script).isFile()) {
    return handOver(tree, [script, ...args.slice(1)]);
  }
  process.stderr.write(HELP);
  process.exit(EXIT.usage);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  main(process.argv.slice(2));
}
