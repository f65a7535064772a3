/** Lets what is done with one thing be done one after the other. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Does it after all that was to be done with it before, whatever became of that. */
  take<T>(id: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(id) ?? Promise.resolve()).then(action);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.last.set(id, settled);
    void settled.then(() => {
      if (this.last.get(id) === settled) this.last.delete(id);
    });
    return turn;
  }
}
