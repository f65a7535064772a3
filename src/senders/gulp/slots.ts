/** One that does something in its turn. */
interface Turn<Tool> {
  readonly owner: string;
  readonly begin: (tool: Tool) => void;
}

/**
 * Lets only so many do something at one time, each with a tool that is its own meanwhile; the others wait in line. Whoever
 * takes too long makes room for the others, and gets no other turn before it is done: its own are held up, and nobody else.
 */
export class Slots<Tool> {
  private readonly free: Tool[];
  private readonly makeTool: () => Tool;
  private readonly overdueMs: number;
  private readonly overdue = new Map<string, number>();
  private waiting: Turn<Tool>[] = [];

  constructor(count: number, { makeTool, overdueMs }: { readonly makeTool: () => Tool; readonly overdueMs: number }) {
    this.makeTool = makeTool;
    this.overdueMs = overdueMs;
    this.free = Array.from({ length: count }, makeTool);
  }

  /** Does it when it is its turn. Throws at once when the signal aborts before that. */
  async use<T>(owner: string, signal: AbortSignal, action: (tool: Tool) => Promise<T>): Promise<T> {
    const tool = await this.turn(owner, signal);
    let left: Tool | undefined = tool;
    const timer = setTimeout(() => {
      left = undefined;
      this.count(owner, 1);
      this.giveBack(this.makeTool());
    }, this.overdueMs);
    try {
      return await action(tool);
    } catch (error) {
      left &&= this.makeTool(); // somebody may still read what was made with the other one
      throw error;
    } finally {
      clearTimeout(timer);
      if (left !== undefined) this.giveBack(left);
      else {
        this.count(owner, -1);
        this.serve();
      }
    }
  }

  private turn(owner: string, signal: AbortSignal): Promise<Tool> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = (): void => {
        this.waiting = this.waiting.filter((each) => each !== turn);
        reject(signal.reason as Error);
      };
      const turn: Turn<Tool> = {
        owner,
        begin: (tool) => {
          signal.removeEventListener('abort', giveUp);
          resolve(tool);
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(turn);
      this.serve();
    });
  }

  private giveBack(tool: Tool): void {
    this.free.push(tool);
    this.serve();
  }

  private serve(): void {
    while (this.free.length > 0) {
      const next = this.waiting.findIndex(({ owner }) => !this.overdue.has(owner));
      if (next < 0) return;
      const [turn] = this.waiting.splice(next, 1);
      turn!.begin(this.free.pop()!);
    }
  }

  private count(owner: string, change: number): void {
    const count = (this.overdue.get(owner) ?? 0) + change;
    if (count > 0) this.overdue.set(owner, count);
    else this.overdue.delete(owner);
  }
}
