import type { Bench } from '../measure.ts';

/** A round: what each contestant took. */
export type Round<Name extends string, Result> = Readonly<Record<Name, Result>>;

/** Lets all contestants run in every round, each round beginning with another one, so that none has the best place. */
export async function interleaved<Name extends string, Result>(
  { rounds, say }: Pick<Bench, 'rounds' | 'say'>,
  contestants: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Round<Name, Result>[]> {
  const names = Object.keys(contestants) as Name[];
  const results: Round<Name, Result>[] = [];
  for (let round = 0; round < rounds; round++) {
    const result: Partial<Record<Name, Result>> = {};
    for (const [n] of names.entries()) {
      const name = names[(n + round) % names.length]!;
      say(`round ${round + 1} of ${rounds}: ${name}`);
      result[name] = await contestants[name]();
    }
    results.push(result as Round<Name, Result>);
  }
  return results;
}
