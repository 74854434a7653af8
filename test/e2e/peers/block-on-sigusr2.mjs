// Loaded before the daemon by `node --import`: its loop can be blocked from outside, with nothing of the kind in the product.
process.on('SIGUSR2', () => {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
});
