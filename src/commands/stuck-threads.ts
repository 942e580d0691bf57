// Makes the process end though a thread of it does not. Listens to the end of the process.
import process from 'node:process';

/**
 * Returns what the loader of rules calls when it had to leave a thread to itself. Node would wait for such a thread at its end, maybe for
 * ever: the process kills itself then, and the caller sees a signal instead of the exit code. Everything else has been done by then.
 */
export function endDespiteStuckThreads(onStuck: () => void = () => undefined): (ended: Promise<void>) => void {
  let stuck = 0;
  const kill = (): void => {
    if (stuck > 0) process.kill(process.pid, 'SIGKILL');
  };
  return (ended) => {
    if (!process.listeners('exit').includes(kill)) process.once('exit', kill);
    stuck += 1;
    void ended.then(() => {
      stuck -= 1;
    });
    onStuck();
  };
}
