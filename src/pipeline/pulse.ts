/** A thing whose condition is to be seen in the state file. */
export interface Patient {
  /** Differs when something has happened that is worth a save. */
  condition(): string;
  /** All is well, and nothing moves. */
  isAtRest(): boolean;
}

const LOOK_MS = 1000;
const BEAT_MS = 10_000;

/**
 * Lets the state file tell what does not move a checkpoint: a lost connection at once, the age of what waits every ten
 * seconds. Where all is at rest it is silent, so that an idle daemon wears no disk.
 */
export class Pulse {
  private readonly patients: () => readonly Patient[];
  private readonly touch: () => void;
  private timer: NodeJS.Timeout | undefined;
  private seen = '';
  private beatMs = 0;

  constructor(patients: () => readonly Patient[], touch: () => void) {
    this.patients = patients;
    this.touch = touch;
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.look();
    }, LOOK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const patients = this.patients();
    const isAtRest = patients.every((patient) => patient.isAtRest());
    const condition = [isAtRest, ...patients.map((patient) => patient.condition())].join('\n');
    const nowMs = performance.now();
    if (condition === this.seen && (isAtRest || nowMs - this.beatMs < BEAT_MS)) return;
    this.seen = condition;
    this.beatMs = nowMs;
    this.touch();
  }
}
