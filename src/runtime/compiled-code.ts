/** Node's cache of compiled code, named by NODE_COMPILE_CACHE: without it every start strips and compiles all files anew. */
import { flushCompileCache } from 'node:module';

/** Writes what this start has compiled; Node itself does so at a clean end only, and a gate may run for years. Takes some 10 ms once. */
export function keepCompiledCode(): void {
  flushCompileCache();
}
