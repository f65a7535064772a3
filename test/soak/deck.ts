/** Deals cards in a random order, each once before any comes again. */
export class Deck<T> {
  private readonly cards: readonly T[];
  private readonly random: () => number;
  private left: T[] = [];

  constructor(cards: readonly T[], random: () => number) {
    this.cards = cards;
    this.random = random;
  }

  draw(): T {
    if (this.left.length === 0) this.left = [...this.cards];
    return this.left.splice(Math.floor(this.random() * this.left.length), 1)[0]!;
  }
}
