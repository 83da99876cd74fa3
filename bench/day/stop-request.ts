const PARENT_LOOK_MS = 500;

/** Resolves at the first signal to stop, or when the process that started this one is gone. */
export function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) resolve();
    }, PARENT_LOOK_MS).unref();
  });
}
